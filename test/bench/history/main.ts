// Writes a long history, packs it, and reads all of it from a cold start, next to what the store itself gives.
import { mkdir, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "../../../tools/peers/cache.ts";
import { s3Environment, startS3, type S3Server } from "../../../tools/peers/s3.ts";
import { startStreambed } from "../../../tools/peers/streambed.ts";
import { readOptions } from "../options.ts";
import { consumerPerf, RECORD_BYTES } from "../perf-tools.ts";
import { conclude, type Figure } from "../report.ts";
import { median } from "../statistics.ts";
import { type Bucket, dropCaches, step, TOPIC } from "./bucket.ts";
import type { RawArgs, RawResult } from "./raw.ts";
import type { ReadArgs, ReadResult } from "./read.ts";
import type { WriteArgs, WriteResult } from "./write.ts";

const ABOUT = `A long history: written, packed, and read from a cold start. Each step is a process of its own.

Exit code 1 when the read is slower than half of what the store gives to plain GETs of the same objects.`;

const options = readOptions(ABOUT, {
  gigabytes: { default: 2, help: "of incompressible 1 KB records (a billion bytes each)" },
  partitions: { default: 6, help: "of the topic; try 1000, too" },
  store: { default: "folder", help: "folder, or s3 for an S3 server over a folder" },
  readers: { default: 6, help: "partitions that are read at the same time" },
  turns: {
    default: 3,
    help: "reads from a cold start and plain GETs take turns, because disks have moods; medians count",
  },
  consumer: { default: "yes", help: "also read it with Kafka's consumer through the server: yes or no" },
  json: { default: null, help: "file for the figures" },
});
/** Everything read by the log, and as whole objects. */
interface Turn {
  readonly read: ReadResult;
  readonly raw: RawResult;
}

/** Entries, packs and merged packs exist side by side for a while. */
const DISK_FACTOR = 2.5;
const READ_BYTES = 1_048_576;
const CONCURRENCIES = [4, 8, 16] as const;

const folder = join(repositoryRoot, ".cache", "bench", `history-${process.pid}`);
await mkdir(folder, { recursive: true });
const { bavail, bsize } = await statfs(folder);
if (bavail * bsize < options.gigabytes * 1e9 * DISK_FACTOR) throw new Error("there is not enough room on the disk");
try {
  await using stack = new AsyncDisposableStack();
  const s3 = options.store === "s3" ? stack.use(await startS3({ dir: folder })) : undefined;
  await s3?.createBucket("history");
  const bucket = placeOf(s3);
  // A megabyte and more per batch where partitions are few, small batches where they are many.
  const recordsPerBatch = options.partitions > 100 ? 10 : 100;
  const written = await step<WriteResult>("write.ts", {
    bucket,
    bytes: options.gigabytes * 1e9,
    partitions: options.partitions,
    recordBytes: RECORD_BYTES,
    recordsPerBatch,
  } satisfies WriteArgs);
  console.error(`written: ${JSON.stringify(written)}`);
  const cold = await dropCaches();
  const turns: Turn[] = [];
  for (let turn = 0; turn < options.turns; turn++) turns.push(await takeTurn(bucket, turn, written.records));
  const consumed = options.consumer === "yes" ? await consume(s3, written.records) : undefined;
  const figures = figuresOf(written, turns, consumed);
  const settings = { ...options, recordsPerBatch, cachesDropped: cold };
  const title = `${options.gigabytes} GB of history in ${options.partitions} partitions, ${options.store}`;
  await conclude({ title, settings, figures, details: { written, turns } }, options.json);
} finally {
  await rm(folder, { recursive: true, force: true });
}

function placeOf(s3: S3Server | undefined): Bucket {
  if (s3 === undefined) return { kind: "folder", path: join(folder, "data") };
  const { endpoint, accessKey, secretKey } = s3;
  return { kind: "s3", endpoint, bucket: "history", accessKey, secretKey };
}

/** Reads everything in both ways, each from a cold start; who goes first alternates. */
async function takeTurn(bucket: Bucket, turn: number, records: number): Promise<Turn> {
  const read = async (): Promise<ReadResult> => {
    await dropCaches();
    const args = { bucket, readers: options.readers, readBytes: READ_BYTES } satisfies ReadArgs;
    const result = await step<ReadResult>("read.ts", args);
    console.error(`turn ${turn + 1} read: ${JSON.stringify(result)}`);
    if (result.records !== records) throw new Error(`${result.records} of ${records} records came back`);
    return result;
  };
  const raw = async (): Promise<RawResult> => {
    await dropCaches();
    const result = await step<RawResult>("raw.ts", { bucket, concurrencies: CONCURRENCIES } satisfies RawArgs);
    console.error(`turn ${turn + 1} raw: ${JSON.stringify(result)}`);
    return result;
  };
  if (turn % 2 === 0) return { read: await read(), raw: await raw() };
  const rawFirst = await raw();
  return { read: await read(), raw: rawFirst };
}

/** Through the real server, with Kafka's own consumer: MB/s. */
async function consume(s3: S3Server | undefined, records: number): Promise<number> {
  await dropCaches();
  const place = s3 === undefined ? {} : { store: "s3://history", env: s3Environment(s3) };
  await using server = await startStreambed({ dir: folder, ...place });
  const mebibytes = await consumerPerf({ bootstrap: server.bootstrap, topic: TOPIC, records });
  return (mebibytes * 2 ** 20) / 1e6;
}

function figuresOf(written: WriteResult, turns: readonly Turn[], consumed: number | undefined): Figure[] {
  const [first] = turns;
  if (first === undefined) throw new Error("--turns must be at least 1");
  const { read, raw } = first;
  const gigabytes = read.batchBytes / 1e9;
  const medianOf = (value: (turn: Turn) => number): number => median(turns.map(value));
  const readMBps = (turn: Turn): number => turn.read.batchBytes / 1e6 / turn.read.seconds;
  return [
    { name: "written", unit: "MB/s", value: written.batchBytes / 1e6 / written.writeSeconds },
    { name: "packed and merged", unit: "MB/s", value: written.batchBytes / 1e6 / written.housekeepingSeconds },
    { name: "objects with packs", unit: "", value: raw.objects },
    { name: "bytes in packs per byte of batches", unit: "", value: raw.bytes / read.batchBytes },
    { name: "cold opening", unit: "ms", value: medianOf((turn) => turn.read.openSeconds * 1000) },
    { name: "cold read", unit: "MB/s", value: medianOf(readMBps) },
    {
      name: "plain GETs of the same objects, best concurrency",
      unit: "MB/s",
      value: medianOf((turn) => turn.raw.bestMBps),
    },
    {
      name: "cold read / plain GETs",
      unit: "×",
      value: medianOf((turn) => readMBps(turn) / turn.raw.bestMBps),
      goal: { atLeast: 0.5 },
    },
    { name: "GETs per GB", unit: "", value: read.gets / gigabytes },
    { name: "LISTs", unit: "", value: read.lists },
    { name: "bytes got per byte of batches", unit: "", value: read.gotBytes / read.batchBytes },
    ...(consumed === undefined
      ? []
      : [{ name: "read by Kafka's consumer through the server", unit: "MB/s", value: consumed }]),
  ];
}
