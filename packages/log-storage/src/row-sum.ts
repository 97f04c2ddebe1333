import type { Run } from "./run-index.ts";

const MIX_1 = 0x85ebca6b;
const MIX_2 = 0xc2b2ae35;
const MIX_3 = 0x9e3779b1;

/** Avalanche of one 32-bit word (the finisher of MurmurHash 3). */
function mix(value: number): number {
  let word = value;
  word = Math.imul(word ^ (word >>> 16), MIX_1);
  word = Math.imul(word ^ (word >>> 13), MIX_2);
  return word ^ (word >>> 16);
}

/** What a partition contributes to the hash of its rows, from its topic id and number. */
export function partitionSalt(topicId: string, partition: number): number {
  let word = MIX_3;
  for (let at = 0; at < topicId.length; at++) word = Math.imul(word ^ topicId.charCodeAt(at), MIX_1);
  return mix(word ^ Math.imul(partition + 1, MIX_3));
}

/** Both words of a {@link RowSum}. */
export interface RowSumValue {
  readonly low: number;
  readonly high: number;
}

/**
 * A rolling checksum of the run index: the sum of a hash of every row that was added, minus that of every row that was
 * dropped. Whoever walks all rows and gets the same sum has missed none and met none that should be gone; a restored
 * checkpoint and a scrub prove themselves complete with it. It finds damage and mistakes, not malice.
 *
 * A row's hash is linear in its length and number of offsets, so that making a row longer costs two multiplications.
 */
export class RowSum {
  #low = 0;
  #high = 0;
  #key = 0;

  get value(): RowSumValue {
    return { low: this.#low >>> 0, high: this.#high >>> 0 };
  }

  add(salt: number, row: Run): void {
    const key = keyOf(salt, row);
    this.#key = key;
    this.#low = (this.#low + key) | 0;
    this.#high = (this.#high + weight(key, row.length, row.endOffset - row.baseOffset)) | 0;
  }

  /** After the row that was added last has become longer. */
  extend(extraLength: number, extraOffsets: number): void {
    this.#high = (this.#high + weight(this.#key, extraLength, extraOffsets)) | 0;
  }

  remove(salt: number, row: Run): void {
    const key = keyOf(salt, row);
    this.#low = (this.#low - key) | 0;
    this.#high = (this.#high - weight(key, row.length, row.endOffset - row.baseOffset)) | 0;
  }
}

function keyOf(salt: number, { baseOffset, source, position }: Run): number {
  let word = mix(salt ^ baseOffset);
  word = mix(word ^ (baseOffset / 0x1_0000_0000) ^ Math.imul(source, MIX_3));
  return mix(word ^ (source / 0x1_0000_0000) ^ position);
}

function weight(key: number, length: number, offsets: number): number {
  return (Math.imul(key | 1, length) + Math.imul(key ^ MIX_2, offsets)) | 0;
}
