import { type BatchHeader, type Codecs, decodeControlRecord, iterateRecords } from "@streambed/protocol";

/** A transaction that was aborted. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
  /** Offset of its marker. */
  readonly lastOffset: number;
}

/** What a control batch says; `empty` when it was cleaned before and only keeps a producer's state. */
export type Marker = "commit" | "abort" | "other" | "empty";

/** Reads the marker in a control batch. */
export function markerOf(batch: Uint8Array, header: BatchHeader, codecs: Codecs): Marker {
  for (const record of iterateRecords(batch, header, { codecs })) return decodeControlRecord(record).type;
  return "empty";
}

/** Finds the aborted transactions of a partition. It must be shown all batches, in order, up to the end of the log. */
export class AbortedTransactionFinder {
  readonly #codecs: Codecs;
  readonly #firstOffsets = new Map<number, number>();
  readonly found: AbortedTransaction[] = [];

  constructor(codecs: Codecs) {
    this.#codecs = codecs;
  }

  see(batch: Uint8Array, header: BatchHeader): void {
    const { producerId } = header;
    if (!header.isTransactional) return;
    if (!header.isControl) {
      if (!this.#firstOffsets.has(producerId)) this.#firstOffsets.set(producerId, header.baseOffset);
      return;
    }
    const firstOffset = this.#firstOffsets.get(producerId);
    const isAbort = markerOf(batch, header, this.#codecs) === "abort";
    if (isAbort && firstOffset !== undefined) {
      this.found.push({ producerId, firstOffset, lastOffset: header.lastOffset });
    }
    this.#firstOffsets.delete(producerId);
  }
}

/**
 * Follows transactions while batches are cleaned in order, and says which batches may go: those of aborted
 * transactions at once, a marker when nothing of its transaction was met any more.
 */
export class TransactionTracker {
  readonly #codecs: Codecs;
  /** Ascending by first offset. */
  readonly #aborted: readonly AbortedTransaction[];
  #next = 0;
  /** Producers inside an aborted transaction; true once one of its batches was met. */
  readonly #inAborted = new Map<number, boolean>();
  readonly #inCommitted = new Set<number>();

  constructor(aborted: readonly AbortedTransaction[], codecs: Codecs) {
    this.#aborted = aborted.toSorted((left, right) => left.firstOffset - right.firstOffset);
    this.#codecs = codecs;
  }

  /** True when the batch may be discarded (a marker: once its delete horizon has passed). */
  mayDiscard(batch: Uint8Array, header: BatchHeader): boolean {
    this.#begin(header.lastOffset);
    return header.isControl ? this.#onMarker(batch, header) : this.#onData(header);
  }

  #begin(lastOffset: number): void {
    for (;;) {
      const next = this.#aborted[this.#next];
      if (next === undefined || next.firstOffset > lastOffset) return;
      this.#next++;
      if (!this.#inAborted.has(next.producerId)) this.#inAborted.set(next.producerId, false);
    }
  }

  #onData({ isTransactional, producerId }: BatchHeader): boolean {
    if (!isTransactional) return false;
    if (this.#inAborted.has(producerId)) {
      this.#inAborted.set(producerId, true);
      return true;
    }
    this.#inCommitted.add(producerId);
    return false;
  }

  #onMarker(batch: Uint8Array, header: BatchHeader): boolean {
    switch (markerOf(batch, header, this.#codecs)) {
      case "abort": {
        const met = this.#inAborted.get(header.producerId) === true;
        this.#inAborted.delete(header.producerId);
        return !met;
      }
      case "commit":
        return !this.#inCommitted.delete(header.producerId);
      case "empty":
        return true;
      case "other":
        return false;
    }
  }
}
