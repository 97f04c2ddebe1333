import { READ_AHEAD_BYTES_MAX, READ_AHEAD_BYTES_MIN, STREAMS_PER_PARTITION_MAX } from "./limits.ts";
import type { Partition } from "./partition.ts";

/** Advances that are remembered to tell how many readers there are. */
const RECENT_ADVANCES = 64;

/**
 * Recognises readers of history that read on where they stopped, and lets twice as much be read ahead of them each
 * time. A reader has no name here: it is the one who asks for the offset at which an answer ended.
 */
export class ReadAhead {
  readonly #bytesMax: number;
  /** Partitions of the newest advances, oldest first: so many readers share the cache right now. */
  readonly #recent: Partition[] = [];
  /** For each partition: the next offset of a reader, and how much was read ahead of it. */
  readonly #streams = new WeakMap<Partition, Map<number, number>>();

  constructor(coldCacheBytes: number) {
    // Half a cache for one reader is enough; with less, what is read ahead would push itself out.
    this.#bytesMax = Math.min(READ_AHEAD_BYTES_MAX, coldCacheBytes / 2);
  }

  /** Bytes to read ahead of a reader who was just given the records from `offset` up to `nextOffset`. */
  advance(partition: Partition, offset: number, nextOffset: number): number {
    const streams = this.#streams.get(partition) ?? new Map<number, number>();
    this.#streams.set(partition, streams);
    const before = streams.get(offset);
    streams.delete(offset);
    const share = this.#bytesMax / this.#readersNow(partition);
    const bytes = Math.min(share, before === undefined ? READ_AHEAD_BYTES_MIN : before * 2);
    streams.set(nextOffset, bytes);
    const [oldest] = streams.keys();
    if (streams.size > STREAMS_PER_PARTITION_MAX && oldest !== undefined) streams.delete(oldest);
    return bytes;
  }

  #readersNow(partition: Partition): number {
    this.#recent.push(partition);
    if (this.#recent.length > RECENT_ADVANCES) this.#recent.shift();
    return new Set(this.#recent).size;
  }
}
