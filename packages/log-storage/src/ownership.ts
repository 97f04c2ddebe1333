import type { Logger } from "@streambed/kernel";
import { StreambedError } from "@streambed/kernel";
import type { FoldedLog } from "./folded-log.ts";
import type { Owner } from "./log-state.ts";

/** Who may append: any process at any time, or only one that has claimed the shard. */
export type OwnershipMode = "shared" | "owned";

/** Who owns a shard, as far as this process has folded its log. A hint; the log itself decides. */
export interface Ownership {
  /** Partition leader epoch of all partitions of the shard. */
  readonly epoch: number;
  /** Undefined: nobody yet, or the last owner released it. */
  readonly owner: Owner | undefined;
  /** This process owns it and is not about to give it up. */
  readonly isOurs: boolean;
  /** Number of the last entry folded. */
  readonly tailSeq: number;
  /** `clock.elapsed()` when an entry was last folded here. */
  readonly lastEntryElapsedMs: number;
}

/** What a tenure is made of. */
export interface TenureParts {
  readonly mode: OwnershipMode;
  readonly writerId: string;
  readonly folded: FoldedLog;
  readonly logger: Logger;
}

/** This process' view of the ownership, and what follows from it. */
export class Tenure implements Ownership {
  readonly #parts: TenureParts;
  readonly #listeners = new Set<() => void>();
  #releasing = false;
  #seen: { readonly epoch: number; readonly owner: Owner | undefined };

  constructor(parts: TenureParts) {
    this.#parts = parts;
    const { epoch, owner } = parts.folded.state;
    this.#seen = { epoch, owner };
  }

  get epoch(): number {
    return this.#parts.folded.state.epoch;
  }

  get owner(): Owner | undefined {
    return this.#parts.folded.state.owner;
  }

  get isOurs(): boolean {
    return !this.#releasing && this.#isWriter(this.owner);
  }

  get tailSeq(): number {
    return this.#parts.folded.state.seq;
  }

  get lastEntryElapsedMs(): number {
    return this.#parts.folded.lastEntryElapsedMs;
  }

  get isShared(): boolean {
    return this.#parts.mode === "shared";
  }

  /** Whether appends are accepted now. */
  get mayAppend(): boolean {
    return this.isShared || this.isOurs;
  }

  /** Calls back after each change of epoch, owner or `isOurs`. Returns the function that stops it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Between the wish to release and the end of the entry that does it. */
  setReleasing(releasing: boolean): void {
    if (this.#releasing === releasing) return;
    this.#releasing = releasing;
    this.#tellListeners();
  }

  /**
   * To be called after each folded entry. `whenEnded` is called before the listeners when what this process has queued
   * or on its way can no longer be written by it.
   */
  refresh(whenEnded: () => void): void {
    const { epoch, owner } = this.#parts.folded.state;
    const before = this.#seen;
    if (before.epoch === epoch && before.owner === owner) return;
    this.#seen = { epoch, owner };
    const isOurs = this.#isWriter(owner);
    if (!this.isShared && !isOurs && (epoch > before.epoch || this.#isWriter(before.owner))) whenEnded();
    this.#parts.logger.log("info", "ownership-changed", { epoch, nodeId: owner?.nodeId, isOurs });
    this.#tellListeners();
  }

  #isWriter(owner: Owner | undefined): boolean {
    return owner?.writerId === this.#parts.writerId;
  }

  #tellListeners(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** Somebody else is, or may be, the owner: the client finds out who and sends again. */
export function notOwner(): StreambedError {
  return new StreambedError({
    kind: "unavailable",
    code: "NOT_OWNER",
    retriable: true,
    message: "This process does not own the shard; look up the leader again and send the request there.",
  });
}
