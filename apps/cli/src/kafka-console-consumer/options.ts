import { Command } from "commander";
import { StreambedError, type Random } from "@streambed/kernel";
import { examples, repeated, wholeNumber } from "../arguments.ts";
import { parseProperties, type Properties, readProperties } from "../properties.ts";

/** Options of `kafka-console-consumer`, by Kafka's flags. */
export interface ConsumerFlags {
  readonly topic?: string;
  readonly include?: string;
  readonly bootstrapServer?: string;
  readonly partition?: number;
  readonly offset?: string;
  readonly group?: string;
  readonly fromBeginning?: true;
  readonly maxMessages?: number;
  readonly timeoutMs?: number;
  readonly isolationLevel?: string;
  readonly property?: readonly string[];
  readonly formatterProperty?: readonly string[];
  readonly formatterConfig?: string;
  readonly consumerProperty?: readonly string[];
  readonly commandProperty?: readonly string[];
  readonly "consumer.config"?: string;
  readonly commandConfig?: string;
  readonly keyDeserializer?: string;
  readonly valueDeserializer?: string;
}

/** The flags of `kafka-console-consumer`. */
export function consumerCommand(): Command {
  return new Command("kafka-console-consumer")
    .description("Prints records, with the flags of Kafka's own tool.")
    .option("--topic <topic>", "the topic to read")
    .option("--include <regex>", "read all topics whose name matches")
    .option("--bootstrap-server <servers>", "REQUIRED: the servers to connect to, host:port,host:port")
    .option("--partition <number>", "read only this partition, without a group", wholeNumber(0))
    .option("--offset <offset>", "where to start in --partition: a number, earliest or latest (default: latest)")
    .option("--group <id>", "consumer group")
    .option("--from-beginning", "start with the first record when the group has no offset yet")
    .option("--max-messages <count>", "stop after so many records", wholeNumber(-1))
    .option("--timeout-ms <ms>", "stop when nothing has come for so long", wholeNumber(-1))
    .option("--isolation-level <level>", "read_uncommitted (default) or read_committed")
    .option("--property <name=value>", "property of the formatter, see below; may be repeated", repeated)
    .option("--formatter-property <name=value>", "newer name of --property", repeated)
    .option("--formatter-config <file>", "properties file for the formatter")
    .option("--consumer-property <name=value>", "config of the consumer; may be repeated", repeated)
    .option("--command-property <name=value>", "newer name of --consumer-property", repeated)
    .option("--consumer.config <file>", "properties file for the consumer")
    .option("--command-config <file>", "newer name of --consumer.config")
    .option("--key-deserializer <class>", "Kafka's deserializer for keys, e.g. LongDeserializer")
    .option("--value-deserializer <class>", "Kafka's deserializer for values")
    .option("--formatter <class>", "accepted when it names Kafka's default formatter")
    .option("--skip-message-on-error", "accepted; printing a record cannot fail here")
    .option("--enable-systest-events", "accepted")
    .version("0.1.0")
    .addHelpText("after", FORMATTER_HELP)
    .addHelpText(
      "after",
      examples([
        "kafka-console-consumer --bootstrap-server localhost:9092 --topic test --from-beginning",
        "kafka-console-consumer --bootstrap-server localhost:9092 --topic test --group billing --property print.key=true",
        "kafka-console-consumer --bootstrap-server localhost:9092 --topic test --partition 0 --offset 42 --max-messages 1",
      ]),
    );
}

const FORMATTER_HELP = `
Properties of the formatter:
  print.timestamp  print.partition  print.offset  print.headers  print.key   (default false)
  print.value                                                               (default true)
  key.separator=\\t  line.separator=\\n  headers.separator=,  null.literal=null
  key.deserializer  value.deserializer  headers.deserializer`;

/** Where a consumer of one partition starts. */
export type StartOffset = "earliest" | "latest" | number;

/** Checks the combination of flags as Kafka's tool does. @throws kind `invalid`, code `USAGE` */
export function checkFlags(flags: ConsumerFlags): void {
  if ((flags.topic === undefined) === (flags.include === undefined)) {
    throw usage("Exactly one of the following arguments is required: [topic], [include]");
  }
  if (flags.bootstrapServer === undefined) throw usage('Missing required argument "[bootstrap-server]"');
  if (flags.partition === undefined) {
    if (flags.offset !== undefined) throw usage("The partition is required when offset is specified.");
    return;
  }
  if (flags.topic === undefined) throw usage("The topic is required when partition is specified.");
  if (flags.fromBeginning === true && flags.offset !== undefined) {
    throw usage("Options from-beginning and offset cannot be specified together.");
  }
}

/** Start in a single partition. @throws kind `invalid`, code `USAGE` */
export function startOffset(flags: ConsumerFlags): StartOffset {
  if (flags.offset === undefined) return flags.fromBeginning === true ? "earliest" : "latest";
  const text = flags.offset.toLowerCase();
  if (text === "earliest" || text === "latest") return text;
  const offset = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(offset)) return offset;
  throw usage(
    `The provided offset value '${flags.offset}' is incorrect. Valid values are 'earliest', 'latest', or a non-negative long.`,
  );
}

/** Kafka configs of the consumer. A reader without a group gets a fresh one that commits nothing. */
export async function consumerProperties(flags: ConsumerFlags, random: Random): Promise<Properties> {
  const path = flags.commandConfig ?? flags["consumer.config"];
  const file = path === undefined ? {} : await readProperties(path);
  const single = parseProperties(
    [...(flags.consumerProperty ?? []), ...(flags.commandProperty ?? [])],
    "--consumer-property",
  );
  const given: Properties = { "client.id": "console-consumer", ...file, ...single };
  const groups = new Set([flags.group, file["group.id"], single["group.id"]].filter((id) => id !== undefined));
  if (groups.size > 1) {
    const found = [...groups].map((id) => `'${id}'`).join(", ");
    throw usage(
      `The group ids provided in different places (directly using '--group', via '--consumer-property', or via '--consumer.config') do not match. Detected group ids: ${found}`,
    );
  }
  const [group] = groups;
  if (group !== undefined && flags.partition !== undefined) {
    throw usage("Options group and partition cannot be specified together.");
  }
  return {
    "enable.auto.commit": group === undefined ? "false" : "true",
    ...given,
    "group.id": group ?? `console-consumer-${Math.floor(random.fraction() * 100_000)}`,
    "auto.offset.reset": offsetReset(flags, given["auto.offset.reset"]),
    ...(flags.isolationLevel === undefined ? {} : { "isolation.level": flags.isolationLevel }),
  };
}

function offsetReset(flags: ConsumerFlags, given: string | undefined): string {
  if (given === undefined) return flags.fromBeginning === true ? "earliest" : "latest";
  if (flags.fromBeginning === true && given !== "earliest") {
    throw usage(
      `Can't simultaneously specify --from-beginning and 'auto.offset.reset=${given}', please remove one option`,
    );
  }
  return given;
}

/** Properties of the formatter. */
export async function formatterProperties(flags: ConsumerFlags): Promise<Properties> {
  const file = flags.formatterConfig === undefined ? {} : await readProperties(flags.formatterConfig);
  const single = [...(flags.property ?? []), ...(flags.formatterProperty ?? [])];
  return {
    ...file,
    ...(flags.keyDeserializer === undefined ? {} : { "key.deserializer": flags.keyDeserializer }),
    ...(flags.valueDeserializer === undefined ? {} : { "value.deserializer": flags.valueDeserializer }),
    ...parseProperties(single, "--property"),
  };
}

function usage(message: string): StreambedError {
  return new StreambedError({ kind: "invalid", code: "USAGE", message });
}
