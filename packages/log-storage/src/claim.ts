import { hasCode, StreambedError } from "@streambed/kernel";
import type { Clock, Logger, Meter } from "@streambed/kernel";
import type { Committer } from "./committer.ts";
import type { FoldedLog } from "./folded-log.ts";
import type { Follower } from "./follower.ts";
import { CLAIM_ATTEMPTS_MAX, CLOCK_SKEW_MS_MAX } from "./limits.ts";
import type { Tenure } from "./ownership.ts";

/** What a claimant is made of. */
export interface ClaimantParts {
  readonly writerId: string;
  readonly nodeId: number;
  readonly tenure: Tenure;
  readonly folded: FoldedLog;
  readonly follower: Follower;
  readonly committer: Committer;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
}

/** How a claim ended: `lost` means that another process has claimed the shard, or appends to it all the time. */
export type ClaimOutcome = "claimed" | "lost";

/** Takes the shard over and gives it up. One of both at a time. */
export class Claimant {
  readonly #parts: ClaimantParts;
  #claiming: Promise<ClaimOutcome> | undefined;
  #releasing: Promise<void> | undefined;

  constructor(parts: ClaimantParts) {
    this.#parts = parts;
  }

  /** See `ShardLog.claim`. */
  claim(): Promise<ClaimOutcome> {
    this.#claiming ??= this.#claim().finally(() => {
      this.#claiming = undefined;
    });
    return this.#claiming;
  }

  /** See `ShardLog.release`. */
  release(): Promise<void> {
    this.#releasing ??= this.#release().finally(() => {
      this.#releasing = undefined;
    });
    return this.#releasing;
  }

  async #claim(): Promise<ClaimOutcome> {
    const { tenure, folded, follower, clock, logger, meter } = this.#parts;
    if (tenure.isShared) throw notOwned();
    await this.#releasing;
    if (tenure.isOurs) return "claimed";
    const epoch = tenure.epoch;
    for (let attempt = 0; attempt < CLAIM_ATTEMPTS_MAX; attempt++) {
      await follower.verify();
      const storeTimeMs = await folded.assertNoGap();
      assertClock(clock.now(), storeTimeMs);
      if (tenure.epoch > epoch) return "lost";
      const outcome = await this.#takeOver();
      logger.log("info", "claim-attempt", { attempt, epoch: tenure.epoch, outcome });
      meter.count("streambed_log_claims_total", 1);
      if (outcome !== "again") return outcome;
    }
    return "lost";
  }

  async #takeOver(): Promise<ClaimOutcome | "again"> {
    const { committer, writerId, nodeId } = this.#parts;
    try {
      const { commands } = await committer.commitOwnership({ kind: "takeover", writerId, nodeId });
      return commands[0]?.status === "applied" ? "claimed" : "lost";
    } catch (error) {
      if (hasCode(error, "NOT_OWNER")) return "lost";
      // A stray of the former owner, or one of its last entries, came first.
      if (hasCode(error, "KEY_LOST")) return "again";
      throw error;
    }
  }

  async #release(): Promise<void> {
    const { tenure, committer, writerId } = this.#parts;
    if (!tenure.isOurs) return;
    tenure.setReleasing(true);
    try {
      await committer.commitOwnership({ kind: "release", writerId });
    } catch (error) {
      // Somebody took it first: it is given up all the same.
      if (!hasCode(error, "NOT_OWNER")) throw error;
    } finally {
      tenure.setReleasing(false);
    }
  }
}

/** Retention, timestamps and expiry follow the owner's clock, so it must be about right. */
function assertClock(nowMs: number, storeTimeMs: number): void {
  const skewMs = Math.round(Math.abs(nowMs - storeTimeMs));
  if (skewMs <= CLOCK_SKEW_MS_MAX) return;
  throw new StreambedError({
    kind: "unavailable",
    code: "CLOCK_SKEW",
    message: `The clock of this machine and that of the store differ by ${skewMs} ms; set the clock, then try again.`,
  });
}

function notOwned(): StreambedError {
  return new StreambedError({
    kind: "invalid",
    code: "OWNERSHIP_SHARED",
    message: 'This log was opened for shared writing; open it with ownership "owned" to claim it.',
  });
}
