import { Command } from "commander";
import type { Client, Consumer, Record, TopicPartition } from "@streambed/client";
import { StreambedError } from "@streambed/kernel";
import { addBootstrap, allOk, type BrokerOptions, examples, wholeNumber, withClient } from "../arguments.ts";
import { consumeAll } from "../consume-all.ts";
import type { CliContext } from "../context.ts";
import { recordToJson } from "../record-json.ts";

interface Options extends BrokerOptions {
  readonly group?: string;
  readonly fromBeginning?: true;
  readonly partition?: number;
  readonly offset?: number;
  readonly maxMessages?: number;
  readonly timeout?: number;
  readonly exit?: true;
  readonly keys?: true;
  readonly verbose?: true;
  readonly json?: true;
}

/** `streambed consume TOPIC…` */
export function consume(context: CliContext): Command {
  return addBootstrap(new Command("consume"), context)
    .description("print records as they come")
    .argument("<topics...>", "names of the topics")
    .option("-g, --group <id>", "share the partitions with the other members of this group, and go on where it stopped")
    .option("--from-beginning", "start with the first record instead of the next one to come")
    .option("-p, --partition <number>", "read only this partition", wholeNumber(0))
    .option("-o, --offset <offset>", "start here; needs --partition", wholeNumber(0))
    .option("-n, --max-messages <records>", "stop after so many records", wholeNumber(1))
    .option("--timeout <ms>", "stop when nothing has come for so long", wholeNumber(0))
    .option("-e, --exit", "stop at the end of what is there now")
    .option("--keys", "print key, tab, value")
    .option("-v, --verbose", "print partition, offset, time, headers, key and value")
    .option("--json", "print one JSON object a record; bytes that are not text as base64")
    .addHelpText(
      "after",
      examples([
        "streambed consume orders --from-beginning",
        "streambed consume orders --group billing",
        "streambed consume orders --from-beginning --exit --json",
      ]),
    )
    .action((names: readonly string[], options: Options) => run(context, names, options));
}

async function run(context: CliContext, names: readonly string[], options: Options): Promise<void> {
  check(options);
  await withClient(context, options, async (client) => {
    const autoOffsetReset = options.fromBeginning === true ? "earliest" : "latest";
    await using consumer = client.consumer({
      autoOffsetReset,
      ...(options.group === undefined ? {} : { groupId: options.group }),
    });
    if (options.group === undefined)
      await assign(client, consumer, { names, options, stopped: context.terminal.stopped });
    else consumer.subscribe({ topics: names });
    const bounds = {
      ...(options.maxMessages === undefined ? {} : { maxRecords: options.maxMessages }),
      ...(options.timeout === undefined ? {} : { idleMs: options.timeout }),
      ...(options.exit === true ? { reached: endReached(consumer) } : {}),
    };
    for await (const records of consumeAll(context, consumer, bounds)) {
      await context.terminal.write(records.length === 0 ? "" : printed(records, options));
    }
  });
}

function check(options: Options): void {
  const wrong =
    options.offset !== undefined && options.partition === undefined
      ? "--offset needs --partition, because offsets count within a partition."
      : options.offset !== undefined && options.fromBeginning === true
        ? "--offset and --from-beginning exclude each other."
        : options.group !== undefined && options.partition !== undefined
          ? "--group and --partition exclude each other: a group shares the partitions itself."
          : null;
  if (wrong !== null) throw new StreambedError({ kind: "invalid", code: "INVALID_ARGUMENT", message: wrong });
}

/** Without a group every partition is read, and nothing is left behind on the server. */
async function assign(
  client: Client,
  consumer: Consumer,
  wanted: { readonly names: readonly string[]; readonly options: Options; readonly stopped: AbortSignal },
): Promise<void> {
  const { names, options, stopped } = wanted;
  const topics = allOk(await client.admin.describeTopics(names, { signal: stopped }));
  const partitions = topics.flatMap((topic) =>
    topic.partitions
      .filter(({ partition }) => options.partition === undefined || partition === options.partition)
      .map(({ partition }): TopicPartition => ({ topic: topic.name, partition })),
  );
  if (partitions.length === 0) {
    throw new StreambedError({
      kind: "not-found",
      code: "UNKNOWN_TOPIC_OR_PARTITION",
      message: `There is no partition ${options.partition} in ${names.join(", ")}.`,
    });
  }
  consumer.assign(partitions);
  if (options.offset !== undefined) for (const at of partitions) consumer.seek(at, options.offset);
}

/** True once the consumer has read everything that was there when it got its partitions. */
function endReached(consumer: Consumer): () => Promise<boolean> {
  const ends = new Map<string, number>();
  return async () => {
    const assigned = consumer.assignment();
    if (assigned.length === 0) return false;
    const fresh = assigned.filter(({ topic, partition }) => !ends.has(`${topic}-${partition}`));
    for (const end of await consumer.endOffsets(fresh)) ends.set(`${end.topic}-${end.partition}`, end.offset);
    for (const at of assigned) {
      if ((await consumer.position(at)) < (ends.get(`${at.topic}-${at.partition}`) ?? 0)) return false;
    }
    return true;
  };
}

const TAB = Buffer.from("\t");
const NEWLINE = Buffer.from("\n");

function printed(records: readonly Record[], options: Options): string | Uint8Array {
  if (options.json === true) return records.map(recordToJson).join("");
  const chunks: Uint8Array[] = [];
  for (const record of records) {
    if (options.verbose === true) chunks.push(Buffer.from(`${place(record)}\t`));
    if (options.verbose === true || options.keys === true) chunks.push(record.key ?? Buffer.from("null"), TAB);
    chunks.push(record.value ?? Buffer.from("null"), NEWLINE);
  }
  return Buffer.concat(chunks);
}

function place(record: Record): string {
  const time = record.timestamp < 0 ? "-" : new Date(record.timestamp).toISOString();
  const headers = record.headers.map(
    ({ key, value }) => `${key}=${value === null ? "null" : Buffer.from(value).toString()}`,
  );
  return `${record.topic}-${record.partition}@${record.offset}\t${time}\t${headers.length === 0 ? "-" : headers.join(",")}`;
}
