/** Where a stretch of offsets of one partition lies: one byte range of one entry or pack. */
export interface Run {
  readonly baseOffset: number;
  /** First offset after the run. Offsets in between may be missing in a pack (topic compaction). */
  readonly endOffset: number;
  /** Number of the entry when 0 or more; {@link packOfSource} otherwise. */
  readonly source: number;
  readonly position: number;
  readonly length: number;
  readonly maxTimestampMs: number;
  /** Leader epoch under which it was written; 0 in packs, whose batches carry their own. */
  readonly epoch: number;
}

/** Rows of an index, from `first` up to but not including `end`. */
export interface RowRange {
  readonly first: number;
  readonly end: number;
}

/** The `source` of a run in a pack. */
export function sourceOfPack(packNumber: number): number {
  return -1 - packNumber;
}

/** Number of the pack that a `source` means, or undefined when it means an entry. */
export function packOfSource(source: number): number | undefined {
  return source < 0 ? -1 - source : undefined;
}

const COLUMNS = 7;
const [BASE, END, SOURCE, POSITION, LENGTH, TIMESTAMP, EPOCH] = [0, 1, 2, 3, 4, 5, 6] as const;
/** Rows of a first allocation. */
const FIRST_ROWS = 4;
/** Shared by all partitions with one run or none. */
const NO_CELLS: Float64Array = new Float64Array(0);

/**
 * The runs of a partition in offset order, kept as one array of numbers (56 bytes a run) because a busy shard has
 * millions of them. A single run is kept as it is: a large cluster has a hundred thousand partitions with one, and an
 * array of numbers costs 272 bytes before the first of them. Runs in packs come first, then those in entries.
 */
export class RunIndex {
  #only: Run | undefined;
  #cells: Float64Array = NO_CELLS;
  #first = 0;
  #count = 0;

  /** Number of runs. */
  get length(): number {
    return this.#only === undefined ? this.#count - this.#first : 1;
  }

  /** Adds a run behind all others. */
  push(run: Run): void {
    if (this.#cells === NO_CELLS && this.#only === undefined) {
      this.#only = run;
      return;
    }
    this.#spread();
    if ((this.#count + 1) * COLUMNS > this.#cells.length) this.#resize(Math.max(FIRST_ROWS, this.length * 2));
    this.#write(this.#count, run);
    this.#count++;
  }

  /** From a single run to numbers. */
  #spread(): void {
    const only = this.#only;
    if (only === undefined) return;
    this.#only = undefined;
    this.#cells = new Float64Array(FIRST_ROWS * COLUMNS);
    this.#write(0, only);
    this.#first = 0;
    this.#count = 1;
  }

  #write(row: number, run: Run): void {
    const cells = this.#cells;
    const at = row * COLUMNS;
    cells[at + BASE] = run.baseOffset;
    cells[at + END] = run.endOffset;
    cells[at + SOURCE] = run.source;
    cells[at + POSITION] = run.position;
    cells[at + LENGTH] = run.length;
    cells[at + TIMESTAMP] = run.maxTimestampMs;
    cells[at + EPOCH] = run.epoch;
  }

  /** Makes the last run longer; the bytes added must follow it directly. */
  extendLast(endOffset: number, extraLength: number, maxTimestampMs: number): void {
    this.#spread();
    const at = (this.#count - 1) * COLUMNS;
    this.#cells[at + END] = endOffset;
    this.#cells[at + LENGTH] = (this.#cells[at + LENGTH] ?? 0) + extraLength;
    this.#cells[at + TIMESTAMP] = Math.max(this.#cells[at + TIMESTAMP] ?? 0, maxTimestampMs);
  }

  #resize(rows: number): void {
    const live = this.#cells.subarray(this.#first * COLUMNS, this.#count * COLUMNS);
    this.#cells = new Float64Array(rows * COLUMNS);
    this.#cells.set(live);
    this.#count -= this.#first;
    this.#first = 0;
  }

  /** Run number `index`, or undefined behind the last. */
  at(index: number): Run | undefined {
    if (this.#only !== undefined) return index === 0 ? this.#only : undefined;
    const row = this.#first + index;
    if (index < 0 || row >= this.#count) return undefined;
    const cell = (column: number): number => this.#cells[row * COLUMNS + column] ?? 0;
    return {
      baseOffset: cell(BASE),
      endOffset: cell(END),
      source: cell(SOURCE),
      position: cell(POSITION),
      length: cell(LENGTH),
      maxTimestampMs: cell(TIMESTAMP),
      epoch: cell(EPOCH),
    };
  }

  /** Index of the first run that ends after `offset`. */
  indexOfOffset(offset: number): number {
    if (this.#only !== undefined) return this.#only.endOffset > offset ? 0 : 1;
    return this.#lowerBound(END, offset);
  }

  /** Index of the first run in which `column` is above `value`; the column must ascend. */
  #lowerBound(column: number, value: number): number {
    let low = this.#first;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#cells[middle * COLUMNS + column] ?? 0) > value) high = middle;
      else low = middle + 1;
    }
    return low - this.#first;
  }

  /** The runs inside a range of offsets. Undefined when there is none, or when one lies across a border of the range. */
  rowsWithin(baseOffset: number, endOffset: number): RowRange | undefined {
    this.#spread();
    const first = this.#lowerBound(END, baseOffset);
    const end = this.#lowerBound(BASE, endOffset - 1);
    if (end <= first) return undefined;
    const isInside =
      (this.at(first)?.baseOffset ?? -1) >= baseOffset && (this.at(end - 1)?.endOffset ?? Infinity) <= endOffset;
    return isInside ? { first, end } : undefined;
  }

  /** Puts runs, or none, in the place of a range of at least one. */
  replace({ first, end }: RowRange, runs: readonly Run[]): void {
    this.#spread();
    const removed = end - first - runs.length;
    if ((this.#count - removed) * COLUMNS > this.#cells.length) this.#resize((this.length - removed) * 2);
    const [from, to] = [this.#first + first, this.#first + end];
    // The shorter side moves: housekeeping replaces rows near the beginning.
    const movesHead = removed >= 0 && first <= this.length - end;
    if (movesHead) {
      this.#cells.copyWithin((this.#first + removed) * COLUMNS, this.#first * COLUMNS, from * COLUMNS);
      this.#first += removed;
    } else {
      this.#cells.copyWithin((to - removed) * COLUMNS, to * COLUMNS, this.#count * COLUMNS);
      this.#count -= removed;
    }
    for (const [at, run] of runs.entries()) this.#write((movesHead ? from + removed : from) + at, run);
    this.#shrink();
  }

  /** Largest record timestamp of all runs, milliseconds; -1 without runs. */
  maxTimestampMs(): number {
    let max = this.#only?.maxTimestampMs ?? -1;
    for (let row = this.#first; row < this.#count; row++)
      max = Math.max(max, this.#cells[row * COLUMNS + TIMESTAMP] ?? -1);
    return max;
  }

  /** Forgets runs that end at or before `offset`. */
  dropBefore(offset: number): void {
    this.#spread();
    this.#first += this.indexOfOffset(offset);
    this.#shrink();
  }

  /** Gives memory back when three quarters of it are unused. */
  #shrink(): void {
    const live = this.length;
    if (live <= 1) {
      this.#only = this.at(0);
      this.#cells = NO_CELLS;
      this.#first = 0;
      this.#count = 0;
    } else if (live * 4 <= this.#cells.length / COLUMNS) this.#resize(live);
  }
}
