import { createTopics } from "../../../tools/peers/create-topics.ts";
import { installKafkaLoad } from "../../../tools/peers/kafka-load.ts";
import { startNisshi } from "../../../tools/peers/nisshi.ts";
import { run } from "../../../tools/peers/processes.ts";
import { installS2Load, startS2Lite } from "../../../tools/peers/s2-lite.ts";
import { s3Environment, type S3Server } from "../../../tools/peers/s3.ts";
import { startStreambed } from "../../../tools/peers/streambed.ts";
import { consumerPerf, producerPerf, RECORD_BYTES } from "../perf-tools.ts";

/** What everybody has to do. */
export interface Workload {
  readonly records: number;
  readonly warmup: number;
  /** Partitions of the topic, or streams. */
  readonly partitions: number;
  readonly batchBytes: number;
  readonly lingerMs: number;
  readonly idempotence: boolean;
  /** What drives Kafka servers: `java` (Kafka's own perf tools) or `librdkafka` (our load generator on it). */
  readonly client: string;
}

/** MiB of record values a second. */
export interface Throughput {
  readonly produceMBps: number;
  readonly consumeMBps: number;
}

/** Where a contestant runs: its own folder, and its own empty bucket on the server that all share. */
export interface Place {
  readonly dir: string;
  readonly s3: S3Server;
  readonly bucket: string;
}

export type ContestantName = "streambed" | "nisshi" | "nisshi-slatedb" | "s2-lite";

/** Starts the contestant on its bucket, drives it, and ends it. */
export const CONTESTANTS: Readonly<Record<ContestantName, (place: Place, work: Workload) => Promise<Throughput>>> = {
  async streambed({ dir, s3, bucket }, work) {
    await using server = await startStreambed({ dir, store: `s3://${bucket}`, env: s3Environment(s3) });
    return await driveKafka(server.bootstrap, work);
  },
  async nisshi(place, work) {
    await using server = await startNisshi({ ...place, engine: "s3" });
    return await driveKafka(server.bootstrap, work);
  },
  async "nisshi-slatedb"(place, work) {
    await using server = await startNisshi({ ...place, engine: "slatedb" });
    return await driveKafka(server.bootstrap, work);
  },
  async "s2-lite"(place, work) {
    await using server = await startS2Lite(place);
    return await driveLoad(await installS2Load(), [server.endpoint, "bench-peers"], work);
  },
};

/** What may be without an acknowledgement per partition: five requests of Kafka's, and S2's own default. */
const UNACKNOWLEDGED_BYTES = 5 * 1024 * 1024;
const REQUEST_BYTES_MAX = 16 * 1024 * 1024;

const TOPIC = "peers";

async function driveKafka(bootstrap: string, work: Workload): Promise<Throughput> {
  await createTopics(bootstrap, [TOPIC], work.partitions);
  if (work.client === "java") return drivePerfTools(bootstrap, work);
  return driveLoad(await installKafkaLoad(), [bootstrap, TOPIC], work);
}

/** Kafka's perf tools: one producer process, then one consumer process. */
async function drivePerfTools(bootstrap: string, work: Workload): Promise<Throughput> {
  const { records, warmup, partitions } = work;
  const properties = {
    "batch.size": String(work.batchBytes),
    "linger.ms": String(work.lingerMs),
    "enable.idempotence": String(work.idempotence),
    "max.request.size": String(REQUEST_BYTES_MAX),
    "buffer.memory": String(UNACKNOWLEDGED_BYTES * partitions),
  };
  const produced = await producerPerf({ bootstrap, topic: TOPIC, records, warmup, throughput: -1, properties });
  const consumeMBps = await consumerPerf({ bootstrap, topic: TOPIC, records: records + warmup });
  return { produceMBps: produced.megabytesPerSecond, consumeMBps };
}

/** Our load generators, one on S2's own SDK, one on librdkafka: a process that writes to all streams, then reads. */
async function driveLoad(program: string, target: readonly string[], work: Workload): Promise<Throughput> {
  const numbers = [
    work.partitions,
    work.warmup,
    work.records,
    RECORD_BYTES,
    work.batchBytes,
    work.lingerMs,
    UNACKNOWLEDGED_BYTES,
  ];
  const { stdout } = await run(program, [...target, ...numbers.map(String)]);
  const said: unknown = JSON.parse(stdout.toString("utf8"));
  if (typeof said === "object" && said !== null && "appendMBps" in said && "readMBps" in said) {
    return { produceMBps: Number(said.appendMBps), consumeMBps: Number(said.readMBps) };
  }
  throw new Error(`${program} said something unexpected: ${stdout.toString("utf8")}`);
}
