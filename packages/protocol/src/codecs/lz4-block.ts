import { malformed } from "@streambed/kernel";
import type { OutputBuffer } from "./output-buffer.ts";

/* oxlint-disable typescript/no-non-null-assertion -- indexes are checked against the ends before each block of reads; these loops are the codec */

const HASH_BITS = 14;
const MATCH_BYTES_MIN = 4;
/** The format wants the last match to start this far from the end, and the last bytes to be literals. */
const MATCH_START_MARGIN = 12;
const LITERAL_MARGIN = 5;

/**
 * Expands one block behind what is in the output already.
 *
 * @param reachable how many bytes of earlier output copies may refer to
 */
export function expandLz4Block(bytes: Uint8Array, output: OutputBuffer, reachable: number): void {
  const end = bytes.length;
  const start = output.length - reachable;
  let at = 0;
  for (;;) {
    const token = bytes[at++];
    if (token === undefined) throw malformed("An LZ4 block ends without its last literals");
    let count = token >>> 4;
    if (count === 15) {
      let byte = 255;
      while (byte === 255) {
        byte = bytes[at++] ?? -1;
        count += byte;
      }
      if (byte < 0) throw malformed("An LZ4 block ends inside a length");
    }
    if (count > end - at) throw malformed("An LZ4 literal is too long");
    output.reserve(count);
    if (count <= 16)
      for (let index = 0; index < count; index++) output.bytes[output.length + index] = bytes[at + index]!;
    else output.bytes.set(bytes.subarray(at, at + count), output.length);
    output.length += count;
    at += count;
    if (at === end) return;
    if (end - at < 2) throw malformed("An LZ4 block ends inside a distance");
    const distance = bytes[at]! | (bytes[at + 1]! << 8);
    at += 2;
    count = (token & 15) + MATCH_BYTES_MIN;
    if (count === 19) {
      let byte = 255;
      while (byte === 255) {
        byte = bytes[at++] ?? -1;
        count += byte;
      }
      if (byte < 0) throw malformed("An LZ4 block ends inside a length");
    }
    if (distance === 0 || distance > output.length - start)
      throw malformed(`An LZ4 copy reaches ${distance} bytes back`);
    output.reserve(count);
    output.copyBack(distance, count);
  }
}

const TABLE = new Int32Array(1 << HASH_BITS);

/** Compresses a block of at most 64 KiB on its own into `output` at `at`. Returns the end, or -1 when that is not shorter. */
export function compressLz4Block(block: Uint8Array, output: Uint8Array, at: number): number {
  const view = new DataView(block.buffer, block.byteOffset, block.length);
  const matchEnd = block.length - LITERAL_MARGIN;
  const limit = at + block.length;
  let to = at;
  let literal = 0;
  let from = 0;
  let misses = 64;
  TABLE.fill(-1);
  while (from < block.length - MATCH_START_MARGIN) {
    const word = view.getUint32(from, true);
    const slot = Math.imul(word, 0x9e3779b1) >>> (32 - HASH_BITS);
    const candidate = TABLE[slot]!;
    TABLE[slot] = from;
    if (candidate < 0 || from - candidate > 0xffff || view.getUint32(candidate, true) !== word) {
      from += misses++ >>> 6;
      continue;
    }
    misses = 64;
    let count = MATCH_BYTES_MIN;
    while (from + count < matchEnd && block[candidate + count] === block[from + count]) count++;
    // Token, two lengths, distance: what this sequence can take at most, and the last literals behind it.
    if (to + (from - literal) + (from - literal + count) / 255 + 8 >= limit) return -1;
    to = writeSequence(block.subarray(literal, from), output, { to, distance: from - candidate, count });
    from += count;
    literal = from;
  }
  const rest = block.subarray(literal);
  if (to + rest.length + rest.length / 255 + 2 >= limit) return -1;
  return writeSequence(rest, output, { to, distance: 0, count: MATCH_BYTES_MIN });
}

interface Sequence {
  readonly to: number;
  /** 0 for the last sequence, which has literals only. */
  readonly distance: number;
  readonly count: number;
}

function writeSequence(literals: Uint8Array, output: Uint8Array, sequence: Sequence): number {
  let to = sequence.to;
  const extra = sequence.count - MATCH_BYTES_MIN;
  output[to++] = (Math.min(literals.length, 15) << 4) | Math.min(extra, 15);
  if (literals.length >= 15) to = writeLength(literals.length - 15, output, to);
  output.set(literals, to);
  to += literals.length;
  if (sequence.distance === 0) return to;
  output[to++] = sequence.distance & 0xff;
  output[to++] = sequence.distance >>> 8;
  return extra >= 15 ? writeLength(extra - 15, output, to) : to;
}

function writeLength(length: number, output: Uint8Array, at: number): number {
  let to = at;
  let left = length;
  for (; left >= 255; left -= 255) output[to++] = 255;
  output[to++] = left;
  return to;
}
