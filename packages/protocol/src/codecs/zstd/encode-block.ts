import { BitWriter } from "./bit-writer.ts";
import {
  LITERAL_BASELINES,
  LITERAL_BITS,
  LITERAL_KIND,
  MATCH_BASELINES,
  MATCH_BITS,
  MATCH_KIND,
  OFFSET_KIND,
  type CodeKind,
} from "./codes.ts";
import type { Sequences } from "./find-sequences.ts";
import {
  buildFseEncoder,
  encodeFseSymbol,
  firstFseState,
  fseCost,
  normalizeCounts,
  predefinedEncoder,
  writeFseDescription,
  type FseEncoder,
} from "./fse-encode.ts";
import { buildHuffmanEncoder, countBytes, encodeHuffmanStream } from "./huffman-encode.ts";

/* oxlint-disable typescript/no-non-null-assertion -- arrays are as long as the sequences are many */

const HUFFMAN_LITERALS_MIN = 32;
const SINGLE_STREAM_MAX = 1023;
const TABLE_DESCRIPTION_BITS = 120;
const OWN_TABLE_SEQUENCES_MIN = 32;

/** Bytes that {@link encodeBlock} may touch behind its start, beyond the size of the block itself. */
export const ENCODE_MARGIN_BYTES = 1024;

/**
 * Encodes literals and sequences as the content of a compressed block.
 *
 * @param output has room for twice the block and {@link ENCODE_MARGIN_BYTES}, which bad luck cannot exceed
 * @returns where it ends
 */
export function encodeBlock(sequences: Sequences, output: Uint8Array, start: number): number {
  const at = encodeLiterals(sequences.literals, output, start);
  return encodeSequences(sequences, output, at);
}

function encodeLiterals(literals: Uint8Array, output: Uint8Array, start: number): number {
  if (literals.length >= HUFFMAN_LITERALS_MIN) {
    const counts = countBytes(literals);
    if (counts.includes(literals.length)) return writeEqualLiterals(literals, output, start);
    const end = writeHuffmanLiterals(literals, counts, { output, start });
    if (end > 0) return end;
  }
  const at = writeLiteralsHeader(0, literals.length, { output, start });
  output.set(literals, at);
  return at + literals.length;
}

interface Place {
  readonly output: Uint8Array;
  readonly start: number;
}

function writeEqualLiterals(literals: Uint8Array, output: Uint8Array, start: number): number {
  const at = writeLiteralsHeader(1, literals.length, { output, start });
  output[at] = literals[0]!;
  return at + 1;
}

/** Header of literals that are raw (type 0) or one repeated byte (type 1). */
function writeLiteralsHeader(type: number, size: number, place: Place): number {
  const { output, start } = place;
  if (size < 32) return writeNumber(type | (size << 3), 1, { output, start });
  if (size < 4096) return writeNumber(type | (1 << 2) | (size << 4), 2, { output, start });
  return writeNumber(type | (3 << 2) | (size << 4), 3, { output, start });
}

function writeNumber(value: number, count: number, place: Place): number {
  let left = value;
  for (let index = 0; index < count; index++) {
    place.output[place.start + index] = left % 256;
    left = Math.floor(left / 256);
  }
  return place.start + count;
}

/** Returns where the section ends, or -1 when it is not shorter than the literals themselves. */
function writeHuffmanLiterals(literals: Uint8Array, counts: readonly number[], place: Place): number {
  const { output, start } = place;
  const encoder = buildHuffmanEncoder(counts);
  if (encoder === null) return -1;
  let bits = 0;
  for (let symbol = 0; symbol < 256; symbol++) bits += counts[symbol]! * encoder.lengths[symbol]!;
  if ((bits >>> 3) + encoder.description.length + 16 >= literals.length) return -1;
  const isSingle = literals.length <= SINGLE_STREAM_MAX;
  const format = isSingle ? 0 : literals.length < 16_384 ? 2 : 3;
  const headerBytes = isSingle ? 3 : format + 2;
  const content = start + headerBytes;
  output.set(encoder.description, content);
  let at = content + encoder.description.length;
  if (isSingle) at = encodeHuffmanStream(literals, encoder, output, at);
  else {
    const jumps = at;
    const part = (literals.length + 3) >>> 2;
    at += 6;
    for (let stream = 0; stream < 4; stream++) {
      const end = encodeHuffmanStream(literals.subarray(part * stream, part * (stream + 1)), encoder, output, at);
      if (stream < 3) writeNumber(end - at, 2, { output, start: jumps + stream * 2 });
      at = end;
    }
  }
  const width = isSingle ? 10 : format * 4 + 6;
  writeNumber(2 + format * 4 + literals.length * 16 + (at - content) * 2 ** (4 + width), headerBytes, {
    output,
    start,
  });
  return at;
}

/** The codes of one kind, one for each sequence, and how they are going to be encoded. */
interface CodedKind {
  readonly codes: Uint8Array;
  readonly mode: 0 | 1 | 2;
  readonly encoder: FseEncoder | null;
  readonly distribution: readonly number[];
}

