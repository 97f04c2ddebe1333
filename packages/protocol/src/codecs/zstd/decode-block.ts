import { malformed } from "@streambed/kernel";
import type { OutputBuffer } from "../output-buffer.ts";
import { BackwardBits } from "./backward-bits.ts";
import {
  checkSymbol,
  FIRST_REPEATS,
  LITERAL_BASELINES,
  LITERAL_BITS,
  LITERAL_KIND,
  MATCH_BASELINES,
  MATCH_BITS,
  MATCH_KIND,
  OFFSET_KIND,
  type CodeKind,
} from "./codes.ts";
import { buildFseTable, predefinedTable, readFseDescription, singleSymbolTable, type FseTable } from "./fse-decode.ts";
import { decodeHuffmanStream, readHuffmanTable, type HuffmanTable } from "./huffman-decode.ts";

/* oxlint-disable typescript/no-non-null-assertion -- tables cover every symbol that was let in when they were built */

/** Longest block, before and after compression. */
export const BLOCK_BYTES_MAX = 131_072;

/** What one block leaves behind for the next of the same frame. */
export interface FrameState {
  huffman: HuffmanTable | null;
  literalTable: FseTable | null;
  offsetTable: FseTable | null;
  matchTable: FseTable | null;
  repeats: [number, number, number];
}

/** The state at the start of a frame. */
export function firstState(): FrameState {
  return { huffman: null, literalTable: null, offsetTable: null, matchTable: null, repeats: [...FIRST_REPEATS] };
}

/**
 * Expands one compressed block behind what the frame has given so far.
 *
 * @param frameStart index in the output where the frame began; copies reach no further back
 */
export function decodeBlock(block: Uint8Array, state: FrameState, output: OutputBuffer, frameStart: number): void {
  const literals = readLiterals(block, state);
  const sequences = block.subarray(literals.length);
  decodeSequences(sequences, state, { literals: literals.bytes, output, frameStart });
}

/** The literals of a block, and how many bytes their section took. */
interface Literals {
  readonly bytes: Uint8Array;
  readonly length: number;
}

function readLiterals(block: Uint8Array, state: FrameState): Literals {
  const [first] = block;
  if (first === undefined) throw malformed("A Zstandard block is empty");
  const type = first & 3;
  const format = (first >>> 2) & 3;
  if (type < 2) {
    const headerBytes = format === 1 ? 2 : format === 3 ? 3 : 1;
    const size = littleEndian(block, headerBytes) >>> (headerBytes === 1 ? 3 : 4);
    const end = headerBytes + (type === 0 ? size : 1);
    if (size > BLOCK_BYTES_MAX || end > block.length) throw malformed(`Zstandard literals claim ${size} bytes`);
    const bytes = type === 0 ? block.subarray(headerBytes, end) : new Uint8Array(size).fill(block[headerBytes]!);
    return { bytes, length: end };
  }
  return readCompressedLiterals(block, state, { format, hasTree: type === 2 });
}

interface LiteralsHeader {
  readonly format: number;
  readonly hasTree: boolean;
}

function readCompressedLiterals(block: Uint8Array, state: FrameState, header: LiteralsHeader): Literals {
  const { format } = header;
  const headerBytes = format < 2 ? 3 : format + 2;
  const width = format < 2 ? 10 : format * 4 + 6;
  const word = littleEndian(block, headerBytes);
  const size = Math.floor(word / 16) % 2 ** width;
  const end = headerBytes + (Math.floor(word / 2 ** (4 + width)) % 2 ** width);
  if (size > BLOCK_BYTES_MAX || end > block.length) throw malformed(`Zstandard literals claim ${size} bytes`);
  let content = block.subarray(headerBytes, end);
  if (header.hasTree) {
    const tree = readHuffmanTable(content);
    state.huffman = tree.table;
    content = content.subarray(tree.length);
  }
  const table = state.huffman;
  if (table === null) throw malformed("Zstandard literals refer to a tree that was never sent");
  const bytes = new Uint8Array(size);
  if (format === 0) decodeHuffmanStream(content, table, bytes);
  else decodeFourStreams(content, table, bytes);
  return { bytes, length: end };
}

function decodeFourStreams(content: Uint8Array, table: HuffmanTable, bytes: Uint8Array): void {
  if (content.length < 10 || bytes.length < 6) throw malformed("Zstandard literals are too short for four streams");
  const part = (bytes.length + 3) >>> 2;
  let at = 6;
  for (let stream = 0; stream < 4; stream++) {
    const end = stream === 3 ? content.length : at + (content[stream * 2]! | (content[stream * 2 + 1]! << 8));
    if (end > content.length) throw malformed("A Zstandard literal stream is cut off");
    const outputEnd = stream === 3 ? bytes.length : Math.min(bytes.length, part * (stream + 1));
    decodeHuffmanStream(content.subarray(at, end), table, bytes.subarray(part * stream, outputEnd));
    at = end;
  }
}

/** The first bytes as one number; at most five. */
function littleEndian(bytes: Uint8Array, count: number): number {
  if (count > bytes.length) throw malformed("A Zstandard block is cut off");
  let value = 0;
  for (let index = count - 1; index >= 0; index--) value = value * 256 + bytes[index]!;
  return value;
}

/** Reads which table a kind of code uses in this block; returns it with the bytes that took. */
function readTable(
  bytes: Uint8Array,
  mode: number,
  kind: CodeKind,
  previous: FseTable | null,
): { readonly table: FseTable; readonly length: number } {
  if (mode === 0) return { table: predefinedTable(kind), length: 0 };
  if (mode === 1) return { table: singleSymbolTable(checkSymbol(bytes[0], kind)), length: 1 };
  if (mode === 2) {
    const description = readFseDescription(bytes, kind);
    return { table: buildFseTable(description.counts, description.accuracyLog), length: description.length };
  }
  if (previous === null) throw malformed("A Zstandard block repeats a table that was never sent");
  return { table: previous, length: 0 };
}

