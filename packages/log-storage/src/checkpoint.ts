import { byteLength, hasCode, messageOf } from "@streambed/kernel";
import type { Clock, Logger } from "@streambed/kernel";
import { encodePageObject, encodeRoot, encodeRootContent, readRoot } from "./checkpoint-root.ts";
import type { PageReference } from "./checkpoint-root.ts";
import { inParallel } from "./in-parallel.ts";
import { checkpointPageKey, checkpointRootKey } from "./keys.ts";
import {
  CHECKPOINT_BYTES_PER_ENTRY,
  CHECKPOINT_ENTRIES_MIN,
  CHECKPOINT_INTERVAL_ENTRIES_MAX,
  CHECKPOINT_INTERVAL_MS,
  PAGES_AT_ONCE,
  POINTER_SWAPS_MAX,
} from "./limits.ts";
import type { LogState } from "./log-state.ts";
import { PageSnapshot } from "./page-snapshot.ts";
import type { Pointer, PointerRead } from "./pointer.ts";
import { floorOfLog, readPointer, swapPointer } from "./pointer.ts";
import type { LogStore } from "./ports/log-store.ts";
import type { ObjectStore } from "./ports/object-store.ts";

/** What checkpoints are made of. */
export interface CheckpointParts {
  readonly store: ObjectStore;
  readonly log: LogStore;
  readonly shard: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Entries after which a checkpoint is due. */
  readonly intervalEntries: number;
  /** How long none is written after this process became the one to write them, milliseconds. */
  readonly restMs: number;
  /** The checkpoint from which the state was restored. */
  readonly base: CheckpointBase | undefined;
}

/** A published checkpoint whose pages the next one may refer to. */
export interface CheckpointBase {
  readonly seq: number;
  readonly pages: readonly PageReference[];
}

/**
 * Writes checkpoints of one shard: pages that changed, then the root, then the pointer. Pages and roots are immutable
 * and follow from the fold. A checkpoint refers to pages of the one that the pointer names at that moment and to no
 * others, so what the pointer's root lists is all that must be kept.
 */
export class Checkpoints {
  readonly #parts: CheckpointParts;
  /** Whether this process is the one to write checkpoints now. */
  isWriter: () => boolean = () => true;
  #base: CheckpointBase | undefined;
  #saving: Promise<void> | undefined;
  #lastSeq: number;
  /** When the first entry behind the last checkpoint was folded. */
  #busySinceMs: number | undefined;
  #lastBytes = 0;
  /** `clock.elapsed()` when {@link isWriter} was first seen true; undefined while it is not. Without a rest at the start. */
  #writerSinceMs: number | undefined = -Infinity;

  constructor(parts: CheckpointParts) {
    this.#parts = parts;
    this.#base = parts.base;
    this.#lastSeq = parts.base?.seq ?? -1;
  }

  /** Entry of the newest checkpoint that this process wrote, or began with; -1: none. */
  get newestSeq(): number {
    return this.#base?.seq ?? -1;
  }

