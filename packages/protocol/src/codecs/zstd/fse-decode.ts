import { malformed } from "@streambed/kernel";
import type { CodeKind } from "./codes.ts";
import { spreadSymbols } from "./fse-spread.ts";

/** A decoding table: each state gives a symbol, and how to find the next state. */
export interface FseTable {
  readonly accuracyLog: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
  readonly baselines: Uint16Array;
}

/** What a table description may say. */
export interface FseLimits {
  readonly accuracyLogMax: number;
  readonly symbolMax: number;
}

/** Builds the decoding table of a distribution (RFC 8878, section 4.1.1). -1 stands for "less than one". */
export function buildFseTable(counts: readonly number[], accuracyLog: number): FseTable {
  const size = 1 << accuracyLog;
  const symbols = spreadSymbols(counts, accuracyLog);
  const next = counts.map((count) => (count === -1 ? 1 : count));
  const bits = new Uint8Array(size);
  const baselines = new Uint16Array(size);
  for (let state = 0; state < size; state++) {
    const symbol = symbols[state] ?? 0;
    const order = next[symbol] ?? 0;
    next[symbol] = order + 1;
    const width = accuracyLog - (31 - Math.clz32(order));
    bits[state] = width;
    baselines[state] = (order << width) - size;
  }
  return { accuracyLog, symbols, bits, baselines };
}

/** The predefined tables, built when a block first asks for one. */
const PREDEFINED = new Map<CodeKind, FseTable>();

/** The decoding table of the predefined distribution of a kind. */
export function predefinedTable(kind: CodeKind): FseTable {
  const known = PREDEFINED.get(kind);
  if (known !== undefined) return known;
  const table = buildFseTable(kind.defaultCounts, kind.defaultLog);
  PREDEFINED.set(kind, table);
  return table;
}

/** A table that knows one symbol and needs no bits. */
export function singleSymbolTable(symbol: number): FseTable {
  return { accuracyLog: 0, symbols: Uint8Array.of(symbol), bits: new Uint8Array(1), baselines: new Uint16Array(1) };
}

/** A distribution and the bytes it took. */
export interface FseDescription {
  readonly counts: readonly number[];
  readonly accuracyLog: number;
  readonly length: number;
}

/** Reads a table description from the start of `bytes`. Kind `corrupt`, code `MALFORMED_BYTES`. */
export function readFseDescription(bytes: Uint8Array, limits: FseLimits): FseDescription {
  const bits = new ForwardBits(bytes);
  const accuracyLog = bits.read(4) + 5;
  if (accuracyLog > limits.accuracyLogMax) throw malformed(`A Zstandard table has an accuracy of ${accuracyLog} bits`);
  const counts: number[] = [];
  let remaining = 1 << accuracyLog;
  while (remaining > 0) {
    if (counts.length > limits.symbolMax) throw malformed("A Zstandard table has too many symbols");
    const count = readCount(bits, remaining);
    remaining -= Math.abs(count);
    counts.push(count);
    if (count !== 0) continue;
    for (let repeat = 3; repeat === 3;) {
      repeat = bits.read(2);
      for (let index = 0; index < repeat; index++) counts.push(0);
      if (counts.length > limits.symbolMax + 1) throw malformed("A Zstandard table has too many symbols");
    }
  }
  const length = (bits.position + 7) >>> 3;
  if (length > bytes.length) throw malformed("A Zstandard table is cut off");
  return { counts, accuracyLog, length };
}

/** One probability: small values take a bit less. */
function readCount(bits: ForwardBits, remaining: number): number {
  const width = 32 - Math.clz32(remaining + 1);
  const short = (1 << (width - 1)) - 1;
  const threshold = (1 << width) - 1 - (remaining + 1);
  const value = bits.peek(width);
  if ((value & short) < threshold) {
    bits.position += width - 1;
    return (value & short) - 1;
  }
  bits.position += width;
  return (value > short ? value - threshold : value) - 1;
}

/** Little-endian bits from the start; zeros behind the end. */
class ForwardBits {
  readonly #bytes: Uint8Array;
  position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  peek(count: number): number {
    const at = this.position >>> 3;
    const bytes = this.#bytes;
    const word = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
    return (word >>> (this.position & 7)) & ((1 << count) - 1);
  }

  read(count: number): number {
    const value = this.peek(count);
    this.position += count;
    if (this.position > this.#bytes.length * 8) throw malformed("A Zstandard table is cut off");
    return value;
  }
}
