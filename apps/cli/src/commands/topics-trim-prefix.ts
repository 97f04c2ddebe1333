import { Command, Option } from "commander";
import type { Client, OffsetSpec, TopicPartitionOffset } from "@streambed/client";
import { StreambedError } from "@streambed/kernel";
import { addBootstrap, allOk, type BrokerOptions, examples, wholeNumber, withClient } from "../arguments.ts";
import type { CliContext } from "../context.ts";
import { jsonDocument } from "../json.ts";
import { table } from "../table.ts";

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

async function run(context: CliContext, name: string, options: Options): Promise<void> {
  if ((options.offset === undefined) === (options.before === undefined)) {
    throw invalid("Say what to delete with exactly one of --offset and --before.");
  }
  const trimmed = await withClient(context, options, async (client) => {
    const wanted = await targets(client, name, options);
    if (options.dryRun === true) return wanted;
    const done = allOk(await client.admin.deleteRecords(wanted));
    return done.map(({ topic, partition, lowWatermark }) => ({ topic, partition, offset: lowWatermark }));
  });
  if (options.json === true) return context.terminal.write(jsonDocument(trimmed));
  const rows = trimmed.map(({ topic, partition, offset }) => [topic, partition, offset]);
  await context.terminal.write(table([["TOPIC", "PARTITION", "FIRST OFFSET"], ...rows]));
  if (options.dryRun === true) context.terminal.say("Nothing was deleted; leave out --dry-run to do it.");
}

/** The first offset to keep in each partition, within what the partition holds. */
async function targets(client: Client, topic: string, options: Options): Promise<readonly TopicPartitionOffset[]> {
  const described = allOk(await client.admin.describeTopics([topic]));
  const all = described.flatMap(({ partitions }) => partitions.map(({ partition }) => partition));
  const unknown = options.partitions?.find((partition) => !all.includes(partition));
  if (unknown !== undefined) throw invalid(`Topic ${topic} has partitions 0 to ${all.length - 1}, but not ${unknown}.`);
  const listed = async (spec: OffsetSpec): Promise<readonly TopicPartitionOffset[]> =>
    allOk(
      await client.admin.listOffsets((options.partitions ?? all).map((partition) => ({ topic, partition, spec }))),
    ).map(({ partition, offset }) => ({ topic, partition, offset }));
  const [first, end] = await Promise.all([listed("earliest"), listed("latest")]);
  const found = options.before === undefined ? undefined : await listed(timeOf(options.before));
  return end.map((last, at) => {
    const { offset } = options;
    // A time that no record reaches is after all of them: -1 stands for the end then.
    const wanted = found === undefined ? offset : (found[at]?.offset ?? -1);
    const inside = typeof wanted === "number" && wanted >= 0 ? Math.min(wanted, last.offset) : last.offset;
    return { ...last, offset: Math.max(inside, first[at]?.offset ?? 0) };
  });
}

function timeOf(text: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time) || time < 0) throw invalid(`"${text}" is not a time: write it like 2026-01-31T08:00:00Z.`);
  return time;
}

function invalid(message: string): StreambedError {
  return new StreambedError({ kind: "invalid", code: "INVALID_ARGUMENT", message });
}
