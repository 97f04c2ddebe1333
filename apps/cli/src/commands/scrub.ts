import { Command } from "commander";
import { StreambedError } from "@streambed/kernel";
import { readCluster } from "@streambed/log-storage";
import type { ScrubReport } from "@streambed/log-storage";
import type { MetricRegistry } from "@streambed/metrics";
import { examples, wholeNumber } from "../arguments.ts";
import { bytesText } from "../bytes-text.ts";
import { checksFailed, checkStopped } from "../checks-failed.ts";
import type { CliContext } from "../context.ts";
import { jsonDocument } from "../json.ts";
import { SCRUB_CONCURRENCY_MAX, SCRUB_PROGRESS_MS } from "../limits.ts";
import { type ClusterScrub, scrubCluster } from "../scrub-cluster.ts";
import { addStore, type StoreOptions, withStore } from "../store-options.ts";
import { table } from "../table.ts";

interface Options extends StoreOptions {
  readonly deep?: true;
  readonly concurrency: number;
  readonly json?: true;
}

/** Findings that people are shown; JSON has more. */
const FINDINGS_SHOWN = 20;

/** `streambed scrub` */
export function scrub(context: CliContext): Command {
  return addStore(new Command("scrub"))
    .description("prove that a bucket holds every committed record; --deep reads and checks each byte")
    .option("--deep", "also read every batch and check it; as many bytes as the topics hold")
    .option("--concurrency <count>", "objects read at the same time", wholeNumber(1, SCRUB_CONCURRENCY_MAX), 8)
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Writes nothing; brokers may run meanwhile. Ends with code 1 when something is missing or damaged.
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
  await terminal.write(options.json === true ? jsonDocument(document) : reportText(total, shards));
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

function reportText(report: ScrubReport, shards: ClusterScrub["shards"]): string {
  const { entries, packs, checkpoints, garbage, orphans, findings, findingsTotal } = report;
  const total = (name: string, { objects, bytes }: ScrubReport["packs"]): (string | number)[] => [
    name,
    objects,
    bytesText(bytes),
  ];
  const checked = report.isDeep ? `, ${report.batches} batches read` : "";
  const lines = findings.slice(0, FINDINGS_SHOWN).map(({ problem, key, message, records }) => {
    const where =
      records === undefined
        ? ""
        : ` (${records.topic}-${records.partition}, offsets ${records.baseOffset} to ${records.endOffset - 1})`;
    return `  ${problem}: ${key}: ${message}${where}\n`;
  });
  const more = findingsTotal > FINDINGS_SHOWN ? `  ... and ${findingsTotal - FINDINGS_SHOWN} more; see --json\n` : "";
  return [
    `${report.topics} topics, ${report.partitions} partitions, ${report.rows} runs with ${bytesText(report.rowBytes)}${checked}\n`,
    ...shards.map(({ shard, tailSeq, checkpointSeq, gcFloor }) => {
      const which = shards.length === 1 ? "" : `shard ${shard}: `;
      return `${which}entries to ${tailSeq}, checkpoint at ${checkpointSeq}, deleted to ${gcFloor}\n`;
    }),
    "\n",
    table([
      ["OBJECTS", "COUNT", "BYTES"],
      total("entries", entries),
      total("packs", packs),
      total("checkpoints", checkpoints),
      total("garbage", garbage),
      total("orphans", orphans),
    ]),
    "\n",
    ...lines,
    more,
    report.isComplete ? "Complete: every committed record is there.\n" : `Not complete: ${findingsTotal} findings.\n`,
  ].join("");
}
