import { Command, Option } from "commander";
import type { TopicPartitionOffset } from "@streambed/client";
import { StreambedError } from "@streambed/kernel";
import { addBootstrap, allOk, type BrokerOptions, examples, wholeNumber, withClient } from "../arguments.ts";
import type { CliContext } from "../context.ts";
import { jsonDocument } from "../json.ts";
import { table } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { planTrim, type Trim, type TrimBound } from "../trim-plan.ts";

interface Options extends BrokerOptions {
  readonly offset?: number | "end";
  readonly before?: string;
  readonly partitions?: readonly number[];
  readonly dryRun?: true;
  readonly json?: true;
}

/** `streambed topics trim-prefix NAME` */
export function topicsTrimPrefix(context: CliContext): Command {
  return addBootstrap(new Command("trim-prefix").alias("delete-records"), context)
    .description("delete the oldest records of a topic, for good")
    .argument("<name>", "name of the topic")
    .addOption(
      new Option("-o, --offset <offset>", "delete what is below this offset; `end` deletes everything").argParser(
        (text) => (text === "end" ? text : wholeNumber(0)(text)),
      ),
    )
    .option("--before <time>", "delete what is older, e.g. 2026-01-31T08:00:00Z")
    .addOption(
      new Option("-p, --partitions <numbers>", "only these, separated by commas").argParser((text) =>
        text.split(",").map(wholeNumber(0)),
      ),
    )
    .option("--dry-run", "show the new first offsets and change nothing")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      examples([
        "streambed topics trim-prefix orders --before 2026-01-31T08:00:00Z --dry-run",
        "streambed topics trim-prefix orders --offset 1000 --partitions 0,2",
        "streambed topics trim-prefix orders --offset end",
      ]),
    )
    .action((name: string, options: Options) => run(context, name, options));
}

async function run(context: CliContext, topic: string, options: Options): Promise<void> {
  const { terminal } = context;
  const bound = boundOf(options);
  const trimmed = await withClient(context, options, async (client) => {
    const planned = await planTrim(client, { topic, partitions: options.partitions, bound });
    sayWhatIsEmptied(terminal, planned, options.before);
    if (options.dryRun === true) return planned.map((trim) => outcome(trim, trim.offset));
    const done = allOk(await client.admin.deleteRecords(planned));
    return planned.map((trim, at) => outcome(trim, done[at]?.lowWatermark ?? trim.offset));
  });
  if (options.json === true) return terminal.write(jsonDocument(trimmed));
  const rows = trimmed.map(({ partition, offset, removed }) => [topic, partition, offset, removed]);
  await terminal.write(table([["TOPIC", "PARTITION", "FIRST OFFSET", "REMOVED"], ...rows]));
  if (options.dryRun === true) terminal.say("Nothing was deleted; leave out --dry-run to do it.");
}

/** `removed` counts offsets: there are fewer records where compaction or transactions left gaps. */
function outcome({ topic, partition, first }: Trim, offset: number): TopicPartitionOffset & { removed: number } {
  return { topic, partition, offset, removed: Math.max(0, offset - first) };
}

/** A date with a slip in it, e.g. next year's, takes everything; the operator must not have to read that from a table. */
function sayWhatIsEmptied(terminal: Terminal, planned: readonly Trim[], before: string | undefined): void {
  const emptied = planned.filter(({ first, offset, end }) => offset === end && first < end);
  if (before === undefined || emptied.length === 0) return;
  const names = emptied.map(({ topic, partition, first, end }) => `${topic}-${partition} (${end - first})`);
  terminal.say(`Everything is older than ${before}, so that no record stays, in ${names.join(", ")}.`);
}

function boundOf({ offset, before }: Options): TrimBound {
  if (offset !== undefined && before === undefined)
    return offset === "end" ? { kind: "end" } : { kind: "offset", offset };
  if (before !== undefined && offset === undefined) return { kind: "time", before: timeOf(before) };
  throw invalid("Say what to delete with exactly one of --offset and --before.");
}

function timeOf(text: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time) || time < 0) throw invalid(`"${text}" is not a time: write it like 2026-01-31T08:00:00Z.`);
  return time;
}

function invalid(message: string): StreambedError {
  return new StreambedError({ kind: "invalid", code: "INVALID_ARGUMENT", message });
}
