/** Where a stretch of consecutive offsets of one partition lies: one byte range of one entry. */
export interface Run {
  readonly baseOffset: number;
  /** First offset after the run. */
  readonly endOffset: number;
  readonly seq: number;
  readonly position: number;
  readonly length: number;
  readonly maxTimestampMs: number;
  /** Leader epoch under which it was written. */
  readonly epoch: number;
}

const COLUMNS = 7;
const FIRST_ROWS = 4;

/**
 * The runs of a partition in offset order, kept as one array of numbers (56 bytes a run) because a busy shard has
 * millions of them.
 */
export class RunIndex {
  #cells: Float64Array = new Float64Array(0);
  #first = 0;
  #count = 0;

  /** Number of runs. */
  get length(): number {
    return this.#count - this.#first;
  }

  /** Adds a run behind all others. */
  push(run: Run): void {
    if ((this.#count + 1) * COLUMNS > this.#cells.length) this.#grow();
    const { baseOffset, endOffset, seq, position, length, maxTimestampMs, epoch } = run;
    this.#cells.set([baseOffset, endOffset, seq, position, length, maxTimestampMs, epoch], this.#count * COLUMNS);
    this.#count++;
  }

  /** Makes the last run longer; the bytes added must follow it directly. */
  extendLast(endOffset: number, extraLength: number, maxTimestampMs: number): void {
    const at = (this.#count - 1) * COLUMNS;
    this.#cells[at + 1] = endOffset;
    this.#cells[at + 4] = (this.#cells[at + 4] ?? 0) + extraLength;
    this.#cells[at + 5] = Math.max(this.#cells[at + 5] ?? 0, maxTimestampMs);
  }

  #grow(): void {
    const live = this.#cells.subarray(this.#first * COLUMNS, this.#count * COLUMNS);
    const bigger = new Float64Array(Math.max(FIRST_ROWS * COLUMNS, live.length * 2));
    bigger.set(live);
    this.#count -= this.#first;
    this.#first = 0;
    this.#cells = bigger;
  }

  /** Run number `index`, or undefined behind the last. */
  at(index: number): Run | undefined {
    const row = this.#first + index;
    if (index < 0 || row >= this.#count) return undefined;
    const cell = (column: number): number => this.#cells[row * COLUMNS + column] ?? 0;
    return {
      baseOffset: cell(0),
      endOffset: cell(1),
      seq: cell(2),
      position: cell(3),
      length: cell(4),
      maxTimestampMs: cell(5),
      epoch: cell(6),
    };
  }

  /** Index of the first run that ends after `offset`. */
  indexOfOffset(offset: number): number {
    return this.#lowerBound(1, offset);
  }

  /** Index of the first run written by an entry above `seq`. */
  indexAfterSeq(seq: number): number {
    return this.#lowerBound(2, seq);
  }

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

  /** Largest record timestamp of all runs, milliseconds; -1 without runs. */
  maxTimestampMs(): number {
    let max = -1;
    for (let row = this.#first; row < this.#count; row++) max = Math.max(max, this.#cells[row * COLUMNS + 5] ?? -1);
    return max;
  }

  /** Forgets runs that end at or before `offset`. */
  dropBefore(offset: number): void {
    this.#first += this.indexOfOffset(offset);
  }
}
