// A step of the history bench: reads everything through the log, in a process that has seen nothing of it.
import { brokerModules } from "@streambed/broker";
import { type ObjectStore, openShardLog, type Partition, type ShardLog } from "@streambed/log-storage";
import { decodeBatchHeader } from "@streambed/protocol";
import { type Bucket, openBucket, TOPIC } from "./bucket.ts";

/** What the step is told. */
export interface ReadArgs {
  readonly bucket: Bucket;
  /** Partitions that are read at the same time. */
  readonly readers: number;
  /** What one read may return, as a consumer's `max.partition.fetch.bytes`. */
  readonly readBytes: number;
}

/** What it saw. */
export interface ReadResult {
  readonly records: number;
  readonly batchBytes: number;
  readonly openSeconds: number;
  readonly seconds: number;
  /** Requests of the whole step, the opening included. */
  readonly gets: number;
  readonly lists: number;
  /** Bytes that came from the store. */
  readonly gotBytes: number;
}

interface Counts {
  gets: number;
  lists: number;
  gotBytes: number;
}

const args = JSON.parse(process.argv[2] ?? "") as ReadArgs;
// Timers of the system clock do not keep a process alive by themselves.
const alive = setInterval(() => undefined, 60_000);
console.log(JSON.stringify(await readAll(args)));
clearInterval(alive);

async function readAll({ bucket, readers, readBytes }: ReadArgs): Promise<ReadResult> {
  const counts: Counts = { gets: 0, lists: 0, gotBytes: 0 };
  const store = counted(await openBucket(bucket), counts);
  const openedMs = performance.now();
  const log = await openShardLog({ store, modules: brokerModules });
  const startMs = performance.now();
  const waiting = [...(log.view.topicNamed(TOPIC)?.partitions ?? [])];
  let [records, batchBytes] = [0, 0];
  const reader = async (): Promise<void> => {
    for (let partition = waiting.shift(); partition !== undefined; partition = waiting.shift()) {
      const seen = await readPartition(log, partition, readBytes);
      records += seen.records;
      batchBytes += seen.bytes;
    }
  };
  await Promise.all(Array.from({ length: readers }, reader));
  const endMs = performance.now();
  await log.close();
  const [openSeconds, seconds] = [(startMs - openedMs) / 1000, (endMs - startMs) / 1000];
  return { records, batchBytes, openSeconds, seconds, ...counts };
}

/** One read after the other from the start to the end, as a consumer does. */
async function readPartition(
  log: ShardLog,
  partition: Partition,
  readBytes: number,
): Promise<{ readonly records: number; readonly bytes: number }> {
  let [offset, records, bytes] = [partition.logStartOffset, 0, 0];
  while (offset < partition.endOffset) {
    const batches = await log.read(partition, offset, readBytes);
    if (batches.length === 0)
      throw new Error(`nothing at offset ${offset}, but the partition ends at ${partition.endOffset}`);
    for (const batch of batches) {
      const header = decodeBatchHeader(batch);
      if (header.baseOffset !== offset) throw new Error(`a batch of offset ${header.baseOffset} came at ${offset}`);
      offset += header.lastOffsetDelta + 1;
      records += header.recordCount;
      bytes += batch.length;
    }
  }
  return { records, bytes };
}

function counted(store: ObjectStore, counts: Counts): ObjectStore {
  return {
    description: store.description,
    async get(key, options) {
      counts.gets += 1;
      const answer = await store.get(key, options);
      if (answer.found) counts.gotBytes += answer.bytes.length;
      return answer;
    },
    head: (key) => store.head(key),
    put: (key, body, options) => store.put(key, body, options),
    list(options) {
      counts.lists += 1;
      return store.list(options);
    },
    delete: (keys) => store.delete(keys),
  };
}
