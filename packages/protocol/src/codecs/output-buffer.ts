import { decompressionLimit } from "./codec.ts";

const FIRST_BYTES = 4096;

/** Memory for output of unknown length. Grows by doubling and never beyond its bound. */
export class OutputBuffer {
  readonly #bytesMax: number;
  bytes: Uint8Array;
  /** Bytes written. */
  length = 0;

  /** @param expectedBytes a first guess; it may come from the input, so only the caller can say that it is sane */
  constructor(bytesMax: number, expectedBytes: number = FIRST_BYTES) {
    this.#bytesMax = bytesMax;
    this.bytes = new Uint8Array(Math.min(bytesMax, expectedBytes));
  }

  /** Makes room for `count` more bytes. Kind `limit`, code `DECOMPRESSION_LIMIT` beyond the bound. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    if (needed > this.#bytesMax) throw decompressionLimit(this.#bytesMax);
    const grown = new Uint8Array(Math.min(this.#bytesMax, Math.max(needed, this.bytes.length * 2, FIRST_BYTES)));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  /** Appends bytes. */
  append(chunk: Uint8Array): void {
    this.reserve(chunk.length);
    this.bytes.set(chunk, this.length);
    this.length += chunk.length;
  }

  /**
   * Repeats what lies `distance` bytes back, which may overlap with what is being written.
   * The caller has reserved room and checked that the distance is inside the output.
   */
  copyBack(distance: number, count: number): void {
    const to = this.length;
    const from = to - distance;
    if (distance >= count) this.bytes.copyWithin(to, from, from + count);
    else if (distance === 1) this.bytes.fill(this.bytes[from] ?? 0, to, to + count);
    else {
      const bytes = this.bytes;
      for (let index = 0; index < count; index++) bytes[to + index] = bytes[from + index] ?? 0;
    }
    this.length = to + count;
  }

  /** What was written, as a view. */
  finish(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}
