import { brokerModules } from "@streambed/broker";
import { randomUuid, seededRandom, systemClock, systemRandom, type Random } from "@streambed/kernel";
import { type BatchInput, type ObjectStore, openCluster, openShardLog, type ShardLog } from "@streambed/log-storage";
import { encodeRecordBatch } from "@streambed/protocol";
import { memoryStore, type MemorySnapshot } from "@streambed/store-memory";
import { interceptStore, slowStore } from "@streambed/testing";
import { median } from "../statistics.ts";
import { delays, type Distance } from "./distance.ts";
import { type BucketRequest, dependentRoundTrips } from "./request-log.ts";

/** What opening a cluster costs. */
export interface ColdStart {
  /** Medians over all starts, milliseconds: the log alone, and the cluster file before it as the server reads it. */
  readonly logMs: number;
  readonly clusterMs: number;
  /** The same start with a store without any distance: what this machine computes. */
  readonly computeMs: number;
  /** Requests that had to wait for each other. */
  readonly roundTrips: number;
  readonly requests: number;
  readonly samples: readonly number[];
}

/** Entries between filling and the end, so that there is a tail behind the newest checkpoint. */
const TAIL_ENTRIES = 200;
const CHECKPOINT_WAIT_MS = 1500;
/** A constant delay makes the count of dependent round trips exact; long enough to hide computing in between. */
const COUNTING_DELAY_MS = 400;

/** Fills a bucket so that each of `partitions` has a record, and opens it `starts` times from a distance. */
export async function measureColdStart(plan: {
  readonly partitions: number;
  readonly starts: number;
  readonly distance: Distance;
  readonly seed: number;
}): Promise<ColdStart> {
  const bucket = await filledBucket(plan.partitions);
  const random = seededRandom(plan.seed);
  const delay = delays(plan.distance, random);
  const starts: { readonly logMs: number; readonly clusterMs: number }[] = [];
  for (let start = 0; start < plan.starts; start++) starts.push(await timedStart(distant(bucket, delay)));
  const near: number[] = [];
  for (let start = 0; start < 5; start++) near.push((await timedStart(memoryStore({ from: bucket }))).logMs);
  const requests: BucketRequest[] = [];
  await open(
    noted(
      distant(bucket, () => COUNTING_DELAY_MS),
      requests,
    ),
  );
  return {
    logMs: median(starts.map(({ logMs }) => logMs)),
    clusterMs: median(starts.map(({ clusterMs }) => clusterMs)),
    computeMs: median(near),
    roundTrips: dependentRoundTrips(requests),
    requests: requests.length,
    samples: starts.map(({ logMs }) => logMs),
  };
}

function distant(bucket: MemorySnapshot, delayMs: () => number): ObjectStore {
  return slowStore(memoryStore({ from: bucket }), { clock: systemClock(), delayMs });
}

async function timedStart(store: ObjectStore): Promise<{ logMs: number; clusterMs: number }> {
  const startMs = performance.now();
  await openCluster(store, systemRandom());
  const fileMs = performance.now();
  const log = await openShardLog({ store, modules: brokerModules });
  const endMs = performance.now();
  await log.close();
  return { logMs: endMs - fileMs, clusterMs: endMs - startMs };
}

async function open(store: ObjectStore): Promise<void> {
  await (await openShardLog({ store, modules: brokerModules })).close();
}

/** The same store; every call is written down. */
function noted(store: ObjectStore, requests: BucketRequest[]): ObjectStore {
  return interceptStore(store, async (call, execute) => {
    const verb = call.verb === "get" ? "GET" : call.verb === "list" ? "LIST" : call.verb === "put" ? "PUT" : "HEAD";
    const [key = ""] = call.keys;
    const request: BucketRequest = {
      verb,
      key,
      startMs: performance.now(),
      endMs: Infinity,
      conflict: false,
      bytes: 0,
    };
    requests.push(request);
    try {
      return await execute();
    } finally {
      request.endMs = performance.now();
    }
  });
}

async function filledBucket(partitions: number): Promise<MemorySnapshot> {
  const store = memoryStore();
  const random = seededRandom(partitions);
  await openCluster(store, random);
  const log = await openShardLog({ store, modules: brokerModules });
  const topicId = randomUuid(random);
  await log.command({ kind: "create-topic", topicId, name: "cold", partitions, configs: new Map() });
  // A round of entries that touches every partition, then enough of them for checkpoints, then a tail.
  const perEntry = 250;
  for (let first = 0; first < partitions; first += perEntry) {
    await append(log, topicId, range(first, Math.min(first + perEntry, partitions)), random);
  }
  for (let entry = 0; entry < 256; entry++) await append(log, topicId, [entry % partitions], random);
  await new Promise((resolve) => setTimeout(resolve, CHECKPOINT_WAIT_MS));
  for (let entry = 0; entry < TAIL_ENTRIES; entry++) await append(log, topicId, [entry % partitions], random);
  // Not closed: a crash leaves no tidy end.
  return store.snapshot();
}

async function append(log: ShardLog, topicId: string, partitions: readonly number[], random: Random): Promise<void> {
  const outcomes = await log.append(partitions.map((partition) => batchOf(topicId, partition, random)));
  if (outcomes.some(({ status }) => status !== "appended")) throw new Error("the log refused a batch");
}

function batchOf(topicId: string, partition: number, random: Random): BatchInput {
  const timestamp = Date.now();
  const bytes = encodeRecordBatch({ records: [{ value: random.bytes(100), timestamp }] });
  const idempotence = { producerId: -1, producerEpoch: -1, baseSequence: -1 };
  return { topicId, partition, bytes, recordCount: 1, maxTimestampMs: timestamp, inline: false, ...idempotence };
}

function range(from: number, until: number): number[] {
  return Array.from({ length: until - from }, (_, at) => from + at);
}
