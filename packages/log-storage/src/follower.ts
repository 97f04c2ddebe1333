import { messageOf, sleep } from "@streambed/kernel";
import type { Clock, Logger, Random } from "@streambed/kernel";
import type { FoldedLog } from "./folded-log.ts";
import { NOTED_TAIL_LOOKS_MAX, OWNER_LOOKS_EVERY_MS } from "./limits.ts";
import type { Partition } from "./partition.ts";
import { Backoff } from "./retry.ts";

/** What a follower is made of. */
export interface FollowerParts {
  readonly folded: FoldedLog;
  /** The owner hears of other writers only if something went wrong, so it need not look often. */
  readonly isOwner: () => boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Finds entries of other writers: on demand, and with growing pauses while somebody waits for new records. */
export class Follower {
  readonly #parts: FollowerParts;
  readonly #stop = new AbortController();
  #verifying: Promise<unknown> | undefined;
  #next: Promise<void> | undefined;
  #polling = false;
  /** Highest entry that somebody said exists. */
  #noted = -1;
  #chasing = false;

  constructor(parts: FollowerParts) {
    this.#parts = parts;
  }

  /** Callers that come while a look is under way share the next one, because theirs must begin after their call. */
  verify(): Promise<void> {
    if (this.#verifying === undefined) return this.#look();
    this.#next ??= this.#verifying
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.#look();
      });
    return this.#next;
  }

  async #look(): Promise<void> {
    const looking = this.#parts.folded.catchUp();
    this.#verifying = looking;
    try {
      await looking;
    } finally {
      if (this.#verifying === looking) this.#verifying = undefined;
    }
  }

  watch(partitions: readonly Partition[], listener: () => void): () => void {
    const unwatch = this.#parts.folded.watchers.watch(partitions, listener);
    void this.#poll();
    return unwatch;
  }

  /** See `ShardLog.noteTail`. */
  note(seq: number): void {
    this.#noted = Math.max(this.#noted, seq);
    void this.#chase();
  }

  stop(): void {
    this.#stop.abort(new Error("stopped"));
  }

  async #poll(): Promise<void> {
    if (this.#polling) return;
    this.#polling = true;
    const { folded, isOwner, clock, random, logger } = this.#parts;
    const backoff = new Backoff(clock, random);
    try {
      while (folded.watchers.count > 0) {
        await sleep(clock, isOwner() ? OWNER_LOOKS_EVERY_MS : backoff.next(), this.#stop.signal);
        if (folded.watchers.count > 0 && (await folded.catchUp()) > 0) backoff.reset();
      }
    } catch (error) {
      if (!this.#stop.signal.aborted) logger.log("warn", "tail-follow-failed", { error: messageOf(error) });
    } finally {
      this.#polling = false;
    }
  }

  /** Folds up to the noted entry, unless it does not show up. */
  async #chase(): Promise<void> {
    const { folded, clock, random, logger } = this.#parts;
    const { state } = folded;
    if (this.#chasing || this.#noted <= state.seq) return;
    this.#chasing = true;
    const backoff = new Backoff(clock, random);
    try {
      for (let misses = 0; misses < NOTED_TAIL_LOOKS_MAX && this.#noted > state.seq;) {
        const before = state.seq;
        if (misses > 0) await backoff.pause(this.#stop.signal);
        // What was not there is not taken for granted again.
        await (misses === 0 ? folded.catchUp(this.#noted) : this.verify());
        misses = state.seq > before ? 0 : misses + 1;
      }
    } catch (error) {
      if (!this.#stop.signal.aborted) logger.log("warn", "tail-follow-failed", { error: messageOf(error) });
    } finally {
      this.#noted = -1;
      this.#chasing = false;
    }
  }
}
