import { malformed } from "@streambed/kernel";

// Tables of RFC 8878, section 3.1.1.3.2: a code is a baseline plus some extra bits.

/** Extra bits of each literal length code. */
export const LITERAL_BITS: readonly number[] = [
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
];

/** Extra bits of each match length code. */
export const MATCH_BITS: readonly number[] = [
  ...Array.from({ length: 32 }, () => 0),
  1,
  1,
  1,
  1,
  2,
  2,
  3,
  3,
  4,
  4,
  5,
  7,
  8,
  9,
  10,
  11,
  12,
  13,
  14,
  15,
  16,
];

/** Smallest value of each code: values follow each other without a gap. */
function baselines(bits: readonly number[], first: number): readonly number[] {
  let next = first;
  return bits.map((width) => {
    const baseline = next;
    next += 2 ** width;
    return baseline;
  });
}

/** Smallest literal length of each code. */
export const LITERAL_BASELINES: readonly number[] = baselines(LITERAL_BITS, 0);
/** Smallest match length of each code. */
export const MATCH_BASELINES: readonly number[] = baselines(MATCH_BITS, 3);

/** One of the three kinds of numbers in a sequence, with its limits and its predefined distribution. */
export interface CodeKind {
  readonly symbolMax: number;
  readonly accuracyLogMax: number;
  readonly defaultLog: number;
  readonly defaultCounts: readonly number[];
}

export const LITERAL_KIND: CodeKind = {
  symbolMax: 35,
  accuracyLogMax: 9,
  defaultLog: 6,
  defaultCounts: [
    4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1,
  ],
};

export const MATCH_KIND: CodeKind = {
  symbolMax: 52,
  accuracyLogMax: 9,
  defaultLog: 6,
  defaultCounts: [1, 4, 3, 2, 2, 2, 2, 2, 2, ...Array.from({ length: 37 }, () => 1), -1, -1, -1, -1, -1, -1, -1],
};

export const OFFSET_KIND: CodeKind = {
  symbolMax: 31,
  accuracyLogMax: 8,
  defaultLog: 5,
  defaultCounts: [1, 1, 1, 1, 1, 1, 2, 2, 2, ...Array.from({ length: 15 }, () => 1), -1, -1, -1, -1, -1],
};

/** Offsets a decoder knows at the start of a frame. */
export const FIRST_REPEATS: readonly [number, number, number] = [1, 4, 8];

/** Refuses symbols that a one-symbol table may not have. */
export function checkSymbol(symbol: number | undefined, kind: CodeKind): number {
  if (symbol === undefined || symbol > kind.symbolMax) throw malformed(`A Zstandard code ${symbol} does not exist`);
  return symbol;
}
