import { Command, Option } from "commander";
import type { Compression, ProducerRecord, RecordHeader, RecordMetadata } from "@streambed/client";
import { utf8 } from "@streambed/kernel";
import { addBootstrap, type BrokerOptions, examples, repeated, wholeNumber, withClient } from "../arguments.ts";
import type { CliContext } from "../context.ts";
import { explain } from "../explain.ts";
import { lineGroups } from "../lines.ts";
import { closeWhenStopped, produceAll, sendingStopped } from "../produce-all.ts";
import { ProduceReport } from "../produce-report.ts";
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
  const { terminal } = context;
  const report = new ProduceReport(topic);
  const givenUp = await withClient(context, options, async (client) => {
    await using producer = client.producer({ compressionType: options.compression });
    closeWhenStopped(producer, terminal.stopped);
    const target = { producer, topic, onResult: (result: RecordMetadata) => report.add(result) };
    return await produceAll(target, report.watch(records(context, request))).then(
      () => null,
      (thrown: unknown) => thrown,
    );
  });
  const stopped = terminal.stopped.aborted;
  terminal.say(report.summary(stopped ? null : givenUp));
  const failure = report.firstError ?? givenUp;
  if (stopped) {
    if (report.firstError !== null) terminal.say(explain(report.firstError));
    throw sendingStopped();
  }
  if (failure !== null) throw failure;
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
