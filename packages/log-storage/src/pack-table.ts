import { invariant } from "@streambed/kernel";

/** An object with many runs, sorted by partition; see `pack-writer.ts`. */
export interface Pack {
  /** Its number in the shard; never used again. */
  readonly number: number;
  /** UUID in its key. */
  readonly packId: string;
  /** How often its content was merged: 1 when it was made of entries. */
  readonly level: number;
  /** Size of the object. */
  readonly bytes: number;
  readonly footerPosition: number;
  /** Packs of one class hold partitions that are kept about equally long, so that whole packs expire. */
  readonly retentionClass: number;
  /** Rows that lie in it. */
  readonly liveParts: number;
}

/** A pack in which no row lies any more: to be deleted when nobody can read by an older state. */
export interface RetiredPack {
  readonly number: number;
  readonly packId: string;
  readonly level: number;
  /** Entry that took its last row away. */
  readonly retiredSeq: number;
  /** Log time of that entry. */
  readonly retiredMs: number;
}

/** What an install says about a pack. */
export type PackDescription = Omit<Pack, "number" | "liveParts">;

/** The packs of a shard, as the fold knows them. */
export class PackTable {
  readonly live: Map<number, Pack> = new Map();
  readonly retired: Map<number, RetiredPack> = new Map();
  /** Number of the next pack. */
  nextNumber: number = 0;
  readonly #ids = new Set<string>();

  /** True for a pack that is live, or not deleted yet. */
  knows(packId: string): boolean {
    return this.#ids.has(packId);
  }

  /** Gives a new pack its number. */
  add(pack: PackDescription): number {
    const number = this.nextNumber;
    this.nextNumber++;
    this.restore({ ...pack, number, liveParts: 0 });
    return number;
  }

  /** Puts a pack from a checkpoint back. */
  restore(pack: Pack): void {
    this.live.set(pack.number, pack);
    this.#ids.add(pack.packId);
  }

  /** Puts a retired pack from a checkpoint back. */
  restoreRetired(pack: RetiredPack): void {
    this.retired.set(pack.number, pack);
    this.#ids.add(pack.packId);
  }

  /** One row more lies in the pack. False when there is no such pack. */
  retain(number: number): boolean {
    const pack = this.live.get(number);
    if (pack === undefined) return false;
    this.live.set(number, { ...pack, liveParts: pack.liveParts + 1 });
    return true;
  }

  /** One row less; the pack without rows is retired. */
  release(number: number, at: { readonly seq: number; readonly timestampMs: number }): void {
    const pack = this.live.get(number);
    invariant(pack !== undefined && pack.liveParts > 0, "a row lies in a live pack");
    if (pack.liveParts > 1) {
      this.live.set(number, { ...pack, liveParts: pack.liveParts - 1 });
      return;
    }
    this.live.delete(number);
    const { packId, level } = pack;
    this.retired.set(number, { number, packId, level, retiredSeq: at.seq, retiredMs: at.timestampMs });
  }

  /** Forgets retired packs whose objects were deleted; numbers of others are ignored. */
  forget(numbers: readonly number[]): void {
    for (const number of numbers) {
      const pack = this.retired.get(number);
      if (pack === undefined) continue;
      this.retired.delete(number);
      this.#ids.delete(pack.packId);
    }
  }
}
