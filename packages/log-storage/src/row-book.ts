import { invariant } from "@streambed/kernel";
import { PackTable } from "./pack-table.ts";
import type { Partition } from "./partition.ts";
import { PartitionTable } from "./partition-table.ts";
import { RowSum } from "./row-sum.ts";
import type { RowRange, Run } from "./run-index.ts";
import { packOfSource } from "./run-index.ts";

/** Place of an entry in the log, and the log's time there. */
export interface LogMoment {
  readonly seq: number;
  readonly timestampMs: number;
}

/**
 * The one place where rows come and go, so that everything counted over them stays right: bytes of the partition, live
 * parts of packs, the rolling checksum, and which pages of a checkpoint have changed.
 */
export class RowBook {
  readonly partitions: PartitionTable = new PartitionTable();
  readonly packs: PackTable = new PackTable();
  readonly sum: RowSum = new RowSum();

  /** Adds a row behind all others of the partition, which the caller has touched. */
  append(partition: Partition, run: Run): void {
    partition.runs.push(run);
    this.#count(partition, run);
  }

  /** Makes the row that was appended last longer. */
  extend(
    partition: Partition,
    endOffset: number,
    extra: { readonly length: number; readonly maxTimestampMs: number },
  ): void {
    partition.runs.extendLast(endOffset, extra.length, extra.maxTimestampMs);
    partition.bytes += extra.length;
    this.sum.extend(extra.length, endOffset - partition.endOffset);
  }

  /** Puts rows, or none, in the place of a range. */
  replace(partition: Partition, range: RowRange, runs: readonly Run[], at: LogMoment): void {
    this.partitions.touch(partition, at.seq);
    // First in, then out: a pack that loses and gains a row by the same entry is not retired.
    for (const run of runs) this.#count(partition, run);
    for (let index = range.first; index < range.end; index++) this.#uncount(partition, partition.runs.at(index), at);
    partition.runs.replace(range, runs);
  }

  /** Moves the log start forward and forgets the rows below. */
  advanceStart(partition: Partition, offset: number, at: LogMoment): void {
    this.partitions.touch(partition, at.seq);
    const { runs } = partition;
    const end = runs.indexOfOffset(offset);
    for (let index = 0; index < end; index++) this.#uncount(partition, runs.at(index), at);
    runs.dropBefore(offset);
    partition.logStartOffset = offset;
  }

  /** Forgets a partition with all its rows. */
  remove(partition: Partition, at: LogMoment): void {
    this.partitions.touch(partition, at.seq);
    for (let index = 0; index < partition.runs.length; index++) this.#uncount(partition, partition.runs.at(index), at);
    // Whoever still holds the partition finds nothing, rather than rows whose objects are deleted.
    partition.runs.dropBefore(Infinity);
    this.partitions.remove(partition, at.seq);
  }

  #count(partition: Partition, run: Run): void {
    partition.bytes += run.length;
    this.sum.add(partition.salt, run);
    const pack = packOfSource(run.source);
    if (pack !== undefined) invariant(this.packs.retain(pack), "a row lies in a known pack");
  }

  #uncount(partition: Partition, run: Run | undefined, at: LogMoment): void {
    if (run === undefined) return;
    partition.bytes -= run.length;
    this.sum.remove(partition.salt, run);
    const pack = packOfSource(run.source);
    if (pack !== undefined) this.packs.release(pack, at);
  }
}
