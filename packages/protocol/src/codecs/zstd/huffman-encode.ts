import { BitWriter } from "./bit-writer.ts";
import { buildFseEncoder, encodeFseSymbol, firstFseState, normalizeCounts, writeFseDescription } from "./fse-encode.ts";
import { HUFFMAN_BITS_MAX } from "./huffman-decode.ts";

/* oxlint-disable typescript/no-non-null-assertion -- arrays have 256 entries and are indexed by bytes */

const WEIGHT_ACCURACY_LOG = 6;
const DIRECT_WEIGHTS_MAX = 128;
const TREE_BYTES_MAX = 130;

/** Codes of literals, and the description a decoder builds its table from. */
export interface HuffmanEncoder {
  readonly codes: Uint16Array;
  readonly lengths: Uint8Array;
  readonly description: Uint8Array;
}

/** How often each byte occurs. */
export function countBytes(bytes: Uint8Array): number[] {
  const counts: number[] = Array.from(new Uint8Array(256));
  for (let at = 0; at < bytes.length; at++) counts[bytes[at]!]!++;
  return counts;
}

/** Builds codes for at least two different bytes; null when the tree cannot be described. */
export function buildHuffmanEncoder(counts: readonly number[]): HuffmanEncoder | null {
  const lengths = limitedLengths(counts);
  let bitsMax = 0;
  let lastSymbol = 0;
  for (let symbol = 0; symbol < 256; symbol++) {
    if (lengths[symbol] === 0) continue;
    bitsMax = Math.max(bitsMax, lengths[symbol]!);
    lastSymbol = symbol;
  }
  const weights: number[] = [];
  for (let symbol = 0; symbol <= lastSymbol; symbol++) {
    weights.push(lengths[symbol] === 0 ? 0 : bitsMax + 1 - lengths[symbol]!);
  }
  // As in the decoder: smallest weights first, symbols in their order within a weight.
  const next = new Uint16Array(HUFFMAN_BITS_MAX + 3);
  for (const weight of weights) if (weight > 0) next[weight + 1]! += 1 << (weight - 1);
  for (let weight = 1; weight < next.length; weight++) next[weight]! += next[weight - 1]!;
  const codes = new Uint16Array(256);
  for (let symbol = 0; symbol < weights.length; symbol++) {
    const weight = weights[symbol]!;
    if (weight === 0) continue;
    codes[symbol] = next[weight]! >>> (weight - 1);
    next[weight]! += 1 << (weight - 1);
  }
  const description = describe(weights.slice(0, -1));
  return description === null ? null : { codes, lengths, description };
}

/** Code lengths of at most 11 bits. Flattening the counts until the tree is low enough costs little and stays complete. */
function limitedLengths(counts: readonly number[]): Uint8Array {
  let flattened = counts;
  for (;;) {
    const lengths = huffmanLengths(flattened);
    if (lengths.every((length) => length <= HUFFMAN_BITS_MAX)) return lengths;
    flattened = flattened.map((count) => (count === 0 ? 0 : (count + 3) >>> 2));
  }
}

/** Huffman's construction with two queues: leaves by count, and inner nodes, which come out in order by themselves. */
function huffmanLengths(counts: readonly number[]): Uint8Array {
  const symbols: number[] = [];
  for (let symbol = 0; symbol < 256; symbol++) if (counts[symbol]! > 0) symbols.push(symbol);
  symbols.sort((left, right) => counts[left]! - counts[right]!);
  const leaves = symbols.length;
  const weights = symbols.map((symbol) => counts[symbol]!);
  const parents: number[] = [];
  let leaf = 0;
  let inner = leaves;
  const takeSmallest = (): number => {
    if (leaf < leaves && (inner >= weights.length || weights[leaf]! <= weights[inner]!)) return leaf++;
    return inner++;
  };
  for (let made = leaves; made < 2 * leaves - 1; made++) {
    const first = takeSmallest();
    const second = takeSmallest();
    parents[first] = made;
    parents[second] = made;
    weights.push(weights[first]! + weights[second]!);
  }
  const depths = new Uint8Array(2 * leaves - 1);
  for (let node = 2 * leaves - 3; node >= 0; node--) depths[node] = depths[parents[node]!]! + 1;
  const lengths = new Uint8Array(256);
  for (let index = 0; index < leaves; index++) lengths[symbols[index]!] = depths[index]!;
  return lengths;
}

/** The shorter of the two descriptions of a tree, without the weight of its last symbol. */
function describe(weights: readonly number[]): Uint8Array | null {
  const compressed = compressWeights(weights);
  if (weights.length > DIRECT_WEIGHTS_MAX) return compressed;
  const direct = new Uint8Array(1 + ((weights.length + 1) >>> 1));
  if (compressed !== null && compressed.length < direct.length) return compressed;
  direct[0] = 127 + weights.length;
  for (const [index, weight] of weights.entries()) direct[1 + (index >>> 1)]! |= weight << (index & 1 ? 0 : 4);
  return direct;
}

/** Weights by two alternating states; null when they are too few, all equal, or too long. */
function compressWeights(weights: readonly number[]): Uint8Array | null {
  const counts = Array.from({ length: HUFFMAN_BITS_MAX + 2 }, () => 0);
  for (const weight of weights) counts[weight]!++;
  if (weights.length < 2 || counts.some((count) => count === weights.length)) return null;
  const normalized = normalizeCounts(counts, WEIGHT_ACCURACY_LOG);
  // A symbol that fills the whole table would need no bits, and the decoder could not see the end.
  if (normalized.includes(1 << WEIGHT_ACCURACY_LOG)) return null;
  const output = new Uint8Array(1 + TREE_BYTES_MAX * 2);
  const head = new BitWriter(output, 1);
  writeFseDescription(normalized, WEIGHT_ACCURACY_LOG, head);
  head.pad();
  const encoder = buildFseEncoder(normalized, WEIGHT_ACCURACY_LOG);
  const writer = new BitWriter(output, head.at);
  const states: [number, number] = [-1, -1];
  for (let index = weights.length - 1; index >= 0; index--) {
    const turn = index & 1 ? 1 : 0;
    const weight = weights[index]!;
    states[turn] =
      states[turn] < 0 ? firstFseState(encoder, weight) : encodeFseSymbol(encoder, writer, states[turn], weight);
  }
  writer.add(states[1], WEIGHT_ACCURACY_LOG);
  writer.add(states[0], WEIGHT_ACCURACY_LOG);
  writer.close();
  const length = writer.at - 1;
  if (length >= 128) return null;
  output[0] = length;
  return output.subarray(0, writer.at);
}

/** Encodes bytes as one stream, last byte first. Returns where it ends. */
export function encodeHuffmanStream(
  bytes: Uint8Array,
  encoder: HuffmanEncoder,
  output: Uint8Array,
  at: number,
): number {
  const { codes, lengths } = encoder;
  const writer = new BitWriter(output, at);
  for (let index = bytes.length - 1; index >= 0; index--) {
    const byte = bytes[index]!;
    writer.add(codes[byte]!, lengths[byte]!);
  }
  writer.close();
  return writer.at;
}