interface SequenceTarget {
  readonly literals: Uint8Array;
  readonly output: OutputBuffer;
  readonly frameStart: number;
}

function decodeSequences(bytes: Uint8Array, state: FrameState, target: SequenceTarget): void {
  const header = readSequenceHeader(bytes);
  if (header.count === 0) {
    if (header.length !== bytes.length) throw malformed("Bytes follow a Zstandard block without sequences");
    target.output.append(target.literals);
    return;
  }
  let at = header.length;
  const modes = bytes[at++];
  if (modes === undefined || (modes & 3) !== 0) throw malformed("A Zstandard block has unknown table modes");
  const literal = readTable(bytes.subarray(at), modes >>> 6, LITERAL_KIND, state.literalTable);
  at += literal.length;
  const offset = readTable(bytes.subarray(at), (modes >>> 4) & 3, OFFSET_KIND, state.offsetTable);
  at += offset.length;
  const match = readTable(bytes.subarray(at), (modes >>> 2) & 3, MATCH_KIND, state.matchTable);
  at += match.length;
  state.literalTable = literal.table;
  state.offsetTable = offset.table;
  state.matchTable = match.table;
  runSequences(bytes.subarray(at), header.count, state, target);
}

function readSequenceHeader(bytes: Uint8Array): { readonly count: number; readonly length: number } {
  const [first, second, third] = bytes;
  if (first === undefined) throw malformed("A Zstandard block ends before its sequences");
  if (first < 128) return { count: first, length: 1 };
  if (second === undefined) throw malformed("A Zstandard block ends before its sequences");
  if (first < 255) return { count: ((first - 128) << 8) + second, length: 2 };
  if (third === undefined) throw malformed("A Zstandard block ends before its sequences");
  return { count: second + (third << 8) + 0x7f00, length: 3 };
}

function runSequences(stream: Uint8Array, count: number, state: FrameState, target: SequenceTarget): void {
  const { literalTable, offsetTable, matchTable, repeats } = state;
  const { literals, output, frameStart } = target;
  if (literalTable === null || offsetTable === null || matchTable === null)
    throw malformed("Zstandard tables are missing");
  const bits = new BackwardBits(stream);
  let literalState = bits.read(literalTable.accuracyLog);
  let offsetState = bits.read(offsetTable.accuracyLog);
  let matchState = bits.read(matchTable.accuracyLog);
  const blockEnd = output.length + BLOCK_BYTES_MAX;
  let used = 0;
  for (let left = count; left > 0; left--) {
    const offsetCode = offsetTable.symbols[offsetState]!;
    const matchCode = matchTable.symbols[matchState]!;
    const literalCode = literalTable.symbols[literalState]!;
    const offsetValue = 2 ** offsetCode + bits.read(offsetCode);
    const matchLength = MATCH_BASELINES[matchCode]! + bits.read(MATCH_BITS[matchCode]!);
    const literalLength = LITERAL_BASELINES[literalCode]! + bits.read(LITERAL_BITS[literalCode]!);
    const distance = resolveOffset(offsetValue, literalLength, repeats);
    if (left > 1) {
      literalState = literalTable.baselines[literalState]! + bits.read(literalTable.bits[literalState]!);
      matchState = matchTable.baselines[matchState]! + bits.read(matchTable.bits[matchState]!);
      offsetState = offsetTable.baselines[offsetState]! + bits.read(offsetTable.bits[offsetState]!);
    }
    const end = output.length + literalLength + matchLength;
    if (bits.position < 0 || used + literalLength > literals.length || end > blockEnd)
      throw malformed("A Zstandard sequence is out of range");
    output.reserve(literalLength + matchLength);
    copyLiterals(literals, used, output, literalLength);
    used += literalLength;
    if (distance === 0 || distance > output.length - frameStart)
      throw malformed(`A Zstandard copy reaches ${distance} bytes back`);
    output.copyBack(distance, matchLength);
  }
  if (bits.position !== 0) throw malformed("A Zstandard sequence stream does not end where it should");
  if (output.length + literals.length - used > blockEnd) throw malformed("A Zstandard block is too long");
  output.append(literals.subarray(used));
}

function copyLiterals(literals: Uint8Array, from: number, output: OutputBuffer, count: number): void {
  const { bytes, length } = output;
  if (count > 24) bytes.set(literals.subarray(from, from + count), length);
  else for (let index = 0; index < count; index++) bytes[length + index] = literals[from + index]!;
  output.length = length + count;
}

/**
 * The distance an offset value stands for: 1 to 3 are recent distances, shifted by one when there are no literals.
 * Keeps the list of recent distances up to date. 0 means that the value is not allowed.
 */
export function resolveOffset(value: number, literalLength: number, repeats: [number, number, number]): number {
  if (value > 3) {
    repeats[2] = repeats[1];
    repeats[1] = repeats[0];
    repeats[0] = value - 3;
    return repeats[0];
  }
  const index = value - 1 + (literalLength === 0 ? 1 : 0);
  if (index === 0) return repeats[0];
  const distance = index === 3 ? repeats[0] - 1 : repeats[index === 1 ? 1 : 2];
  if (index > 1) repeats[2] = repeats[1];
  repeats[1] = repeats[0];
  repeats[0] = distance;
  return distance;
}
