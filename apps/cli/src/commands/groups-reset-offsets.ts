import { Command, Option } from "commander";
import type { Client, OffsetSpec, TopicPartition, TopicPartitionOffset } from "@streambed/client";
import { StreambedError } from "@streambed/kernel";
import { addBootstrap, allOk, type BrokerOptions, examples, repeated, wholeNumber, withClient } from "../arguments.ts";
import type { CliContext } from "../context.ts";
import { jsonDocument } from "../json.ts";
import { table } from "../table.ts";

interface Options extends BrokerOptions {
  readonly topic: readonly string[];
  readonly toEarliest?: true;
  readonly toLatest?: true;
  readonly toOffset?: number;
  readonly toDatetime?: string;
  readonly shiftBy?: number;
  readonly execute?: true;
  readonly json?: true;
}

const TARGETS = ["toEarliest", "toLatest", "toOffset", "toDatetime", "shiftBy"] as const;

/** `streambed groups reset-offsets GROUP` */
export function groupsResetOffsets(context: CliContext): Command {
  return addBootstrap(new Command("reset-offsets"), context)
    .description("move a group to other offsets; shows the new ones, and sets them with --execute")
    .argument("<group>", "id of the group; it must have no members")
    .addOption(
      new Option("-t, --topic <topic[:p,...]>", "topic, or some of its partitions; may be repeated")
        .argParser(repeated)
        .makeOptionMandatory(),
    )
    .option("--to-earliest", "to the first record")
    .option("--to-latest", "past the last record")
    .option("--to-offset <offset>", "to this offset", wholeNumber(0))
    .option("--to-datetime <time>", "to the first record at or after this time, e.g. 2026-01-31T08:00:00Z")
    .option("--shift-by <records>", "forward, or back with a minus", wholeNumber(Number.MIN_SAFE_INTEGER))
    .option("--execute", "set the offsets; without it nothing changes")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      examples([
        "streambed groups reset-offsets billing --topic orders --to-earliest",
        "streambed groups reset-offsets billing --topic orders:0,2 --shift-by -100 --execute",
      ]),
    )
    .action((group: string, options: Options) => run(context, group, options));
}

async function run(context: CliContext, group: string, options: Options): Promise<void> {
  const named = TARGETS.filter((target) => options[target] !== undefined);
  if (named.length !== 1) {
    throw invalid(
      "Say where to go with exactly one of --to-earliest, --to-latest, --to-offset, --to-datetime, --shift-by.",
    );
  }
  const offsets = await withClient(context, options, async (client) => {
    const partitions = await partitionsOf(client, options.topic);
    const wanted = await clamped(client, await targets(client, { group, partitions, options }));
    if (options.execute === true) allOk(await client.admin.commitOffsets(group, wanted));
    return wanted;
  });
  if (options.json === true) return context.terminal.write(jsonDocument(offsets));
  const rows = offsets.map(({ topic, partition, offset }) => [topic, partition, offset]);
  await context.terminal.write(table([["TOPIC", "PARTITION", "NEW OFFSET"], ...rows]));
  if (options.execute !== true) context.terminal.say("Nothing was changed; add --execute to set these offsets.");
}

/** `orders` means all partitions of the topic, `orders:0,2` two of them. */
async function partitionsOf(client: Client, topics: readonly string[]): Promise<readonly TopicPartition[]> {
  const described = allOk(await client.admin.describeTopics(topics.map((item) => item.split(":")[0] ?? "")));
  return topics.flatMap((item, at) => {
    const [topic = "", list] = item.split(":");
    const all = (described[at]?.partitions ?? []).map(({ partition }) => partition);
    const chosen = list === undefined ? all : list.split(",").map(Number);
    const unknown = chosen.find((partition) => !all.includes(partition));
    if (unknown !== undefined) throw invalid(`Topic ${topic} has partitions ${all.join(", ")}, but not "${list}".`);
    return chosen.map((partition) => ({ topic, partition }));
  });
}

interface Request {
  readonly group: string;
  readonly partitions: readonly TopicPartition[];
  readonly options: Options;
}

async function targets(client: Client, request: Request): Promise<readonly TopicPartitionOffset[]> {
  const { group, partitions, options } = request;
  const { toOffset, shiftBy, toDatetime } = options;
  if (toOffset !== undefined) return partitions.map((at) => ({ ...at, offset: toOffset }));
  if (shiftBy !== undefined) {
    const committed = await client.admin.fetchOffsets(group, partitions);
    return committed.map(({ topic, partition, offset }) => ({ topic, partition, offset: offset + shiftBy }));
  }
  if (toDatetime === undefined) return await listed(client, partitions, options.toEarliest ? "earliest" : "latest");
  const time = Date.parse(toDatetime);
  if (Number.isNaN(time)) throw invalid(`"${toDatetime}" is not a time: write it like 2026-01-31T08:00:00Z.`);
  const found = await listed(client, partitions, time);
  // Nothing at or after the time: go to the end, as Kafka's tool does.
  const ends = await listed(client, partitions, "latest");
  return found.map((at, index) => (at.offset >= 0 ? at : (ends[index] ?? at)));
}

async function listed(
  client: Client,
  partitions: readonly TopicPartition[],
  spec: OffsetSpec,
): Promise<readonly TopicPartitionOffset[]> {
  const answers = allOk(await client.admin.listOffsets(partitions.map((at) => ({ ...at, spec }))));
  return answers.map(({ topic, partition, offset }) => ({ topic, partition, offset }));
}

/** Keeps offsets within what the partitions hold. */
async function clamped(
  client: Client,
  wanted: readonly TopicPartitionOffset[],
): Promise<readonly TopicPartitionOffset[]> {
  const first = await listed(client, wanted, "earliest");
  const end = await listed(client, wanted, "latest");
  return wanted.map(({ topic, partition, offset }, at) => ({
    topic,
    partition,
    offset: Math.min(Math.max(offset, first[at]?.offset ?? 0), end[at]?.offset ?? offset),
  }));
}

function invalid(message: string): StreambedError {
  return new StreambedError({ kind: "invalid", code: "INVALID_ARGUMENT", message });
}
