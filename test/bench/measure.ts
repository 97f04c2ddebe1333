import { rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { createTopics } from "../../tools/peers/create-topics.ts";
import { stopProcess } from "../../tools/peers/processes.ts";
import { residentMiB, untilAnswered } from "./boot.ts";
import { consumerPerf, producerPerf, RECORD_BYTES } from "./perf-tools.ts";
import { prepare, type ServerName } from "./servers.ts";

export interface Measurement {
  /** From spawning the process to the first good ApiVersions answer, on an empty folder. */
  readonly bootMs: number;
  /** From spawning the process again on the folder with data in it. */
  readonly rebootMs: number;
  /** Resident memory some seconds after the first boot, before any topic exists. */
  readonly idleMiB: number;
  readonly loadedMiB: number;
  readonly produceMBps: number;
  readonly consumeMBps: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Workload {
  readonly records: number;
  readonly latencySeconds: number;
  readonly partitions: number;
}

const SETTLE_MS = 5000;
/** 5 MB/s of records, the rate at which latency is compared. */
const STEADY_RECORDS_PER_SECOND = Math.round((5 * 1024 * 1024) / RECORD_BYTES);

/** Boots one server on an empty folder, drives it with Kafka's perf tools, and boots it once more. */
export async function measure(name: ServerName, dir: string, work: Workload): Promise<Measurement> {
  const launch = await prepare(name, dir);
  const bootstrap = `127.0.0.1:${launch.port}`;
  let start = performance.now();
  let server = await launch.spawn();
  try {
    await untilAnswered(launch.port);
    const bootMs = performance.now() - start;
    await sleep(SETTLE_MS);
    const idleMiB = await residentMiB(server.pid ?? 0);
    const driven = await drive(bootstrap, work);
    const loadedMiB = await residentMiB(server.pid ?? 0);
    await stopProcess(server);
    start = performance.now();
    server = await launch.spawn();
    await untilAnswered(launch.port);
    const rebootMs = performance.now() - start;
    return { bootMs, rebootMs, idleMiB, loadedMiB, ...driven };
  } finally {
    await stopProcess(server);
    await rm(dir, { recursive: true, force: true });
  }
}

async function drive(
  bootstrap: string,
  { records, latencySeconds, partitions }: Workload,
): Promise<{
  produceMBps: number;
  consumeMBps: number;
  p50Ms: number;
  p99Ms: number;
}> {
  await createTopics(bootstrap, ["throughput", "latency"], partitions);
  const warmup = Math.ceil(records / 5);
  const produced = await producerPerf({ bootstrap, topic: "throughput", records, warmup, throughput: -1 });
  const consumeMBps = await consumerPerf({ bootstrap, topic: "throughput", records: records + warmup });
  const steady = await producerPerf({
    bootstrap,
    topic: "latency",
    records: STEADY_RECORDS_PER_SECOND * latencySeconds,
    warmup: STEADY_RECORDS_PER_SECOND * 5,
    throughput: STEADY_RECORDS_PER_SECOND,
  });
  return { produceMBps: produced.megabytesPerSecond, consumeMBps, p50Ms: steady.p50Ms, p99Ms: steady.p99Ms };
}
