import { StreambedError } from "@streambed/kernel";

/** What a look at the floor found: entries up to `floor` may be deleted, as of the store's time `storeTimeMs`. */
export interface FloorRead {
  readonly floor: number;
  readonly storeTimeMs: number;
}

/** What a time rule is made of. */
export interface TimeRuleParts {
  /** How old, in the store's time, the last proof may be for conclusions to stand without another look. */
  readonly safeMs: number;
  /** The store's time at which the floor was known to be at or below the tail that was restored. */
  readonly verifiedAtMs: number;
  readonly readFloor: () => Promise<FloorRead>;
  /** The last entry that was folded. */
  readonly foldedSeq: () => number;
}

/**
 * Deleting an entry's key makes it free again. Whoever slept through the deletion would write under it and believe that
 * its record is committed, or take for the end of the log what is long past. So every conclusion from the store ("my
 * write succeeded", "this entry is the next one", "nothing is behind it") counts only when it was answered soon enough
 * after a moment at which the floor of deletions was known to be at or below our tail: a key above a floor is deleted
 * only a grace period after the floor has passed it, and that period is longer. Otherwise the floor is read again,
 * after the operation. All times are the store's own; no local clock is trusted.
 */
export class TimeRule {
  readonly #parts: TimeRuleParts;
  #verifiedAtMs: number;

  constructor(parts: TimeRuleParts) {
    this.#parts = parts;
    this.#verifiedAtMs = parts.verifiedAtMs;
  }

  /** The store answered at this time that our tail was the tail: then no floor was above it. */
  noteTail(storeTimeMs: number): void {
    this.#verifiedAtMs = Math.max(this.#verifiedAtMs, storeTimeMs);
  }

  /** Whether the last proof is young enough for what the store answered at this time, without another look. */
  isFresh(storeTimeMs: number): boolean {
    return storeTimeMs - this.#verifiedAtMs <= this.#parts.safeMs;
  }

  /**
   * Whether what the store answered at `storeTimeMs` about the entry behind `tailSeq` can be believed.
   * Reads the floor only if the last proof is too old.
   */
  async holds(storeTimeMs: number, tailSeq: number): Promise<boolean> {
    if (this.isFresh(storeTimeMs)) return true;
    const read = await this.#parts.readFloor();
    if (read.floor > tailSeq) return false;
    // Said of an entry ahead of others on their way, it proves nothing about those: the floor may be between them.
    if (read.floor <= this.#parts.foldedSeq()) this.noteTail(read.storeTimeMs);
    return true;
  }
}

/** This process slept so long that its part of the log may be deleted. Nothing was acknowledged. */
export function logStale(): StreambedError {
  return new StreambedError({
    kind: "unavailable",
    code: "LOG_STALE",
    retriable: true,
    message:
      "This process did not look at its log for so long that entries it needs may be gone; it opens the log anew.",
  });
}
