import { messageOf } from "@streambed/kernel";
import type { Clock, Logger, Meter, Random } from "@streambed/kernel";
import { CLAIM_PAUSE_MS, DUEL_MEMORY_MS, LOOK_EVERY_MS, TENURE_MS_MIN } from "./limits.ts";
import { placeShard } from "./placement.ts";
import type { Candidate, ClaimReason, ShardView } from "./placement.ts";
import type { ShardHandle } from "./ports/shard-handle.ts";

/** What keeping one shard needs. */
export interface ShardKeeperParts {
  readonly shard: number;
  readonly handle: ShardHandle;
  readonly self: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly meter: Meter;
  /** The log names an owner that is not among the brokers. */
  readonly onUnknownOwner: (nodeId: number) => void;
  /** After every change of ownership, and when a claim begins or ends. */
  readonly onChange: () => void;
}

/** Carries out for one shard what `placeShard` decides. One claim, release or look at a time. */
export class ShardKeeper {
  readonly shard: number;
  readonly handle: ShardHandle;
  readonly #parts: ShardKeeperParts;
  readonly #stopListening: () => void;
  #sinceMs: number;
  #tenureMs: number;
  #claiming = false;
  #releasing: Promise<void> | undefined;
  #pausedUntilMs = 0;
  #lookedMs = -Infinity;
  #duels = 0;
  #lastDuelMs = -Infinity;

  constructor(parts: ShardKeeperParts) {
    this.shard = parts.shard;
    this.handle = parts.handle;
    this.#parts = parts;
    this.#sinceMs = parts.clock.elapsed();
    this.#tenureMs = this.#drawTenure();
    this.#stopListening = parts.handle.onOwnershipChange(() => this.#onOwnership());
  }

  /** True while this process is taking the shard over. */
  get isClaiming(): boolean {
    return this.#claiming;
  }

  /** Owns the shard, or is still writing out what it accepted as its owner. */
  get isLeading(): boolean {
    return this.handle.ownership.isOurs || this.#releasing !== undefined;
  }

  /** Decides anew, given all brokers by node id, this one included. */
  reconsider(brokers: ReadonlyMap<number, Candidate>): void {
    const { clock, self, logger } = this.#parts;
    const nowMs = clock.elapsed();
    if (this.#claiming || this.#releasing !== undefined) return;
    if (nowMs - this.#lastDuelMs > DUEL_MEMORY_MS) this.#duels = 0;
    const context = { self, nowMs, brokers, duels: this.#duels, tenureMs: this.#tenureMs };
    const decision = placeShard(this.#view(), context);
    switch (decision.action) {
      case "stay":
        return;
      case "look":
        return this.look();
      case "find":
        return this.#parts.onUnknownOwner(decision.nodeId);
      case "release":
        logger.log("info", "shard-moves", { shard: this.shard, to: decision.to });
        void this.release();
        return;
      case "claim":
        if (nowMs >= this.#pausedUntilMs) void this.#claim(decision.reason);
        return;
    }
  }

  /** Folds what is in the log, at most once a second unless it is urgent. */
  look(isUrgent = false): void {
    const { clock, logger } = this.#parts;
    const nowMs = clock.elapsed();
    if (!isUrgent && nowMs - this.#lookedMs < LOOK_EVERY_MS) return;
    this.#lookedMs = nowMs;
    this.handle
      .verifyTail()
      .catch((error: unknown) => logger.log("warn", "look-failed", { shard: this.shard, error: messageOf(error) }));
  }

  /** Gives the shard up; resolves when it is not ours any more. Never rejects. */
  release(): Promise<void> {
    if (!this.handle.ownership.isOurs) return this.#releasing ?? Promise.resolve();
    this.#releasing ??= this.#release().finally(() => {
      this.#releasing = undefined;
      this.#parts.onChange();
    });
    return this.#releasing;
  }

  stop(): void {
    this.#stopListening();
  }

  async #release(): Promise<void> {
    try {
      await this.handle.release();
    } catch (error) {
      this.#parts.logger.log("warn", "release-failed", { shard: this.shard, error: messageOf(error) });
    }
  }

  async #claim(reason: ClaimReason): Promise<void> {
    const { clock, logger, meter } = this.#parts;
    const startedMs = clock.elapsed();
    this.#claiming = true;
    this.#parts.onChange();
    try {
      const outcome = await this.handle.claim();
      meter.count("streambed_cluster_claims_total", 1);
      if (reason === "silent" && outcome === "claimed") {
        this.#duels++;
        this.#lastDuelMs = clock.elapsed();
      }
      const { epoch } = this.handle.ownership;
      logger.log("info", "shard-claim", { shard: this.shard, reason, outcome, epoch, ms: clock.elapsed() - startedMs });
      if (outcome === "lost") this.#pausedUntilMs = clock.elapsed() + CLAIM_PAUSE_MS;
    } catch (error) {
      this.#pausedUntilMs = clock.elapsed() + CLAIM_PAUSE_MS;
      logger.log("warn", "claim-failed", { shard: this.shard, reason, error: messageOf(error) });
    } finally {
      this.#claiming = false;
      this.#parts.onChange();
    }
  }

  #onOwnership(): void {
    this.#sinceMs = this.#parts.clock.elapsed();
    this.#tenureMs = this.#drawTenure();
    this.#parts.onChange();
  }

  #drawTenure(): number {
    return TENURE_MS_MIN * (1 + this.#parts.random.fraction() / 2);
  }

  #view(): ShardView {
    const { epoch, owner, isOurs, tailSeq, lastEntryElapsedMs } = this.handle.ownership;
    const [sinceMs, lastEntryMs] = [this.#sinceMs, lastEntryElapsedMs];
    return { shard: this.shard, epoch, owner: owner?.nodeId, isOurs, tailSeq, sinceMs, lastEntryMs };
  }
}
