import { flags, runTool } from "../../tools/peers/java.ts";

/** The perf tools are measured against themselves, so they get the compilers and heap that Kafka's scripts give. */
const PERF_JVM = ["-Xmx512M", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20"] as const;
export const RECORD_BYTES = 1024;

export interface ProduceResult {
  readonly megabytesPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
}

/** Runs kafka-producer-perf-test; the warm-up records do not count. */
export async function producerPerf(options: {
  readonly bootstrap: string;
  readonly topic: string;
  readonly records: number;
  readonly warmup: number;
  /** Records a second, or -1 for as fast as possible. */
  readonly throughput: number;
  /** Producer configs besides acks=all. */
  readonly properties?: Readonly<Record<string, string>>;
}): Promise<ProduceResult> {
  const configs = Object.entries({ acks: "all", ...options.properties }).map(([name, value]) => `${name}=${value}`);
  const args = [
    ...flags({
      "bootstrap-server": options.bootstrap,
      topic: options.topic,
      "num-records": String(options.records + options.warmup),
      "warmup-records": String(options.warmup),
      "record-size": String(RECORD_BYTES),
      throughput: String(options.throughput),
    }),
    // One flag with all of them: of a repeated flag the tool takes only the last.
    "--command-property",
    ...configs,
  ];
  const mainClass = "org.apache.kafka.tools.ProducerPerformance";
  const { stdout } = await runTool({ mainClass, args, jvm: PERF_JVM });
  return parseProducerPerf(stdout.toString("utf8"));
}

/** The last line that has percentiles is the steady state after the warm-up. */
function parseProducerPerf(output: string): ProduceResult {
  const line = output
    .trim()
    .split("\n")
    .findLast((candidate) => candidate.includes("99th"));
  const rate = /\(([\d.]+) MB\/sec\)/.exec(line ?? "")?.[1];
  const p50 = /([\d.]+) ms 50th/.exec(line ?? "")?.[1];
  const p99 = /([\d.]+) ms 99th/.exec(line ?? "")?.[1];
  const p999 = /([\d.]+) ms 99\.9th/.exec(line ?? "")?.[1];
  if (rate === undefined || p50 === undefined || p99 === undefined || p999 === undefined) {
    throw new Error(`the producer perf tool said something unexpected: ${output.slice(-500)}`);
  }
  return { megabytesPerSecond: Number(rate), p50Ms: Number(p50), p99Ms: Number(p99), p999Ms: Number(p999) };
}

/** Runs kafka-consumer-perf-test and returns MB/s without the time to join the group. */
export async function consumerPerf(options: {
  readonly bootstrap: string;
  readonly topic: string;
  readonly records: number;
}): Promise<number> {
  const args = [
    "--hide-header",
    ...flags({
      "bootstrap-server": options.bootstrap,
      topic: options.topic,
      "num-records": String(options.records),
      timeout: "60000",
    }),
  ];
  const mainClass = "org.apache.kafka.tools.ConsumerPerformance";
  const { stdout } = await runTool({ mainClass, args, jvm: PERF_JVM });
  const fields = stdout.toString("utf8").trim().split("\n").at(-1)?.split(", ").map(Number) ?? [];
  const [, , , , records = 0, , , , fetchMegabytesPerSecond] = fields;
  if (records < options.records || fetchMegabytesPerSecond === undefined) {
    throw new Error(`the consumer perf tool said something unexpected: ${stdout.toString("utf8").slice(-500)}`);
  }
  return fetchMegabytesPerSecond;
}
