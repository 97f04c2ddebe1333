import { Command } from "commander";
import { examples, repeated, wholeNumber } from "../arguments.ts";
import { parseProperties, type Properties, readProperties } from "../properties.ts";

/** Options of `kafka-console-producer`, by Kafka's flags. */
export interface ProducerFlags {
  readonly topic?: string;
  readonly bootstrapServer?: string;
  readonly brokerList?: string;
  readonly sync?: true;
  readonly compressionCodec?: string | true;
  readonly messageSendMaxRetries?: number;
  readonly retryBackoffMs?: number;
  readonly timeout?: number;
  readonly requestRequiredAcks?: string;
  readonly requestTimeoutMs?: number;
  readonly metadataExpiryMs?: number;
  readonly maxBlockMs?: number;
  readonly maxMemoryBytes?: number;
  readonly maxPartitionMemoryBytes?: number;
  readonly batchSize?: number;
  readonly property?: readonly string[];
  readonly readerProperty?: readonly string[];
  readonly readerConfig?: string;
  readonly producerProperty?: readonly string[];
  readonly commandProperty?: readonly string[];
  readonly "producer.config"?: string;
  readonly commandConfig?: string;
}

/** The flags of `kafka-console-producer`. */
export function producerCommand(): Command {
  const count = wholeNumber(0);
  return new Command("kafka-console-producer")
    .description("Sends each line of standard input as a record, with the flags of Kafka's own tool.")
    .option("--topic <topic>", "REQUIRED: the topic to produce to")
    .option("--bootstrap-server <servers>", "REQUIRED: the servers to connect to, host:port,host:port")
    .option("--broker-list <servers>", "old name of --bootstrap-server")
    .option("--sync", "send records one at a time, each after the one before was acknowledged")
    .option("--compression-codec [name]", "none, gzip (when no name is given), snappy, lz4 or zstd")
    .option("--property <name=value>", "property of the line reader, see below; may be repeated", repeated)
    .option("--reader-property <name=value>", "newer name of --property", repeated)
    .option("--reader-config <file>", "properties file for the line reader")
    .option("--producer-property <name=value>", "config of the producer, e.g. linger.ms=100; may be repeated", repeated)
    .option("--command-property <name=value>", "newer name of --producer-property", repeated)
    .option("--producer.config <file>", "properties file for the producer")
    .option("--command-config <file>", "newer name of --producer.config")
    .option("--request-required-acks <acks>", "acks: all, -1, 0 or 1 (default: -1)")
    .option("--message-send-max-retries <count>", "retries", count)
    .option("--retry-backoff-ms <ms>", "retry.backoff.ms", count)
    .option("--timeout <ms>", "linger.ms", count)
    .option("--request-timeout-ms <ms>", "request.timeout.ms", count)
    .option("--metadata-expiry-ms <ms>", "metadata.max.age.ms", count)
    .option("--max-block-ms <ms>", "max.block.ms", count)
    .option("--max-memory-bytes <bytes>", "buffer.memory", count)
    .option("--max-partition-memory-bytes <bytes>", "batch.size", count)
    .option("--batch-size <bytes>", "batch.size, unless --max-partition-memory-bytes is given", count)
    .option("--socket-buffer-size <bytes>", "accepted; the system chooses the size of socket buffers", count)
    .option("--line-reader <class>", "accepted when it names Kafka's own line reader")
    .version("0.1.0")
    .addHelpText("after", READER_HELP)
    .addHelpText(
      "after",
      examples([
        "kafka-console-producer --bootstrap-server localhost:9092 --topic test",
        "kafka-console-producer --bootstrap-server localhost:9092 --topic test --property parse.key=true --property key.separator=:",
      ]),
    );
}

const READER_HELP = `
Properties of the line reader and their defaults:
  parse.key=false  parse.headers=false  ignore.error=false
  key.separator=\\t  headers.delimiter=\\t  headers.separator=,  headers.key.separator=:
  null.marker=   fields equal to it become null
With both parse.headers and parse.key a line is  h1:v1,h2:v2<TAB>key<TAB>value`;

/** Properties of the line reader: the file, then single ones over it. */
export async function readerProperties(flags: ProducerFlags): Promise<Properties> {
  const file = flags.readerConfig === undefined ? {} : await readProperties(flags.readerConfig);
  const single = [...(flags.property ?? []), ...(flags.readerProperty ?? [])];
  return { ...file, ...parseProperties(single, "--property") };
}

/** Kafka configs of the producer: the file, single ones over it, and dedicated flags where they are given. */
export async function producerProperties(flags: ProducerFlags): Promise<Properties> {
  const path = flags.commandConfig ?? flags["producer.config"];
  const file = path === undefined ? {} : await readProperties(path);
  const single = [...(flags.producerProperty ?? []), ...(flags.commandProperty ?? [])];
  const given = { "client.id": "console-producer", ...file, ...parseProperties(single, "--producer-property") };
  const codec = flags.compressionCodec === true ? "gzip" : flags.compressionCodec;
  const dedicated: Readonly<Record<string, string | number | undefined>> = {
    "compression.type": codec,
    acks: flags.requestRequiredAcks,
    retries: flags.messageSendMaxRetries,
    "retry.backoff.ms": flags.retryBackoffMs,
    "linger.ms": flags.timeout,
    "request.timeout.ms": flags.requestTimeoutMs,
    "metadata.max.age.ms": flags.metadataExpiryMs,
    "max.block.ms": flags.maxBlockMs,
    "buffer.memory": flags.maxMemoryBytes,
    "batch.size": flags.maxPartitionMemoryBytes ?? flags.batchSize,
  };
  const set = Object.entries(dedicated).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return { ...given, ...Object.fromEntries(set) };
}
