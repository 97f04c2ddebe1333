import { StreambedError } from "@streambed/kernel";
import {
  type BatchHeader,
  type Codecs,
  decodeBatchHeader,
  decodeControlRecord,
  iterateRecords,
  type RecordView,
  splitBatches,
  verifyCrc,
} from "@streambed/protocol";
import { namedError } from "../errors.ts";
import { DECOMPRESSED_BATCH_BYTES_MAX } from "../limits.ts";
import type { Record, TopicPartition } from "../types.ts";

/** An aborted transaction in the bytes fetched. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

/** The bytes of one partition in a fetch answer. */
export interface FetchedBytes extends TopicPartition {
  readonly bytes: Uint8Array;
  /** Records before it are left out: a batch may begin earlier than the offset asked for. */
  readonly fetchOffset: number;
  /** Null without read_committed. */
  readonly aborted: readonly AbortedTransaction[] | null;
}

/** How batches are opened. */
export interface DecodeOptions {
  readonly codecs: Codecs;
  readonly checkCrcs: boolean;
}

/** Bounds of one look into the stream. Counted down by `take`. */
export interface TakeBudget {
  records: number;
  bytes: number;
}

/** The records of a fetch answer, opened batch by batch as they are asked for, so that memory follows the reader. */
export class RecordStream {
  /** Offset after everything here. */
  readonly endOffset: number;
  readonly #fetched: FetchedBytes;
  readonly #options: DecodeOptions;
  readonly #batches: readonly Uint8Array[];
  readonly #abortedLeft: AbortedTransaction[];
  readonly #abortedProducers = new Set<number>();
  #batchAt = 0;
  #records: Iterator<RecordView, void, undefined> | null = null;
  #batchEnd: number;
  #nextOffset: number;
  #ahead: RecordView | null = null;

  constructor(fetched: FetchedBytes, options: DecodeOptions) {
    this.#fetched = fetched;
    this.#options = options;
    this.#batches = splitBatches(fetched.bytes).batches;
    const last = this.#batches.at(-1);
    this.endOffset = Math.max(fetched.fetchOffset, last === undefined ? 0 : decodeBatchHeader(last).lastOffset + 1);
    this.#nextOffset = fetched.fetchOffset;
    this.#batchEnd = fetched.fetchOffset;
    this.#abortedLeft = [...(fetched.aborted ?? [])].sort((left, right) => left.firstOffset - right.firstOffset);
  }

  /** Where the reader goes on: past the last record taken, and past what nobody may see. */
  get nextOffset(): number {
    return this.#nextOffset;
  }

  get done(): boolean {
    return this.#records === null && this.#ahead === null && this.#batchAt >= this.#batches.length;
  }

  /**
   * Moves records into the list until the budget or the stream is used up. One record is always taken when
   * the list is empty, however large.
   *
   * @throws kind `corrupt`, code `CORRUPT_MESSAGE`; the position stays before the batch
   */
  take(into: Record[], budget: TakeBudget): void {
    const { topic, partition } = this.#fetched;
    while (budget.records > 0) {
      const record = this.#peek();
      if (record === null) return;
      const bytes = contentBytes(record);
      if (bytes > budget.bytes && into.length > 0) return;
      this.#ahead = null;
      this.#nextOffset = record.offset + 1;
      budget.records--;
      budget.bytes -= bytes;
      into.push({ topic, partition, ...record });
    }
  }

  /** Opens batches until one has a record for the reader. */
  #peek(): RecordView | null {
    while (this.#ahead === null) {
      if (this.#records === null && !this.#openBatch()) return null;
      const next = this.#guard(() => this.#records?.next());
      if (next === undefined || next.done === true) {
        this.#records = null;
        this.#nextOffset = Math.max(this.#nextOffset, this.#batchEnd);
      } else if (next.value.offset >= this.#nextOffset) this.#ahead = next.value;
    }
    return this.#ahead;
  }

  /** Opens the next batch that may be read. False when there is none. */
  #openBatch(): boolean {
    for (let batch = this.#batches[this.#batchAt]; batch !== undefined; batch = this.#batches[this.#batchAt]) {
      const header = decodeBatchHeader(batch);
      if (header.lastOffset >= this.#nextOffset) {
        if (this.#options.checkCrcs && !verifyCrc(batch)) throw this.#corrupt("its checksum is wrong");
        const visible = this.#guard(() => this.#isVisible(batch, header));
        this.#batchAt++;
        this.#batchEnd = header.lastOffset + 1;
        if (visible) {
          this.#records = this.#guard(() => iterateRecords(batch, header, this.#payloadOptions));
          return true;
        }
        this.#nextOffset = this.#batchEnd;
      } else this.#batchAt++;
    }
    return false;
  }

  /** Control batches and, with read_committed, batches of aborted transactions are not for the reader. */
  #isVisible(batch: Uint8Array, header: BatchHeader): boolean {
    if (this.#fetched.aborted !== null && header.isTransactional) {
      for (let next = this.#abortedLeft[0]; next !== undefined; next = this.#abortedLeft[0]) {
        if (next.firstOffset > header.lastOffset) break;
        this.#abortedProducers.add(next.producerId);
        this.#abortedLeft.shift();
      }
      if (header.isControl) {
        const [marker] = iterateRecords(batch, header, this.#payloadOptions);
        if (marker !== undefined && decodeControlRecord(marker).type === "abort") {
          this.#abortedProducers.delete(header.producerId);
        }
      } else if (this.#abortedProducers.has(header.producerId)) return false;
    }
    return !header.isControl;
  }

  get #payloadOptions(): { readonly codecs: Codecs; readonly outputBytesMax: number } {
    return { codecs: this.#options.codecs, outputBytesMax: DECOMPRESSED_BATCH_BYTES_MAX };
  }

  /** Malformed bytes are reported with the place they were found at. */
  #guard<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      if (error instanceof StreambedError && error.code === "MALFORMED_BYTES") throw this.#corrupt(error.message);
      throw error;
    }
  }

  #corrupt(detail: string): StreambedError {
    const { topic, partition } = this.#fetched;
    const { kind, code, message } = namedError(
      "CORRUPT_MESSAGE",
      `The batch of ${topic}-${partition} after offset ${this.#nextOffset}`,
      `${detail}; seek past it to go on`,
    );
    return new StreambedError({ kind, code, message, retriable: false });
  }
}

function contentBytes(record: RecordView): number {
  let bytes = (record.key?.length ?? 0) + (record.value?.length ?? 0);
  for (const { key, value } of record.headers) bytes += key.length + (value?.length ?? 0);
  return bytes;
}
