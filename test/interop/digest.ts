import { crc32 } from "node:zlib";
import { FrameWriter, type RecordContent } from "./frames.ts";

/** A record as a reader saw it. */
export interface ConsumedRecord extends RecordContent {
  readonly partition: number;
  readonly offset: bigint;
  readonly timestamp: bigint;
}

/**
 * What a reader saw of one topic, small enough to send between processes.
 *
 * A chain is a CRC-32 carried from record to record: equal chains mean equal bytes in equal order. Keys are hex.
 */
export interface TopicDigest {
  records: number;
  /** Bytes of keys and values, as Kafka's perf tools count. */
  bytes: number;
  /** Keys that appeared in more than one partition. */
  strays: number;
  /** key -> partition, count, chain over key, value and headers. */
  keys: Record<string, [partition: number, count: number, chain: number]>;
  /** partition -> count, first and last offset, gaps, chain over content, offset and timestamp. */
  partitions: Record<string, [count: number, first: number, last: number, gaps: number, chain: number]>;
}

/** Computes a topic's digest record by record. */
export class TopicDigester {
  readonly #keys = new Map<string, [number, number, number]>();
  readonly #partitions = new Map<number, [number, number, number, number, number]>();
  readonly #frame = new FrameWriter();
  #strays = 0;
  #bytes = 0;
  records = 0;

  add(record: ConsumedRecord): void {
    this.records += 1;
    this.#bytes += (record.key?.length ?? 0) + (record.value?.length ?? 0);
    const content = this.#frame.reset().record(record).view();
    if (record.key !== null) this.#addToKey(record.key.toString("latin1"), record.partition, content);
    this.#addToPartition(record);
  }

  #addToKey(key: string, partition: number, content: Buffer): void {
    const known = this.#keys.get(key);
    if (known === undefined) {
      this.#keys.set(key, [partition, 1, crc32(content)]);
      return;
    }
    if (known[0] !== partition) this.#strays += 1;
    known[1] += 1;
    known[2] = crc32(content, known[2]);
  }

  #addToPartition({ partition, offset, timestamp }: ConsumedRecord): void {
    const bytes = this.#frame.int64(offset).int64(timestamp).view();
    const at = Number(offset);
    const known = this.#partitions.get(partition);
    if (known === undefined) {
      this.#partitions.set(partition, [1, at, at, 0, crc32(bytes)]);
      return;
    }
    known[0] += 1;
    if (at !== known[2] + 1) known[3] += 1;
    known[2] = at;
    known[4] = crc32(bytes, known[4]);
  }

  result(): TopicDigest {
    return {
      records: this.records,
      bytes: this.#bytes,
      strays: this.#strays,
      keys: Object.fromEntries([...this.#keys].map(([key, seen]) => [hex(key), seen])),
      partitions: Object.fromEntries(this.#partitions),
    };
  }
}

function hex(latin1: string): string {
  return Buffer.from(latin1, "latin1").toString("hex");
}
