// Measures what a distant bucket does to latency: the real server process over real TCP, on a bucket with injected delays.
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { seededRandom } from "@streambed/kernel";
import { repositoryRoot } from "../../../tools/peers/cache.ts";
import { startStreambed } from "../../../tools/peers/streambed.ts";
import { readOptions } from "../options.ts";
import { conclude, type Figure } from "../report.ts";
import { percentile } from "../statistics.ts";
import { type BucketServer, startBucketServer } from "./bucket-server.ts";
import { measureColdStart } from "./cold-start.ts";
import { delays, S3_DISTANCE } from "./distance.ts";
import { type LoadResult, runLoad } from "./load.ts";
import { countPuts, countVerbs, type PutCounts } from "./request-log.ts";

const ABOUT = `Latency on a distant bucket (log-normal, p50 60 ms, p99 200 ms, 0.1 % stalls of 1.5 s).

A bucket in memory speaks S3 over HTTP and delays every request; the bundled server runs on it as a process of its own;
clients talk to the server over TCP. Everything is real time. Exit code 1 when a goal is missed.`;

const options = readOptions(ABOUT, {
  seconds: { default: 120, help: "length of the load, warm-up included" },
  warmup: { default: 10, help: "seconds at the start that do not count" },
  rate: { default: 100, help: "produce calls a second" },
  producers: { default: 10, help: "idempotent producers, up to 5 requests in flight each" },
  partitions: { default: 6, help: "partitions of the topic" },
  "record-bytes": { default: 1024, help: "size of a record" },
  "settle-seconds": { default: 45, help: "between the load and the idle time" },
  "idle-seconds": { default: 60, help: "how long nobody produces" },
  "cold-partitions": { default: 10_000, help: "partitions of the cluster that is started cold" },
  "cold-starts": { default: 15, help: "how often it is started" },
  seed: { default: 1, help: "of delays and arrivals" },
  json: { default: null, help: "file for figures and samples" },
});

const isLogKey = (key: string): boolean => /(^|\/)log\//.test(key);
const folder = join(repositoryRoot, ".cache", "bench", `latency-${process.pid}`);
await mkdir(folder, { recursive: true });
// Timers of the system clock do not keep a process alive by themselves.
const alive = setInterval(() => undefined, 60_000);
try {
  const cold = await measureColdStart({
    partitions: options["cold-partitions"],
    starts: options["cold-starts"],
    distance: S3_DISTANCE,
    seed: options.seed,
  });
  const { load, puts, putMs, idle } = await measureServer();
  const threeTrips = 3 * S3_DISTANCE.p50Ms;
  const figures: Figure[] = [
    { name: "produce p50", unit: "ms", value: percentile(load.produceMs, 0.5), goal: { atMost: 95 } },
    { name: "produce p99", unit: "ms", value: percentile(load.produceMs, 0.99), goal: { atMost: 220 } },
    { name: "end-to-end p50", unit: "ms", value: percentile(load.endToEndMs, 0.5) },
    { name: "end-to-end p99", unit: "ms", value: percentile(load.endToEndMs, 0.99), goal: { atMost: 300 } },
    { name: "records measured", unit: "", value: load.produceMs.length },
    {
      name: "records failed, missing or twice",
      unit: "",
      value: load.failed + load.missing + load.repeated,
      goal: { atMost: 0 },
    },
    { name: "a PUT at the bucket, p50", unit: "ms", value: percentile(putMs, 0.5) },
    { name: "a PUT at the bucket, p99", unit: "ms", value: percentile(putMs, 0.99) },
    ...putFigures(puts, load),
    { name: `PUTs in ${options["idle-seconds"]} idle s`, unit: "", value: idle.PUT, goal: { atMost: 0 } },
    { name: `GETs in ${options["idle-seconds"]} idle s`, unit: "", value: idle.GET + idle.HEAD },
    { name: `LISTs in ${options["idle-seconds"]} idle s`, unit: "", value: idle.LIST },
    {
      name: "cold start, log, beyond 3 round trips",
      unit: "ms",
      value: cold.logMs - threeTrips,
      goal: { atMost: 200 },
    },
    { name: "cold start, cluster file first, beyond 3 round trips", unit: "ms", value: cold.clusterMs - threeTrips },
    { name: "cold start, computing alone", unit: "ms", value: cold.computeMs },
    { name: "cold start, dependent round trips", unit: "", value: cold.roundTrips, goal: { atMost: 3 } },
    { name: "cold start, requests", unit: "", value: cold.requests },
  ];
  const details = { load, puts, idle, cold };
  await conclude(
    { title: "Latency on a distant bucket", settings: { ...options, S3_DISTANCE }, figures, details },
    options.json,
  );
} finally {
  clearInterval(alive);
  await rm(folder, { recursive: true, force: true });
}

function putFigures(puts: PutCounts, { produceMs, fromMs, untilMs }: LoadResult): Figure[] {
  const seconds = (untilMs - fromMs) / 1000;
  const others = Object.values(puts.others).reduce((sum, each) => sum + each, 0);
  const perCommit = (puts.logPuts - puts.hedges) / puts.commits;
  return [
    { name: "PUTs per commit without hedges", unit: "", value: perCommit, goal: { atMost: 1 } },
    { name: "hedged PUTs per commit", unit: "", value: puts.hedges / puts.commits },
    { name: "other PUTs per commit (checkpoints, pointer)", unit: "", value: others / puts.commits },
    { name: "commits", unit: "1/s", value: puts.commits / seconds },
    { name: "records per commit", unit: "", value: produceMs.length / puts.commits },
  ];
}

async function measureServer(): Promise<{
  load: LoadResult;
  puts: PutCounts;
  /** How long each PUT took at the bucket: what was injected, and what the machine added. */
  putMs: readonly number[];
  idle: ReturnType<typeof countVerbs>;
}> {
  const delay = delays(S3_DISTANCE, seededRandom(options.seed));
  await using bucket = await startBucketServer(delay);
  const env = {
    AWS_ENDPOINT_URL: bucket.endpoint,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "bench",
    AWS_SECRET_ACCESS_KEY: "bench",
  };
  await using server = await startStreambed({ dir: folder, store: "s3://bench", env });
  const [host = "", port = ""] = server.bootstrap.split(":");
  const load = await runLoad({
    bootstrap: { host, port: Number(port) },
    topic: "latency",
    partitions: options.partitions,
    producers: options.producers,
    rate: options.rate,
    recordBytes: options["record-bytes"],
    warmupSeconds: options.warmup,
    seconds: options.seconds,
    seed: options.seed,
  });
  const during = bucket.requests.filter(({ startMs }) => startMs >= load.fromMs && startMs < load.untilMs);
  const puts = countPuts(during, isLogKey);
  const putMs = during
    .filter(({ verb, endMs }) => verb === "PUT" && endMs < Infinity)
    .map((put) => put.endMs - put.startMs);
  await sleep(options["settle-seconds"] * 1000);
  return { load, puts, putMs, idle: await idleRequests(bucket) };
}

async function idleRequests(bucket: BucketServer): Promise<ReturnType<typeof countVerbs>> {
  const before = bucket.requests.length;
  await sleep(options["idle-seconds"] * 1000);
  return countVerbs(bucket.requests.slice(before));
}
