import { Command } from "commander";
import { StreambedError } from "@streambed/kernel";
import { readCluster } from "@streambed/log-storage";
import type { MetricRegistry } from "@streambed/metrics";
import { examples, wholeNumber } from "../arguments.ts";
import { bytesText } from "../bytes-text.ts";
import { checksFailed, checkStopped } from "../checks-failed.ts";
import type { CliContext } from "../context.ts";
import { jsonDocument } from "../json.ts";
import { SCRUB_CONCURRENCY_MAX, SCRUB_PROGRESS_MS } from "../limits.ts";
import { scrubCluster } from "../scrub-cluster.ts";
import { scrubText } from "../scrub-text.ts";
import { addStore, type StoreOptions, withStore } from "../store-options.ts";

interface Options extends StoreOptions {
  readonly deep?: true;
  readonly concurrency: number;
  readonly json?: true;
}

/** `streambed scrub` */
export function scrub(context: CliContext): Command {
  return addStore(new Command("scrub"))
    .description(
      "prove that a bucket holds every committed record up to its last entry; --deep also reads and checks them",
    )
    .option("--deep", "also read and check every batch and what is around it; as many bytes as the topics hold")
    .option("--concurrency <count>", "objects read at the same time", wholeNumber(1, SCRUB_CONCURRENCY_MAX), 8)
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Writes nothing; brokers may run meanwhile. Ends with code 1 when something is missing or damaged. A part of a
checkpoint without which the log can still be folded is a warning.

A log is complete up to the last entry that is there. When its newest entries were removed it looks like one that
ended earlier, unless a checkpoint or the pointer knows of them: compare the entry with that of an earlier scrub.

--deep checks every byte of packs and checkpoints, of the headers of entries, and of the batches that are still read
from entries, except what a reader replaces in these: the first offset and the leader epoch that the producer wrote.
It does not read what nobody reads any more: batches of entries that packs hold by now, garbage, orphans. The pointer
(ptr/) is a hint without a checksum; it is only looked at whether it is one.
${examples([
  "streambed scrub",
  "streambed scrub --store s3://events/team-a --deep",
  "streambed scrub --json | jq '.findings[].records'",
])}`,
    )
    .action((options: Options) => run(context, options));
}

async function run(context: CliContext, options: Options): Promise<void> {
  const { terminal } = context;
  const { deep = false, concurrency } = options;
  const { total, shards } = await withStore(context, options, async ({ store, metrics }) => {
    using shown = new DisposableStack();
    shown.use(showProgress(context, metrics));
    const cluster = await readCluster(store);
    if (cluster === undefined) throw noCluster(store.description);
    try {
      return await scrubCluster({ store, deep, concurrency, signal: terminal.stopped }, cluster.shards);
    } catch (error) {
      throw terminal.stopped.aborted ? checkStopped() : error;
    }
  });
  const document = shards.length === 1 ? total : { ...total, shards };
  await terminal.write(options.json === true ? jsonDocument(document) : scrubText(total, shards));
  if (!total.isComplete) throw checksFailed("The log is not complete. Restore what is missing before brokers go on.");
}

function noCluster(where: string): StreambedError {
  const message = `There is no cluster in ${where}; check --store and its prefix.`;
  return new StreambedError({ kind: "not-found", code: "CLUSTER_NOT_THERE", message });
}

/** A line now and then, so that nobody wonders whether it hangs. */
function showProgress({ clock, terminal }: CliContext, metrics: MetricRegistry): Disposable {
  let cancel = (): void => undefined;
  const again = (): void => {
    cancel = clock.schedule(SCRUB_PROGRESS_MS, () => {
      const requests = metrics.values("streambed_store_requests_total").reduce((sum, { value }) => sum + value, 0);
      terminal.say(
        `${bytesText(metrics.value("streambed_store_received_bytes_total"))} read in ${requests} requests ...`,
      );
      again();
    });
  };
  again();
  return { [Symbol.dispose]: () => cancel() };
}
