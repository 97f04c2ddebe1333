import type { BitWriter } from "./bit-writer.ts";
import type { CodeKind } from "./codes.ts";
import { spreadSymbols } from "./fse-spread.ts";

/* oxlint-disable typescript/no-non-null-assertion -- only symbols that have a probability are encoded */

/** An encoding table: what {@link FseTable} undoes. */
export interface FseEncoder {
  readonly accuracyLog: number;
  readonly states: Uint16Array;
  /** Per symbol: added to a state, its upper half is the number of bits to write. */
  readonly bitDeltas: Int32Array;
  /** Per symbol: added to the shortened state, it gives the place of the next one. */
  readonly stateDeltas: Int32Array;
}

/** The predefined tables, built when a block first asks for one. */
const PREDEFINED = new Map<CodeKind, FseEncoder>();

/** The encoding table of the predefined distribution of a kind. */
export function predefinedEncoder(kind: CodeKind): FseEncoder {
  const known = PREDEFINED.get(kind);
  if (known !== undefined) return known;
  const encoder = buildFseEncoder(kind.defaultCounts, kind.defaultLog);
  PREDEFINED.set(kind, encoder);
  return encoder;
}

/** Builds the encoding table of a distribution; -1 stands for "less than one". */
export function buildFseEncoder(counts: readonly number[], accuracyLog: number): FseEncoder {
  const size = 1 << accuracyLog;
  const symbols = spreadSymbols(counts, accuracyLog);
  const bitDeltas = new Int32Array(counts.length);
  const stateDeltas = new Int32Array(counts.length);
  const next = new Int32Array(counts.length);
  let total = 0;
  for (let symbol = 0; symbol < counts.length; symbol++) {
    const count = Math.abs(counts[symbol]!);
    if (count === 0) continue;
    next[symbol] = total;
    const bits = count === 1 ? accuracyLog : accuracyLog - (31 - Math.clz32(count - 1));
    bitDeltas[symbol] = (bits << 16) - (count << bits);
    stateDeltas[symbol] = total - count;
    total += count;
  }
  const states = new Uint16Array(size);
  for (let state = 0; state < size; state++) {
    const symbol = symbols[state]!;
    states[next[symbol]!++] = size + state;
  }
  return { accuracyLog, states, bitDeltas, stateDeltas };
}

/** The state that stands for the last symbol of a stream, which is the first one to be encoded. */
export function firstFseState(encoder: FseEncoder, symbol: number): number {
  const delta = encoder.bitDeltas[symbol]!;
  const bits = (delta + 0x8000) >>> 16;
  return encoder.states[(((bits << 16) - delta) >>> bits) + encoder.stateDeltas[symbol]!]!;
}

/** Encodes one symbol: writes what the decoder needs to come back to `state`, and returns the next state. */
export function encodeFseSymbol(encoder: FseEncoder, writer: BitWriter, state: number, symbol: number): number {
  const bits = (state + encoder.bitDeltas[symbol]!) >>> 16;
  writer.add(state, bits);
  return encoder.states[(state >>> bits) + encoder.stateDeltas[symbol]!]!;
}

/** Scales counts so that they add up to a power of two; a symbol that occurs keeps at least one. */
export function normalizeCounts(counts: readonly number[], accuracyLog: number): number[] {
  const size = 1 << accuracyLog;
  let total = 0;
  for (const count of counts) total += count;
  const normalized = counts.map((count) => (count === 0 ? 0 : Math.max(1, Math.round((count * size) / total))));
  let excess = -size;
  for (const count of normalized) excess += count;
  while (excess !== 0) {
    // What rounding left over goes to the largest, where it costs least.
    let largest = 0;
    for (let symbol = 0; symbol < normalized.length; symbol++) {
      if (normalized[symbol]! > normalized[largest]!) largest = symbol;
    }
    const change = excess < 0 ? -excess : -Math.min(excess, Math.max(1, normalized[largest]! >>> 2));
    normalized[largest] = normalized[largest]! + change;
    excess += change;
  }
  return normalized;
}

/** Writes a distribution as a table description, the reverse of `readFseDescription`. */
export function writeFseDescription(counts: readonly number[], accuracyLog: number, writer: BitWriter): void {
  writer.add(accuracyLog - 5, 4);
  let remaining = 1 << accuracyLog;
  for (let symbol = 0; remaining > 0;) {
    const count = counts[symbol++]!;
    writeCount(count, remaining, writer);
    remaining -= Math.abs(count);
    if (count !== 0) continue;
    let zeros = 0;
    while (counts[symbol] === 0) {
      zeros++;
      symbol++;
    }
    for (; zeros >= 3; zeros -= 3) writer.add(3, 2);
    writer.add(zeros, 2);
  }
}

function writeCount(count: number, remaining: number, writer: BitWriter): void {
  const width = 32 - Math.clz32(remaining + 1);
  const short = (1 << (width - 1)) - 1;
  const threshold = (1 << width) - 1 - (remaining + 1);
  const value = count + 1;
  if (value < threshold) writer.add(value, width - 1);
  else writer.add(value > short ? value + threshold : value, width);
}

/** Bits that encoding these counts takes with a distribution, roughly; infinite when it lacks a symbol. */
export function fseCost(counts: readonly number[], distribution: readonly number[], accuracyLog: number): number {
  let bits = 0;
  for (let symbol = 0; symbol < counts.length; symbol++) {
    const count = counts[symbol]!;
    if (count === 0) continue;
    const share = Math.abs(distribution[symbol] ?? 0);
    if (share === 0) return Number.POSITIVE_INFINITY;
    bits += count * (accuracyLog - Math.log2(share));
  }
  return bits;
}
