import { malformed } from "@streambed/kernel";
import { decompressionLimit } from "./codec.ts";

/* oxlint-disable typescript/no-non-null-assertion -- indexes are checked against the ends before each block of reads; these loops are the codec */

/** A copy of 64 bytes takes three: no valid input grows more than this. */
const GROWTH_MAX = 22;
const HASH_BITS = 14;
const MATCH_BYTES_MIN = 4;

/** Decompresses one raw Snappy block: its length as a varint, then literals and copies. */
export function decompressSnappyBlock(bytes: Uint8Array, maxOutputBytes: number): Uint8Array {
  let at = 0;
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    if (byte === undefined || shift > 28) throw malformed("A Snappy block has no length");
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  if (length > bytes.length * GROWTH_MAX) throw malformed(`${bytes.length} bytes of Snappy cannot become ${length}`);
  if (length > maxOutputBytes) throw decompressionLimit(maxOutputBytes);
  const output = new Uint8Array(length);
  if (expand(bytes, at, output) !== length)
    throw malformed(`A Snappy block is shorter than the ${length} bytes it claims`);
  return output;
}

/** Fills the output; returns how much was written. */
function expand(bytes: Uint8Array, start: number, output: Uint8Array): number {
  const end = bytes.length;
  let at = start;
  let to = 0;
  while (at < end) {
    const tag = bytes[at++]!;
    const kind = tag & 3;
    const extra = kind === 0 ? Math.max(0, (tag >>> 2) - 59) : kind === 3 ? 4 : kind;
    if (extra > end - at) throw malformed("A Snappy block ends inside a tag");
    let number = 0;
    if (extra > 0) {
      number = bytes[at]!;
      if (extra > 1) number |= bytes[at + 1]! << 8;
      if (extra > 2) number |= bytes[at + 2]! << 16;
      if (extra > 3) number = (number | (bytes[at + 3]! << 24)) >>> 0;
      at += extra;
    }
    if (kind === 0) {
      const count = (extra === 0 ? tag >>> 2 : number) + 1;
      if (count > end - at || count > output.length - to) throw malformed("A Snappy literal is too long");
      if (count <= 16) for (let index = 0; index < count; index++) output[to + index] = bytes[at + index]!;
      else output.set(bytes.subarray(at, at + count), to);
      at += count;
      to += count;
      continue;
    }
    const count = kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
    const distance = kind === 1 ? ((tag & 0xe0) << 3) | number : number;
    if (distance === 0 || distance > to || count > output.length - to) throw malformed("A Snappy copy is out of range");
    for (let index = 0; index < count; index++) output[to + index] = output[to - distance + index]!;
    to += count;
  }
  return to;
}

/** Most bytes a block of this length can take when nothing matches. */
export function snappyBytesMax(length: number): number {
  return 32 + length + Math.ceil(length / 6);
}

/** Reused between blocks; positions are relative to a block of at most 64 KiB, so 16 bits are enough. */
const TABLE = new Uint16Array(1 << HASH_BITS);

/**
 * Compresses one block of at most 64 KiB into `output` at `at`; returns the end.
 * Greedy: the last position with the same hash of four bytes is the only candidate.
 */
export function compressSnappyBlock(block: Uint8Array, output: Uint8Array, at: number): number {
  let to = writeLength(block.length, output, at);
  if (block.length < 16) return writeLiteral(block, { from: 0, end: block.length, output, to });
  TABLE.fill(0);
  const view = new DataView(block.buffer, block.byteOffset, block.length);
  const last = block.length - 15;
  let literal = 0;
  let from = 1;
  let misses = 32;
  while (from < last) {
    const word = view.getUint32(from, true);
    const slot = Math.imul(word, 0x1e35a7bd) >>> (32 - HASH_BITS);
    const candidate = TABLE[slot]!;
    TABLE[slot] = from;
    if (view.getUint32(candidate, true) !== word || candidate >= from) {
      // Data that does not compress is skipped over faster and faster.
      from += misses++ >>> 5;
      continue;
    }
    misses = 32;
    to = writeLiteral(block, { from: literal, end: from, output, to });
    let count = MATCH_BYTES_MIN;
    while (from + count < block.length && block[candidate + count] === block[from + count]) count++;
    to = writeCopy(from - candidate, count, { output, to });
    from += count;
    literal = from;
  }
  return writeLiteral(block, { from: literal, end: block.length, output, to });
}

function writeLength(length: number, output: Uint8Array, at: number): number {
  let to = at;
  let left = length;
  for (; left >= 0x80; left >>>= 7) output[to++] = (left & 0x7f) | 0x80;
  output[to++] = left;
  return to;
}

interface LiteralTarget {
  readonly from: number;
  readonly end: number;
  readonly output: Uint8Array;
  readonly to: number;
}

function writeLiteral(block: Uint8Array, target: LiteralTarget): number {
  const { from, end, output } = target;
  const count = end - from;
  let to = target.to;
  if (count === 0) return to;
  const number = count - 1;
  if (number < 60) output[to++] = number << 2;
  else if (number < 256) {
    output[to++] = 60 << 2;
    output[to++] = number;
  } else {
    output[to++] = 61 << 2;
    output[to++] = number & 0xff;
    output[to++] = number >>> 8;
  }
  output.set(block.subarray(from, end), to);
  return to + count;
}

interface CopyTarget {
  readonly output: Uint8Array;
  readonly to: number;
}

function writeCopy(distance: number, length: number, target: CopyTarget): number {
  const { output } = target;
  let to = target.to;
  let left = length;
  while (left > 0) {
    // The rest must stay at least four bytes long, or the short form could not express it.
    const count = left > 64 && left < 68 ? 60 : Math.min(left, 64);
    if (count >= 4 && count <= 11 && distance < 2048) {
      output[to++] = 1 | ((count - 4) << 2) | ((distance >>> 8) << 5);
      output[to++] = distance & 0xff;
    } else {
      output[to++] = 2 | ((count - 1) << 2);
      output[to++] = distance & 0xff;
      output[to++] = distance >>> 8;
    }
    left -= count;
  }
  return to;
}
