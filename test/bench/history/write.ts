// A step of the history bench: writes records through the log and lets housekeeping pack them.
import { randomFillSync } from "node:crypto";
import { brokerModules } from "@streambed/broker";
import { randomUuid, systemRandom } from "@streambed/kernel";
import { type BatchInput, createHousekeeper, openCluster, openShardLog, type ShardLog } from "@streambed/log-storage";
import { defaultCodecs, encodeRecordBatch } from "@streambed/protocol";
import { type Bucket, openBucket, TOPIC } from "./bucket.ts";

/** What the step is told. */
export interface WriteArgs {
  readonly bucket: Bucket;
  /** Bytes of record values. */
  readonly bytes: number;
  readonly partitions: number;
  readonly recordBytes: number;
  readonly recordsPerBatch: number;
}

/** What it did. */
export interface WriteResult {
  readonly records: number;
  /** Bytes of batches, headers included. */
  readonly batchBytes: number;
  readonly writeSeconds: number;
  readonly housekeepingSeconds: number;
}

/** Bytes between two rounds of housekeeping; entries are deleted in between, so that the disk holds little twice. */
const HOUSEKEEPING_EVERY_BYTES = 1024 * 1024 * 1024;
const QUEUE_BYTES = 32 * 1024 * 1024;
/** Different batches; the log sees no more than their bytes, so a few are as good as many. */
const TEMPLATES = 64;
/** Rounds at the end, until nothing is left to pack, to merge or to delete. */
const LAST_ROUNDS_MAX = 50;

const args = JSON.parse(process.argv[2] ?? "") as WriteArgs;
// Timers of the system clock do not keep a process alive by themselves.
const alive = setInterval(() => undefined, 60_000);
console.log(JSON.stringify(await write(args)));
clearInterval(alive);

async function write({ bucket, bytes, partitions, recordBytes, recordsPerBatch }: WriteArgs): Promise<WriteResult> {
  const store = await openBucket(bucket);
  await openCluster(store, systemRandom());
  await using log = closing(await openShardLog({ store, modules: brokerModules, entriesInFlight: 4 }));
  const topicId = randomUuid(systemRandom());
  await log.command({ kind: "create-topic", topicId, name: TOPIC, partitions, configs: new Map() });
  const templates = Array.from({ length: TEMPLATES }, () => batchOf(recordsPerBatch, recordBytes));
  const total = Math.ceil(bytes / (recordsPerBatch * recordBytes));
  let [batchBytes, housekeepingSeconds, sinceHousekeeping] = [0, 0, 0];
  const startMs = performance.now();
  let failure: unknown;
  for (let made = 0; made < total; made++) {
    const template = templates[made % TEMPLATES] ?? new Uint8Array(0);
    // A copy: the log stamps offsets into what it was given.
    const input = inputOf(topicId, made % partitions, template.slice(), recordsPerBatch);
    log.append([input]).catch((error: unknown) => (failure ??= error));
    batchBytes += template.length;
    sinceHousekeeping += template.length;
    await log.whenQueueBelow(QUEUE_BYTES);
    if (failure !== undefined) throw failure;
    if (sinceHousekeeping < HOUSEKEEPING_EVERY_BYTES) continue;
    sinceHousekeeping = 0;
    housekeepingSeconds += await tidy(log, { last: false });
    console.error(
      `${(batchBytes / 2 ** 30).toFixed(1)} GiB after ${((performance.now() - startMs) / 1000).toFixed(0)} s`,
    );
  }
  await log.whenQueueBelow(1);
  const writeSeconds = (performance.now() - startMs) / 1000 - housekeepingSeconds;
  housekeepingSeconds += await tidy(log, { last: true });
  return { records: total * recordsPerBatch, batchBytes, writeSeconds, housekeepingSeconds };
}

/** Runs housekeeping without a grace period, as nobody else has the bucket open; returns the seconds it took. */
async function tidy(log: ShardLog, { last }: { readonly last: boolean }): Promise<number> {
  const startMs = performance.now();
  const settings = { graceMs: 0, logRetentionCheckIntervalMs: 0, ...(last ? { flushMs: 0 } : {}) };
  const housekeeper = createHousekeeper({ internals: log.internals, codecs: defaultCodecs, settings });
  for (let round = 0; round < (last ? LAST_ROUNDS_MAX : 1); round++) {
    const { flush, merge, garbage } = await housekeeper.runOnce();
    if (last) console.error(`housekeeping, round ${round + 1}: ${JSON.stringify({ flush, merge, garbage })}`);
    if (flush === undefined && merge === undefined && garbage === undefined) break;
  }
  return (performance.now() - startMs) / 1000;
}

function batchOf(records: number, recordBytes: number): Uint8Array {
  const timestamp = Date.now();
  const values = Array.from({ length: records }, () => randomFillSync(new Uint8Array(recordBytes)));
  return encodeRecordBatch({ records: values.map((value) => ({ value, timestamp })) });
}

function inputOf(topicId: string, partition: number, bytes: Uint8Array, recordCount: number): BatchInput {
  const idempotence = { producerId: -1, producerEpoch: -1, baseSequence: -1 };
  return { topicId, partition, bytes, recordCount, maxTimestampMs: Date.now(), inline: false, ...idempotence };
}

function closing(log: ShardLog): ShardLog & AsyncDisposable {
  return Object.assign(log, { [Symbol.asyncDispose]: () => log.close() });
}
