// Streambed, Nisshi and s2-lite on the same S3 server, in turns, with the same work.
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "../../../tools/peers/cache.ts";
import { nisshiVersion } from "../../../tools/peers/nisshi.ts";
import { s2LiteVersion } from "../../../tools/peers/s2-lite.ts";
import { startS3 } from "../../../tools/peers/s3.ts";
import { bundleStreambed } from "../../../tools/peers/streambed.ts";
import { readOptions } from "../options.ts";
import { conclude, type Figure } from "../report.ts";
import { median } from "../statistics.ts";
import { type ContestantName, CONTESTANTS, type Throughput, type Workload } from "./contestants.ts";

const ABOUT = `Throughput next to Nisshi ${nisshiVersion} (formerly Tansu) and s2-lite ${s2LiteVersion} on one S3 server (versitygw).

1 KB records, acknowledged when they are in the bucket. The others are compiled on first use, which takes half an hour.
Exit code 1 when a goal is missed.`;

const options = readOptions(ABOUT, {
  runs: { default: 3, help: "runs of each, taken in turns" },
  records: { default: 300_000, help: "records that count, per run" },
  warmup: { default: 60_000, help: "records before them" },
  partitions: { default: 6, help: "partitions of the topic; s2-lite: streams" },
  "batch-bytes": {
    default: 16_384,
    help: "largest batch of a producer (Kafka's default); s2-lite takes at most 1048576",
  },
  "linger-ms": { default: 5, help: "how long a producer waits for a batch to fill" },
  idempotence: { default: "true", help: "of Kafka's producer, for Streambed and Nisshi: true or false" },
  client: {
    default: "java",
    help: "what drives Kafka servers: java (Kafka's perf tools), or librdkafka, compiled code as S2's client is",
  },
  servers: { default: "streambed,nisshi,s2-lite", help: "who takes part; also nisshi-slatedb" },
  json: { default: null, help: "file for every run" },
});

const work: Workload = {
  records: options.records,
  warmup: options.warmup,
  partitions: options.partitions,
  batchBytes: options["batch-bytes"],
  lingerMs: options["linger-ms"],
  idempotence: options.idempotence === "true",
  client: options.client,
};
if (!["java", "librdkafka"].includes(work.client)) throw new Error(`no client is called ${work.client}`);
const names = options.servers.split(",").map((name): ContestantName => {
  if (Object.hasOwn(CONTESTANTS, name)) return name as ContestantName;
  throw new Error(`nobody is called ${name}; there are ${Object.keys(CONTESTANTS).join(", ")}`);
});
const runs: Record<ContestantName, Throughput[]> = { streambed: [], nisshi: [], "nisshi-slatedb": [], "s2-lite": [] };
const folder = join(repositoryRoot, ".cache", "bench", `peers-${process.pid}`);
await mkdir(folder, { recursive: true });
await bundleStreambed();
try {
  for (let turn = 0; turn < options.runs; turn++) {
    // Who goes first alternates, so that a machine that gets slower or faster favours nobody.
    for (const name of turn % 2 === 0 ? names : names.toReversed()) {
      const result = await once(name, `${name}-${turn}`);
      runs[name].push(result);
      const [produced, consumed] = [result.produceMBps.toFixed(1), result.consumeMBps.toFixed(1)];
      console.error(`run ${turn + 1} ${name}: produce ${produced} MB/s, consume ${consumed} MB/s`);
    }
  }
  const figures = names.flatMap((name) => figuresOf(name));
  const settings = { ...options, nisshiVersion, s2LiteVersion };
  await conclude({ title: "Throughput on one S3 server", settings, figures, details: runs }, options.json);
} finally {
  await rm(folder, { recursive: true, force: true });
}

/**
 * The S3 server is started anew for each run, so that nobody inherits its caches or its garbage. Nothing is deleted until
 * the last run has ended: ext4 without a journal walks over lately deleted files with each one it creates.
 */
async function once(name: ContestantName, bucket: string): Promise<Throughput> {
  const dir = join(folder, bucket);
  await mkdir(dir, { recursive: true });
  await using s3 = await startS3({ dir });
  await s3.createBucket(bucket);
  return await CONTESTANTS[name]({ dir, s3, bucket }, work);
}

function figuresOf(name: ContestantName): Figure[] {
  const of = (who: ContestantName, key: keyof Throughput): number => median(runs[who].map((each) => each[key]));
  const own: Figure[] = [
    { name: `${name}, produce`, unit: "MB/s", value: of(name, "produceMBps") },
    { name: `${name}, consume`, unit: "MB/s", value: of(name, "consumeMBps") },
  ];
  if (name === "streambed" || runs.streambed.length === 0) return own;
  const atLeast = name === "s2-lite" ? 1 : 3;
  const ratio = (key: keyof Throughput): number => of("streambed", key) / of(name, key);
  return [
    ...own,
    { name: `streambed / ${name}, produce`, unit: "×", value: ratio("produceMBps"), goal: { atLeast } },
    { name: `streambed / ${name}, consume`, unit: "×", value: ratio("consumeMBps"), goal: { atLeast } },
  ];
}
