import { invariant } from "@streambed/kernel";
import { PARTITIONS_PER_PAGE } from "./limits.ts";
import type { Partition } from "./partition.ts";

const pageOf = (slot: number): number => Math.floor(slot / PARTITIONS_PER_PAGE);

/**
 * All partitions of a shard in numbered slots; a new one takes the lowest that is free, so that every process gives it
 * the same. Neighbouring slots make up a page of a checkpoint, and the table knows by which entry each page was
 * changed last.
 */
export class PartitionTable {
  readonly #slots: (Partition | undefined)[] = [];
  readonly #changedSeq: number[] = [];
  #lowestFree = 0;
  /** Called with a page that is about to be changed. */
  beforeChange: ((page: number) => void) | undefined;

  /** Numbers of the pages that hold a partition, ascending. */
  usedPages(): readonly number[] {
    const pages: number[] = [];
    for (let slot = 0; slot < this.#slots.length; slot++) {
      if (this.#slots[slot] === undefined) continue;
      pages.push(pageOf(slot));
      slot = (pageOf(slot) + 1) * PARTITIONS_PER_PAGE - 1;
    }
    return pages;
  }

  /** Gives a new partition its slot; `seq` is the entry that creates it. */
  add(partition: Partition, seq: number): void {
    while (this.#slots[this.#lowestFree] !== undefined) this.#lowestFree++;
    this.place(partition, this.#lowestFree, seq);
  }

  /** Puts a partition from a checkpoint where it was. */
  place(partition: Partition, slot: number, seq: number): void {
    invariant(this.#slots[slot] === undefined, "a slot holds one partition");
    partition.slot = slot;
    this.touch(partition, seq);
    while (this.#slots.length < slot) this.#slots.push(undefined);
    this.#slots[slot] = partition;
  }

  /** Frees the slot of a deleted partition. */
  remove(partition: Partition, seq: number): void {
    const { slot } = partition;
    invariant(this.#slots[slot] === partition, "a partition is in its slot");
    this.touch(partition, seq);
    this.#slots[slot] = undefined;
    this.#lowestFree = Math.min(this.#lowestFree, slot);
    while (this.#slots.length > 0 && this.#slots.at(-1) === undefined) this.#slots.pop();
  }

  /** Notes that entry `seq` is going to change the partition. */
  touch(partition: Partition, seq: number): void {
    const page = pageOf(partition.slot);
    this.beforeChange?.(page);
    this.#changedSeq[page] = seq;
  }

  /** Entry that changed a page last. */
  changedSeq(page: number): number {
    return this.#changedSeq[page] ?? -1;
  }

  /** The partitions of a page in the order of their slots. */
  page(page: number): readonly Partition[] {
    const first = page * PARTITIONS_PER_PAGE;
    return this.#slots.slice(first, first + PARTITIONS_PER_PAGE).filter((partition) => partition !== undefined);
  }

  /** All partitions in the order of their slots. */
  *[Symbol.iterator](): Iterator<Partition> {
    for (const partition of this.#slots) if (partition !== undefined) yield partition;
  }
}
