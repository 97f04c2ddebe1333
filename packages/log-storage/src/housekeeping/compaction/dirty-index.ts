import { type BatchHeader, type Codecs, scanRecords } from "@streambed/protocol";
import { OffsetMap } from "./offset-map.ts";
import { type AbortedTransaction, TransactionTracker } from "./transactions.ts";

/** What {@link DirtyIndex} is made of. */
export interface DirtyIndexOptions {
  readonly codecs: Codecs;
  /** First offset that was not cleaned before. */
  readonly firstDirtyOffset: number;
  /** All aborted transactions of the partition. */
  readonly aborted: readonly AbortedTransaction[];
  readonly dedupeBufferBytes: number;
  readonly loadFactor: number;
}

/** The last offset of each key in the dirty part of a partition: the first of the two passes of a cleaning. */
export class DirtyIndex {
  readonly #options: DirtyIndexOptions;
  readonly #transactions: TransactionTracker;
  readonly #map: OffsetMap;
  #latestOffset: number;

  constructor(options: DirtyIndexOptions) {
    this.#options = options;
    // Those that ended before the dirty part would never be seen to end.
    const aborted = options.aborted.filter(({ lastOffset }) => lastOffset >= options.firstDirtyOffset);
    this.#transactions = new TransactionTracker(aborted, options.codecs);
    this.#map = new OffsetMap(options.dedupeBufferBytes, options.loadFactor);
    this.#latestOffset = options.firstDirtyOffset - 1;
  }

  /** Last offset that is fully indexed. Records behind it are not judged. */
  get latestOffset(): number {
    return this.#latestOffset;
  }

  /** Number of keys. */
  get size(): number {
    return this.#map.size;
  }

  /** Last offset of a key in what was indexed; -1 when it is not there. */
  lastOffsetOf(key: Uint8Array): number {
    return this.#map.get(key);
  }

  /** Adds the next batch. False when the map is full: then cleaning ends before this batch. */
  add(batch: Uint8Array, header: BatchHeader): boolean {
    const isAborted = this.#transactions.mayDiscard(batch, header);
    if (!header.isControl && !isAborted && !this.#addRecords(batch, header)) return false;
    this.reached(header.lastOffset);
    return true;
  }

  /** Everything up to `offset` is indexed, although there may be no batch with it: compaction leaves gaps. */
  reached(offset: number): void {
    if (offset > this.#latestOffset) this.#latestOffset = offset;
  }

  #addRecords(batch: Uint8Array, header: BatchHeader): boolean {
    let hasRoom = true;
    scanRecords(batch, header, {
      codecs: this.#options.codecs,
      see: ({ key, offset }) => {
        if (!hasRoom || key === null || offset < this.#options.firstDirtyOffset) return;
        hasRoom = this.#map.put(key, offset);
      },
    });
    return hasRoom;
  }
}
