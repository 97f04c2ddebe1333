import { resolveOffset } from "./decode-block.ts";

/* oxlint-disable typescript/no-non-null-assertion -- positions are inside the input by the bounds of the loops */

const MATCH_BYTES_MIN = 4;
const LONG_MATCH_BYTES = 8;
const TABLE_BITS_MIN = 8;
const TABLE_BITS_MAX = 16;
const SEQUENCES_MAX: number = 131_072 / MATCH_BYTES_MIN + 1;

/** What a block becomes: literals, and for each match the literals before it, its length and its offset value. */
export interface Sequences {
  readonly literals: Uint8Array;
  readonly count: number;
  readonly literalLengths: Uint32Array;
  readonly matchLengths: Uint32Array;
  readonly offsetValues: Uint32Array;
}

/**
 * Finds repetitions: two hash tables, one over eight bytes for long matches and one over four for the rest, and the
 * distance used last. Positions are kept over blocks, so that a block may refer to earlier ones.
 */
export class SequenceFinder {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #short: Int32Array;
  readonly #long: Int32Array;
  readonly #shift: number;
  readonly #literals: Uint8Array;
  readonly #literalLengths: Uint32Array;
  readonly #matchLengths: Uint32Array;
  readonly #offsetValues: Uint32Array;
  #count = 0;
  #literalBytes = 0;
  #anchor = 0;
  /** The distances a decoder remembers. */
  repeats: [number, number, number];

  constructor(bytes: Uint8Array, repeats: readonly [number, number, number], blockBytesMax: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const bits = Math.min(TABLE_BITS_MAX, Math.max(TABLE_BITS_MIN, 32 - Math.clz32(bytes.length)));
    this.#short = new Int32Array(1 << bits).fill(-1);
    this.#long = new Int32Array(1 << bits).fill(-1);
    this.#shift = 32 - bits;
    const blockBytes = Math.min(bytes.length, blockBytesMax);
    this.#literals = new Uint8Array(blockBytes);
    const sequences = Math.min(SEQUENCES_MAX, blockBytes / MATCH_BYTES_MIN + 1);
    this.#literalLengths = new Uint32Array(sequences);
    this.#matchLengths = new Uint32Array(sequences);
    this.#offsetValues = new Uint32Array(sequences);
    this.repeats = [...repeats];
  }

  #shortSlot(at: number): number {
    return Math.imul(this.#view.getInt32(at, true), 0x9e3779b1) >>> this.#shift;
  }

  #longSlot(at: number): number {
    const mixed =
      Math.imul(this.#view.getInt32(at, true), 0x85ebca77) ^ Math.imul(this.#view.getInt32(at + 4, true), 0xc2b2ae3d);
    return Math.imul(mixed ^ (mixed >>> 15), 0x27d4eb2f) >>> this.#shift;
  }

  #same(left: number, right: number): boolean {
    return this.#view.getInt32(left, true) === this.#view.getInt32(right, true);
  }

  #insert(at: number): void {
    if (at + LONG_MATCH_BYTES > this.#bytes.length) return;
    this.#short[this.#shortSlot(at)] = at;
    this.#long[this.#longSlot(at)] = at;
  }

  /** The sequences of the block from `start` to `end`. The result is valid until the next call. */
  find(start: number, end: number): Sequences {
    this.#count = 0;
    this.#literalBytes = 0;
    this.#anchor = start;
    const limit = end - LONG_MATCH_BYTES;
    let at = start;
    while (at < limit) {
      const candidate = this.#candidate(at);
      if (candidate >= 0) at = this.#extend(at, candidate, end);
      else if (this.#repeatsNext(at)) at = this.#extend(at + 1, at + 1 - this.repeats[0], end);
      else at += 1 + ((at - this.#anchor) >> 8);
    }
    this.#keepLiterals(end);
    return {
      literals: this.#literals.subarray(0, this.#literalBytes),
      count: this.#count,
      literalLengths: this.#literalLengths,
      matchLengths: this.#matchLengths,
      offsetValues: this.#offsetValues,
    };
  }

  #repeatsNext(at: number): boolean {
    const earlier = at + 1 - this.repeats[0];
    return earlier >= 0 && this.#same(at + 1, earlier);
  }

  /** An earlier position with the same bytes, or -1. Remembers this one. */
  #candidate(at: number): number {
    const longSlot = this.#longSlot(at);
    const shortSlot = this.#shortSlot(at);
    const long = this.#long[longSlot]!;
    const short = this.#short[shortSlot]!;
    this.#long[longSlot] = at;
    this.#short[shortSlot] = at;
    if (long >= 0 && this.#same(at, long) && this.#same(at + 4, long + 4)) return long;
    if (this.#repeatsNext(at)) return -1;
    return short >= 0 && this.#same(at, short) ? short : -1;
  }

  /** Records the match and returns the position behind it. */
  #extend(from: number, candidate: number, end: number): number {
    const bytes = this.#bytes;
    let at = from;
    let earlier = candidate;
    let stop = at + MATCH_BYTES_MIN;
    const distance = at - earlier;
    while (stop < end && bytes[stop] === bytes[stop - distance]) stop++;
    while (at > this.#anchor && earlier > 0 && bytes[at - 1] === bytes[earlier - 1]) {
      at--;
      earlier--;
    }
    const literalLength = at - this.#anchor;
    this.#keepLiterals(at);
    this.#literalLengths[this.#count] = literalLength;
    this.#matchLengths[this.#count] = stop - at;
    const value = offsetValue(distance, literalLength, this.repeats);
    resolveOffset(value, literalLength, this.repeats);
    this.#offsetValues[this.#count++] = value;
    this.#anchor = stop;
    this.#insert(from + 2);
    this.#insert(stop - 2);
    return stop;
  }

  #keepLiterals(end: number): void {
    this.#literals.set(this.#bytes.subarray(this.#anchor, end), this.#literalBytes);
    this.#literalBytes += end - this.#anchor;
  }
}

/** How a distance is written: by its place among the recent ones if possible. */
function offsetValue(distance: number, literalLength: number, repeats: readonly [number, number, number]): number {
  if (literalLength > 0) {
    const place = repeats.indexOf(distance);
    return place >= 0 ? place + 1 : distance + 3;
  }
  if (distance === repeats[1]) return 1;
  if (distance === repeats[2]) return 2;
  return distance === repeats[0] - 1 ? 3 : distance + 3;
}
