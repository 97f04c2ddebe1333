import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
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
  /** At {@link STEADY_MBPS}, each server as it is by default: Kafka then acknowledges from memory. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** At {@link DURABLE_MBPS} on a topic with `flush.messages=1`: both acknowledge what is on the disk. */
  readonly durableP50Ms: number;
  readonly durableP99Ms: number;
  readonly durableP999Ms: number;
}

export interface Workload {
  readonly records: number;
  readonly latencySeconds: number;
  readonly partitions: number;
}

const SETTLE_MS = 5000;
const WARMUP_SECONDS = 5;
/** The rates at which latency is compared, MB/s of records. */
export const STEADY_MBPS = 5;
export const DURABLE_MBPS = 10;

/** Boots one server on an empty folder, drives it with Kafka's perf tools, and boots it once more. The folder stays. */
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
    await settleDisk();
  }
}

/**
 * What a server left in the page cache must not be written while the next one is measured. For the same reason folders are
 * kept until the end: ext4 without a journal looks at every inode deleted in the last minute before it makes a file.
 */
async function settleDisk(): Promise<void> {
  await promisify(execFile)("sync");
}

type Driven = Omit<Measurement, "bootMs" | "rebootMs" | "idleMiB" | "loadedMiB">;

async function drive(bootstrap: string, { records, latencySeconds, partitions }: Workload): Promise<Driven> {
  await createTopics(bootstrap, ["throughput", "latency"], partitions);
  await createTopics(bootstrap, ["durable"], partitions, { "flush.messages": "1" });
  const warmup = Math.ceil(records / 5);
  const produced = await producerPerf({ bootstrap, topic: "throughput", records, warmup, throughput: -1 });
  const consumeMBps = await consumerPerf({ bootstrap, topic: "throughput", records: records + warmup });
  const steady = await producerPerf({ bootstrap, topic: "latency", ...steadyRate(STEADY_MBPS, latencySeconds) });
  const durable = await producerPerf({ bootstrap, topic: "durable", ...steadyRate(DURABLE_MBPS, latencySeconds) });
  return {
    produceMBps: produced.megabytesPerSecond,
    consumeMBps,
    p50Ms: steady.p50Ms,
    p99Ms: steady.p99Ms,
    durableP50Ms: durable.p50Ms,
    durableP99Ms: durable.p99Ms,
    durableP999Ms: durable.p999Ms,
  };
}

/** So many seconds at a steady rate, after a warm-up at the same rate. */
function steadyRate(mbps: number, seconds: number): { records: number; warmup: number; throughput: number } {
  const throughput = Math.round((mbps * 1024 * 1024) / RECORD_BYTES);
  return { records: throughput * seconds, warmup: throughput * WARMUP_SECONDS, throughput };
}
