import { malformed } from "@streambed/kernel";
import { BackwardBits } from "./backward-bits.ts";
import { buildFseTable, readFseDescription } from "./fse-decode.ts";

/* oxlint-disable typescript/no-non-null-assertion -- table indexes are masked to the size of the table */

/** Longest code of a literal. */
export const HUFFMAN_BITS_MAX = 11;
const WEIGHTS_MAX = 255;
const WEIGHT_ACCURACY_LOG_MAX = 6;
const WEIGHT_MAX = 12;

/** Decodes a symbol from the next `bitsMax` bits: low byte the symbol, high byte the length of its code. */
export interface HuffmanTable {
  readonly bitsMax: number;
  readonly entries: Uint16Array;
}

/** Reads a tree description from the start of `bytes`; returns the table and the bytes it took. */
export function readHuffmanTable(bytes: Uint8Array): { readonly table: HuffmanTable; readonly length: number } {
  const [header] = bytes;
  if (header === undefined) throw malformed("A Zstandard tree is cut off");
  if (header >= 128) {
    const count = header - 127;
    const length = 1 + ((count + 1) >>> 1);
    if (length > bytes.length) throw malformed("A Zstandard tree is cut off");
    const weights = Array.from(
      { length: count },
      (_, index) => (bytes[1 + (index >>> 1)]! >>> (index & 1 ? 0 : 4)) & 15,
    );
    return { table: buildHuffmanTable(weights), length };
  }
  if (header + 1 > bytes.length) throw malformed("A Zstandard tree is cut off");
  return { table: buildHuffmanTable(readWeights(bytes.subarray(1, header + 1))), length: header + 1 };
}

/** Weights that are compressed by two alternating states (RFC 8878, section 4.2.1.2). */
function readWeights(bytes: Uint8Array): readonly number[] {
  const description = readFseDescription(bytes, { accuracyLogMax: WEIGHT_ACCURACY_LOG_MAX, symbolMax: WEIGHT_MAX });
  const table = buildFseTable(description.counts, description.accuracyLog);
  const bits = new BackwardBits(bytes.subarray(description.length));
  const weights: number[] = [];
  let state = bits.read(table.accuracyLog);
  let other = bits.read(table.accuracyLog);
  if (bits.position < 0) throw malformed("Zstandard weights are cut off");
  for (;;) {
    weights.push(table.symbols[state]!);
    if (weights.length > WEIGHTS_MAX) throw malformed("A Zstandard tree has too many weights");
    const width = table.bits[state]!;
    if (bits.position < width) {
      weights.push(table.symbols[other]!);
      return weights;
    }
    const next = table.baselines[state]! + bits.read(width);
    state = other;
    other = next;
  }
}

function buildHuffmanTable(weights: readonly number[]): HuffmanTable {
  let sum = 0;
  for (const weight of weights) sum += weight === 0 ? 0 : 2 ** (weight - 1);
  const bitsMax = sum === 0 ? 0 : 32 - Math.clz32(sum);
  if (bitsMax === 0 || bitsMax > HUFFMAN_BITS_MAX || weights.length > WEIGHTS_MAX)
    throw malformed("A Zstandard tree is impossible");
  // The last weight is left out: it is what makes the tree complete.
  const left = (1 << bitsMax) - sum;
  if ((left & (left - 1)) !== 0) throw malformed("A Zstandard tree is not complete");
  const all = [...weights, 32 - Math.clz32(left)];
  // Places in the table go to the smallest weights first, and to symbols in their order within a weight.
  const next = new Uint16Array(WEIGHT_MAX + 2);
  for (let index = 0; index < all.length; index++) {
    const weight = all[index]!;
    if (weight > 0) next[weight + 1]! += 1 << (weight - 1);
  }
  for (let weight = 1; weight < next.length; weight++) next[weight]! += next[weight - 1]!;
  const entries = new Uint16Array(1 << bitsMax);
  for (let symbol = 0; symbol < all.length; symbol++) {
    const weight = all[symbol]!;
    if (weight === 0) continue;
    const at = next[weight]!;
    const end = at + (1 << (weight - 1));
    const entry = ((bitsMax + 1 - weight) << 8) | symbol;
    for (let index = at; index < end; index++) entries[index] = entry;
    next[weight] = end;
  }
  return { bitsMax, entries };
}

/** Decodes one stream into the whole of `output`. */
export function decodeHuffmanStream(bytes: Uint8Array, table: HuffmanTable, output: Uint8Array): void {
  const { bitsMax, entries } = table;
  const bits = new BackwardBits(bytes);
  const mask = (1 << bitsMax) - 1;
  let position = bits.position;
  let to = 0;
  // While four bytes lie behind the position there is no need to look at the start of the stream.
  for (; to < output.length && position >= 32; to++) {
    const at = position - bitsMax;
    const from = at >>> 3;
    const word = bytes[from]! | (bytes[from + 1]! << 8) | ((bytes[from + 2] ?? 0) << 16);
    const entry = entries[(word >>> (at & 7)) & mask]!;
    output[to] = entry;
    position -= entry >>> 8;
  }
  bits.position = position;
  for (; to < output.length; to++) {
    const entry = entries[bits.peek(bitsMax)]!;
    output[to] = entry;
    bits.position -= entry >>> 8;
  }
  if (bits.position !== 0) throw malformed("A Zstandard literal stream does not end where it should");
}
