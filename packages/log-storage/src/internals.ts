import type { Clock, Logger, Meter, Random } from "@streambed/kernel";
import type { Checkpoints } from "./checkpoint.ts";
import type { FoldedLog } from "./folded-log.ts";
import type { LogState } from "./log-state.ts";
import type { LogStore } from "./ports/log-store.ts";
import type { ObjectStore } from "./ports/object-store.ts";
import type { Proposal, ProposalOutcome } from "./write-queue.ts";

/** The parts of an open log, for its housekeeping: packs, retention, deletion. Not for those who produce and fetch. */
export interface LogInternals {
  readonly shard: number;
  readonly store: ObjectStore;
  readonly log: LogStore;
  /** Changed by the fold alone. */
  readonly state: LogState;
  readonly folded: FoldedLog;
  readonly checkpoints: Checkpoints;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly meter: Meter;
  /** As `ShardLog.propose`. */
  propose(proposal: Proposal): Promise<ProposalOutcome>;
}
