import {
  type BatchHeader,
  type Codecs,
  decodeBatchHeader,
  emptyBatch,
  rebuildBatch,
  type RecordSummary,
  selectRecords,
} from "@streambed/protocol";
import type { DirtyIndex } from "./dirty-index.ts";
import { type AbortedTransaction, TransactionTracker } from "./transactions.ts";

/** What a partition still knows of a producer; its last batch stays, if only as a header. */
export interface ActiveProducer {
  readonly epoch: number;
  /** Undefined when the last thing it wrote was a marker. */
  readonly lastDataOffset: number | undefined;
}

/** What {@link BatchCleaner} is made of. */
export interface BatchCleanerOptions {
  readonly codecs: Codecs;
  readonly index: DirtyIndex;
  /** Aborted transactions of all that is cleaned. */
  readonly aborted: readonly AbortedTransaction[];
  readonly producers: ReadonlyMap<number, ActiveProducer>;
  readonly nowMs: number;
  /** The topic's `delete.retention.ms`. */
  readonly deleteRetentionMs: number;
  /** First offset behind what may be cleaned; the batch that ends there stays, if only as a header. */
  readonly upperBoundOffset: number;
}

/** What a cleaning did. */
export interface CleaningCounts {
  recordsRead: number;
  recordsKept: number;
  bytesRead: number;
  bytesKept: number;
  /** Records without a key, which a compacted topic should not have; they are dropped. */
  recordsWithoutKey: number;
}

/**
 * Cleans batches in order, as Kafka's log cleaner does: of each key the last record stays; a tombstone stays until its
 * delete horizon, which the first cleaning that meets it writes into the batch (KIP-534); records of aborted
 * transactions go, and a marker goes when all records of its transaction have gone and its own horizon has passed.
 * Offsets and batch borders stay, so there are gaps.
 */
export class BatchCleaner {
  readonly #options: BatchCleanerOptions;
  readonly #transactions: TransactionTracker;
  readonly counts: CleaningCounts = {
    recordsRead: 0,
    recordsKept: 0,
    bytesRead: 0,
    bytesKept: 0,
    recordsWithoutKey: 0,
  };

  /** When the first tombstone or marker that was kept may go; Infinity: there is none. */
  earliestHorizonMs: number = Infinity;

  constructor(options: BatchCleanerOptions) {
    this.#options = options;
    this.#transactions = new TransactionTracker(options.aborted, options.codecs);
  }

  /** What remains of the next batch: the very batch, a new one, or nothing. */
  clean(batch: Uint8Array): Uint8Array | undefined {
    const header = decodeBatchHeader(batch);
    const cleaned = this.#clean(batch, header);
    this.counts.recordsRead += header.recordCount;
    this.counts.bytesRead += batch.length;
    this.counts.bytesKept += cleaned?.length ?? 0;
    return cleaned;
  }

  #clean(batch: Uint8Array, header: BatchHeader): Uint8Array | undefined {
    const { codecs, nowMs, deleteRetentionMs } = this.#options;
    const mayDiscard = this.#transactions.mayDiscard(batch, header);
    const discard = mayDiscard && (!header.isControl || (header.hasDeleteHorizon && header.baseTimestamp <= nowMs));
    const staysEmpty = this.#isLastOfProducer(header) || header.lastOffset + 1 === this.#options.upperBoundOffset;
    if (discard) return staysEmpty ? emptyBatch(batch, header) : undefined;
    const keep = (record: RecordSummary): boolean => header.isControl || this.#keeps(record, header);
    const selection = selectRecords(batch, header, { codecs, keep });
    this.counts.recordsKept += selection.keptCount;
    if (selection.keptCount === 0) return staysEmpty ? emptyBatch(batch, header) : undefined;
    const isMarkerOfNothing = mayDiscard && header.isControl;
    const needsHorizon = (selection.hasTombstones || isMarkerOfNothing) && !header.hasDeleteHorizon;
    const deleteHorizonMs = needsHorizon ? nowMs + deleteRetentionMs : undefined;
    this.#noteHorizon(deleteHorizonMs ?? (header.hasDeleteHorizon ? header.baseTimestamp : Infinity));
    if (selection.keptCount === selection.recordCount && !needsHorizon) return batch;
    return rebuildBatch(batch, header, selection, { codecs, deleteHorizonMs });
  }

  #keeps({ offset, key, hasValue }: RecordSummary, header: BatchHeader): boolean {
    const { index, nowMs } = this.#options;
    if (offset > index.latestOffset) return true;
    if (key === null) {
      this.counts.recordsWithoutKey++;
      return false;
    }
    if (offset < index.lastOffsetOf(key)) return false;
    return hasValue || !header.hasDeleteHorizon || nowMs < header.baseTimestamp;
  }

  #noteHorizon(horizonMs: number): void {
    // Of a batch whose tombstones have gone, the horizon says nothing any more.
    if (horizonMs > this.#options.nowMs) this.earliestHorizonMs = Math.min(this.earliestHorizonMs, horizonMs);
  }

  #isLastOfProducer(header: BatchHeader): boolean {
    const producer = this.#options.producers.get(header.producerId);
    if (producer === undefined || header.producerId < 0) return false;
    if (producer.lastDataOffset !== undefined) return header.lastOffset === producer.lastDataOffset;
    return header.isControl && header.producerEpoch === producer.epoch;
  }
}
