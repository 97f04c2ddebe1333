// Writes a long history, packs it, and reads all of it from a cold start, next to what the store itself gives.
import { mkdir, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "../../../tools/peers/cache.ts";
import { s3Environment, startS3, type S3Server } from "../../../tools/peers/s3.ts";
import { startStreambed } from "../../../tools/peers/streambed.ts";
import { readOptions } from "../options.ts";
import { consumerPerf, RECORD_BYTES } from "../perf-tools.ts";
import { conclude, type Figure } from "../report.ts";
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
  consumer: { default: "yes", help: "also read it with Kafka's consumer through the server: yes or no" },
  json: { default: null, help: "file for the figures" },
});
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
  const read = await step<ReadResult>("read.ts", {
    bucket,
    readers: options.readers,
    readBytes: READ_BYTES,
  } satisfies ReadArgs);
  console.error(`read: ${JSON.stringify(read)}`);
  if (read.records !== written.records) throw new Error(`${read.records} of ${written.records} records came back`);
  await dropCaches();
  const raw = await step<RawResult>("raw.ts", { bucket, concurrencies: CONCURRENCIES } satisfies RawArgs);
  console.error(`raw: ${JSON.stringify(raw)}`);
  const consumed = options.consumer === "yes" ? await consume(s3, written.records) : undefined;
  const figures = figuresOf(written, read, raw, consumed);
  const settings = { ...options, recordsPerBatch, cachesDropped: cold };
  const title = `${options.gigabytes} GB of history in ${options.partitions} partitions, ${options.store}`;
  await conclude({ title, settings, figures, details: { written, read, raw } }, options.json);
} finally {
  await rm(folder, { recursive: true, force: true });
}

function placeOf(s3: S3Server | undefined): Bucket {
  if (s3 === undefined) return { kind: "folder", path: join(folder, "data") };
  const { endpoint, accessKey, secretKey } = s3;
  return { kind: "s3", endpoint, bucket: "history", accessKey, secretKey };
}

/** Through the real server, with Kafka's own consumer: MB/s. */
async function consume(s3: S3Server | undefined, records: number): Promise<number> {
  await dropCaches();
  const place = s3 === undefined ? {} : { store: "s3://history", env: s3Environment(s3) };
  await using server = await startStreambed({ dir: folder, ...place });
  const mebibytes = await consumerPerf({ bootstrap: server.bootstrap, topic: TOPIC, records });
  return (mebibytes * 2 ** 20) / 1e6;
}

function figuresOf(written: WriteResult, read: ReadResult, raw: RawResult, consumed: number | undefined): Figure[] {
  const readMBps = read.batchBytes / 1e6 / read.seconds;
  const gigabytes = read.batchBytes / 1e9;
  return [
    { name: "written", unit: "MB/s", value: written.batchBytes / 1e6 / written.writeSeconds },
    { name: "packed and merged", unit: "MB/s", value: written.batchBytes / 1e6 / written.housekeepingSeconds },
    { name: "objects with packs", unit: "", value: raw.objects },
    { name: "bytes in packs per byte of batches", unit: "", value: raw.bytes / read.batchBytes },
    { name: "cold opening", unit: "ms", value: read.openSeconds * 1000 },
    { name: "cold read", unit: "MB/s", value: readMBps },
    { name: "plain GETs of the same objects, best concurrency", unit: "MB/s", value: raw.bestMBps },
    { name: "cold read / plain GETs", unit: "×", value: readMBps / raw.bestMBps, goal: { atLeast: 0.5 } },
    { name: "GETs per GB", unit: "", value: read.gets / gigabytes },
    { name: "LISTs", unit: "", value: read.lists },
    { name: "bytes got per byte of batches", unit: "", value: read.gotBytes / read.batchBytes },
    ...(consumed === undefined
      ? []
      : [{ name: "read by Kafka's consumer through the server", unit: "MB/s", value: consumed }]),
  ];
}