  /** Called after each entry; saves when it is time. */
  noteFolded(state: LogState): void {
    const nowMs = this.#parts.clock.elapsed();
    this.#busySinceMs ??= nowMs;
    this.#writerSinceMs = this.isWriter() ? (this.#writerSinceMs ?? nowMs) : undefined;
    const isRested = this.#writerSinceMs !== undefined && nowMs - this.#writerSinceMs >= this.#parts.restMs;
    if (isRested && this.#isDue(state.seq - this.#lastSeq)) this.save(state);
  }

  /** Large checkpoints are written less often, so that their bytes stay in proportion to those of the log. */
  #isDue(entries: number): boolean {
    const bySize = Math.min(this.#lastBytes / CHECKPOINT_BYTES_PER_ENTRY, CHECKPOINT_INTERVAL_ENTRIES_MAX);
    if (entries >= Math.max(this.#parts.intervalEntries, bySize)) return true;
    const busyMs = this.#parts.clock.elapsed() - (this.#busySinceMs ?? Infinity);
    return entries >= Math.max(CHECKPOINT_ENTRIES_MIN, bySize) && busyMs >= CHECKPOINT_INTERVAL_MS;
  }

  /**
   * Writes a checkpoint in the background unless one is being written. A failure costs nothing but a longer replay, so
   * it is only logged.
   */
  save(state: LogState): void {
    if (this.#saving !== undefined) return;
    this.#lastSeq = state.seq;
    this.#busySinceMs = undefined;
    const { logger, shard } = this.#parts;
    this.#saving = this.#save(state)
      .catch((error: unknown) => {
        logger.log("warn", "checkpoint-failed", { shard, seq: state.seq, error: messageOf(error) });
      })
      .finally(() => {
        this.#saving = undefined;
      });
  }

  /** Resolves when nothing is being written any more. */
  async settled(): Promise<void> {
    await this.#saving;
  }

  async #save(state: LogState): Promise<void> {
    const { store, log, shard } = this.#parts;
    const current = await readPointer(store, shard);
    const base = await this.#baseFor(current.pointer);
    const pointer = current.pointer ?? { checkpointSeq: -1, gcFloor: await floorOfLog(log), floorSinceMs: 0 };
    if (pointer.checkpointSeq >= state.seq) {
      this.#base = base;
      return;
    }
    const seq = state.seq;
    this.#lastSeq = seq;
    const pages = await this.#write(state, base);
    await this.#publish(seq, { ...current, pointer });
    this.#base = pages === undefined ? undefined : { seq, pages };
  }

  /** Only pages of the published checkpoint are sure to stay. */
  async #baseFor(pointer: Pointer | undefined): Promise<CheckpointBase | undefined> {
    if (pointer === undefined) return undefined;
    const seq = pointer.checkpointSeq;
    if (this.#base?.seq === seq) return this.#base;
    try {
      const root = await readRoot(this.#parts.store, this.#parts.shard, seq);
      return root === undefined ? undefined : { seq, pages: root.pages };
    } catch (error) {
      // Broken or of another version: all pages are written anew.
      if (hasCode(error, "MALFORMED_BYTES")) return undefined;
      throw error;
    }
  }

  /** Pages before the root. Returns the list of pages, or undefined when somebody else wrote the root. */
  async #write(state: LogState, base: CheckpointBase | undefined): Promise<readonly PageReference[] | undefined> {
    const { store, shard } = this.#parts;
    const { partitions } = state.rows;
    const { seq } = state;
    const known = new Map(base?.pages.map((reference) => [reference.page, reference]));
    const reusable = (page: number): PageReference | undefined => {
      const reference = known.get(page);
      return reference !== undefined && reference.seq >= partitions.changedSeq(page) ? reference : undefined;
    };
    const plan = partitions.usedPages().map((page) => ({ page, reused: reusable(page) }));
    const changed = plan.filter(({ reused }) => reused === undefined).map(({ page }) => page);
    // From here to the first await nothing is folded: root and snapshot are of one moment.
    const snapshot = new PageSnapshot(state, changed);
    const content = encodeRootContent(state);
    try {
      let bytes = content.length;
      const pages = await inParallel(plan, PAGES_AT_ONCE, async ({ page, reused }) => {
        if (reused !== undefined) return reused;
        const { body, crc } = encodePageObject(snapshot.take(page));
        bytes += byteLength(body);
        await store.put(checkpointPageKey(shard, seq, page), body, { condition: { kind: "absent" } });
        return { page, seq, crc };
      });
      this.#lastBytes = bytes;
      const root = encodeRoot(content, pages);
      const { outcome } = await store.put(checkpointRootKey(shard, seq), root, { condition: { kind: "absent" } });
      return outcome === "written" ? pages : undefined;
    } finally {
      snapshot.close();
    }
  }

  /** Never moves the pointer back: a lost race is merged with what the winner wrote. */
  async #publish(checkpointSeq: number, first: PointerRead): Promise<void> {
    const { store, shard } = this.#parts;
    let current = first;
    for (let attempt = 0; attempt < POINTER_SWAPS_MAX; attempt++) {
      const { gcFloor = -1, floorSinceMs = 0 } = current.pointer ?? {};
      const next = { checkpointSeq, gcFloor, floorSinceMs };
      if ((await swapPointer(store, shard, current, next)) !== undefined) return;
      current = await readPointer(store, shard);
      if ((current.pointer?.checkpointSeq ?? -1) >= checkpointSeq) return;
    }
  }
}