function encodeSequences(sequences: Sequences, output: Uint8Array, start: number): number {
  const { count } = sequences;
  let at = writeSequenceCount(count, output, start);
  if (count === 0) return at;
  const literal = planKind(codesOf(sequences.literalLengths, count, LITERAL_BASELINES), LITERAL_KIND);
  const offset = planKind(offsetCodes(sequences.offsetValues, count), OFFSET_KIND);
  const match = planKind(codesOf(sequences.matchLengths, count, MATCH_BASELINES), MATCH_KIND);
  output[at++] = (literal.mode << 6) | (offset.mode << 4) | (match.mode << 2);
  for (const kind of [literal, offset, match]) at = writeTable(kind, output, at);
  return writeStream(sequences, { literal, offset, match }, { output, start: at });
}

function writeSequenceCount(count: number, output: Uint8Array, at: number): number {
  if (count < 128) return writeNumber(count, 1, { output, start: at });
  if (count < 0x7f00) return writeNumber((count >>> 8) + 128 + ((count & 0xff) << 8), 2, { output, start: at });
  return writeNumber(255 + ((count - 0x7f00) << 8), 3, { output, start: at });
}

/** For each value the code whose range it lies in. Small values are their own place in a short list. */
function codesOf(values: Uint32Array, count: number, codeBaselines: readonly number[]): Uint8Array {
  const codes = new Uint8Array(count);
  const first = codeBaselines[0]!;
  for (let index = 0; index < count; index++) {
    const value = values[index]!;
    let code = Math.min(value - first, codeBaselines.length - 1);
    while (codeBaselines[code]! > value) code--;
    codes[index] = code;
  }
  return codes;
}

function offsetCodes(values: Uint32Array, count: number): Uint8Array {
  const codes = new Uint8Array(count);
  for (let index = 0; index < count; index++) codes[index] = 31 - Math.clz32(values[index]!);
  return codes;
}

/** Chooses between one repeated code, the predefined table and an own one. */
function planKind(codes: Uint8Array, kind: CodeKind): CodedKind {
  const counts: number[] = Array.from(new Uint8Array(kind.symbolMax + 1));
  for (const code of codes) counts[code]!++;
  let distinct = 0;
  for (const count of counts) if (count > 0) distinct++;
  if (distinct === 1 && codes.length > 2) return { codes, mode: 1, encoder: null, distribution: [] };
  const predefined = fseCost(counts, kind.defaultCounts, kind.defaultLog);
  if (codes.length >= OWN_TABLE_SEQUENCES_MIN || predefined === Number.POSITIVE_INFINITY) {
    const needed = 33 - Math.clz32(distinct);
    const accuracyLog = Math.min(kind.accuracyLogMax, Math.max(6, needed, 29 - Math.clz32(codes.length)));
    const distribution = normalizeCounts(counts, accuracyLog);
    const own = fseCost(counts, distribution, accuracyLog) + TABLE_DESCRIPTION_BITS;
    if (own < predefined) {
      return { codes, mode: 2, encoder: buildFseEncoder(distribution, accuracyLog), distribution };
    }
  }
  return { codes, mode: 0, encoder: predefinedEncoder(kind), distribution: [] };
}

function writeTable(kind: CodedKind, output: Uint8Array, at: number): number {
  if (kind.mode === 1) output[at] = kind.codes[0]!;
  if (kind.mode === 1) return at + 1;
  if (kind.mode === 0 || kind.encoder === null) return at;
  const writer = new BitWriter(output, at);
  writeFseDescription(kind.distribution, kind.encoder.accuracyLog, writer);
  writer.pad();
  return writer.at;
}

interface CodedKinds {
  readonly literal: CodedKind;
  readonly offset: CodedKind;
  readonly match: CodedKind;
}

/** A state machine of one kind that may need no bits at all. */
class StateWriter {
  readonly #kind: CodedKind;
  readonly #writer: BitWriter;
  #state: number;

  constructor(kind: CodedKind, writer: BitWriter) {
    this.#kind = kind;
    this.#writer = writer;
    this.#state = kind.encoder === null ? 0 : firstFseState(kind.encoder, kind.codes.at(-1)!);
  }

  encode(index: number): void {
    const { encoder, codes } = this.#kind;
    if (encoder !== null) this.#state = encodeFseSymbol(encoder, this.#writer, this.#state, codes[index]!);
  }

  flush(): void {
    const { encoder } = this.#kind;
    if (encoder !== null) this.#writer.add(this.#state, encoder.accuracyLog);
  }
}

/** Everything is written in the reverse of the order in which a decoder reads it. */
function writeStream(sequences: Sequences, kinds: CodedKinds, place: Place): number {
  const { literalLengths, matchLengths, offsetValues, count } = sequences;
  const writer = new BitWriter(place.output, place.start);
  const match = new StateWriter(kinds.match, writer);
  const offset = new StateWriter(kinds.offset, writer);
  const literal = new StateWriter(kinds.literal, writer);
  for (let index = count - 1; index >= 0; index--) {
    if (index < count - 1) {
      offset.encode(index);
      match.encode(index);
      literal.encode(index);
    }
    const literalCode = kinds.literal.codes[index]!;
    const matchCode = kinds.match.codes[index]!;
    const offsetCode = kinds.offset.codes[index]!;
    writer.add(literalLengths[index]! - LITERAL_BASELINES[literalCode]!, LITERAL_BITS[literalCode]!);
    writer.add(matchLengths[index]! - MATCH_BASELINES[matchCode]!, MATCH_BITS[matchCode]!);
    writer.addLong(offsetValues[index]! - 2 ** offsetCode, offsetCode);
  }
  match.flush();
  offset.flush();
  literal.flush();
  writer.close();
  return writer.at;
}
