import { Command, Option } from "commander";
import type { Compression, ProducerRecord, RecordHeader, RecordMetadata } from "@streambed/client";
import { utf8 } from "@streambed/kernel";
import { addBootstrap, type BrokerOptions, examples, repeated, wholeNumber, withClient } from "../arguments.ts";
import type { CliContext } from "../context.ts";
import { lineGroups } from "../lines.ts";
import { produceAll } from "../produce-all.ts";
import { parseProperties } from "../properties.ts";
import { recordFromJson } from "../record-json.ts";

interface Options extends BrokerOptions {
  readonly key?: string;
  readonly keySeparator?: string;
  readonly header?: readonly string[];
  readonly partition?: number;
  readonly compression: Compression;
  readonly json?: true;
}

/** `streambed produce TOPIC [VALUES…]` */
export function produce(context: CliContext): Command {
  return addBootstrap(new Command("produce"), context)
    .description("send records: the values given, or each line of the input")
    .argument("<topic>", "name of the topic")
    .argument("[values...]", "values to send; without them, lines are read from the input")
    .option("-k, --key <key>", "key of every record")
    .option("-K, --key-separator <text>", "each line is a key, this text, and a value")
    .option("-H, --header <name=value>", "header of every record; may be repeated", repeated)
    .option("-p, --partition <number>", "send everything to this partition", wholeNumber(0))
    .addOption(
      new Option("-z, --compression <name>", "compress batches")
        .choices(["none", "gzip", "snappy", "lz4", "zstd"])
        .default("none"),
    )
    .option("--json", 'each line is a record like {"key":"a","value":"b","headers":{"h":"1"}}')
    .addHelpText(
      "after",
      examples([
        'streambed produce orders "first order" "second order"',
        "echo 'anna:3 apples' | streambed produce orders --key-separator :",
        "streambed consume orders --json --exit | streambed produce copy --json",
      ]),
    )
    .action((topic: string, values: readonly string[], options: Options) => run(context, { topic, values, options }));
}

interface Request {
  readonly topic: string;
  readonly values: readonly string[];
  readonly options: Options;
}

async function run(context: CliContext, request: Request): Promise<void> {
  const { topic, options } = request;
  const report = new Report(topic);
  await withClient(context, options, async (client) => {
    await using producer = client.producer({ compressionType: options.compression });
    const target = { producer, topic, onResult: (result: RecordMetadata) => report.add(result) };
    await produceAll(target, records(context, request));
  });
  context.terminal.say(report.summary());
  if (report.firstError !== null) throw report.firstError;
}

async function* records(context: CliContext, request: Request): AsyncGenerator<readonly ProducerRecord[], void> {
  const { options, values } = request;
  const separator = options.keySeparator === undefined ? undefined : Buffer.from(options.keySeparator);
  const headers = Object.entries(parseProperties(options.header ?? [], "--header")).map(
    ([key, value]): RecordHeader => ({ key, value: utf8(value) }),
  );
  const fixed: Partial<ProducerRecord> = {
    ...(options.key === undefined ? {} : { key: utf8(options.key) }),
    ...(headers.length === 0 ? {} : { headers }),
    ...(options.partition === undefined ? {} : { partition: options.partition }),
  };
  const record = (line: Uint8Array): ProducerRecord => ({
    ...parse(line, { separator, json: options.json }),
    ...fixed,
  });
  if (values.length > 0) yield values.map((value) => record(utf8(value)));
  else for await (const lines of lineGroups(context.terminal.input)) yield lines.map(record);
}

function parse(
  line: Uint8Array,
  how: { readonly separator: Uint8Array | undefined; readonly json: true | undefined },
): ProducerRecord {
  if (how.json === true) return recordFromJson(line);
  if (how.separator === undefined) return { value: line };
  const at = Buffer.from(line.buffer, line.byteOffset, line.byteLength).indexOf(how.separator);
  if (at < 0) return { value: line };
  return { key: line.subarray(0, at), value: line.subarray(at + how.separator.length) };
}

/** Counts results per partition. */
class Report {
  readonly #topic: string;
  readonly #partitions = new Map<number, { count: number; first: number; last: number }>();
  #failed = 0;
  firstError: Error | null = null;

  constructor(topic: string) {
    this.#topic = topic;
  }

  add(result: RecordMetadata): void {
    if (!result.ok) {
      this.#failed++;
      this.firstError ??= result.error;
      return;
    }
    const seen = this.#partitions.get(result.partition);
    if (seen === undefined) {
      this.#partitions.set(result.partition, { count: 1, first: result.offset, last: result.offset });
      return;
    }
    seen.count++;
    seen.last = result.offset;
  }

  summary(): string {
    const sorted = [...this.#partitions].toSorted(([left], [right]) => left - right);
    const sent = sorted.reduce((sum, [, seen]) => sum + seen.count, 0);
    const where = sorted.map(([partition, { first, last }]) =>
      first === last ? `${partition}@${first}` : `${partition}@${first}-${last}`,
    );
    const places = where.length === 0 ? "" : ` (partition@offset ${where.join(", ")})`;
    const failed = this.#failed === 0 ? "" : `; ${this.#failed} failed`;
    return `Sent ${sent} record${sent === 1 ? "" : "s"} to ${this.#topic}${places}${failed}.`;
  }
}
