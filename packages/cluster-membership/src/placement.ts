import type { PeerState } from "./liveness.ts";
import {
  CANDIDATE_LAG_MAX,
  DUELS_MAX,
  UNFIT_MS_MAX,
  QUIET_AFTER_REFUSAL_MS,
  QUIET_AFTER_SILENCE_MS,
  RANK_DELAY_MS,
  SILENCE_DEAD_MS,
  STABLE_MS_MIN,
} from "./limits.ts";
import { rankBrokers } from "./rendezvous.ts";

/** A broker as the one that decides sees it, itself included. Times are `clock.elapsed()`, milliseconds. */
export interface Candidate {
  readonly nodeId: number;
  readonly state: PeerState;
  /** Since when it is in this state. */
  readonly sinceMs: number;
  /** Its last answer. */
  readonly heardMs: number;
  /** How it died, if it did. */
  readonly cause: "refused" | "silent";
  /** Since when it says that it leaves, or that the store does not answer it. */
  readonly unfitSinceMs: number | undefined;
  /** What it last said about the shard; undefined when it never said anything. */
  readonly says: { readonly epoch: number; readonly tailSeq: number; readonly leading: boolean } | undefined;
}

/** A shard as the one that decides has folded its log. */
export interface ShardView {
  readonly shard: number;
  readonly epoch: number;
  readonly tailSeq: number;
  /** Node id of the owner as the log says. */
  readonly owner: number | undefined;
  readonly isOurs: boolean;
  /** Since when owner and epoch are as they are. */
  readonly sinceMs: number;
  /** When the last entry was folded. */
  readonly lastEntryMs: number;
}

/** Who decides, and when. */
export interface PlacementContext {
  readonly self: number;
  readonly nowMs: number;
  /** Every broker of the registry by node id, the deciding one among them. */
  readonly brokers: ReadonlyMap<number, Candidate>;
  /** Claims from owners that merely kept silent, in the last minutes. */
  readonly duels: number;
  /** Time that an owner keeps a shard before a move that nobody needs, milliseconds. */
  readonly tenureMs: number;
}

/**
 * What to do about a shard: take it over, give it up, look at its log because its owner does not answer, find its owner,
 * or nothing.
 * `reason` is for the log.
 */
export type Placement =
  | { readonly action: "claim"; readonly reason: ClaimReason }
  | { readonly action: "release"; readonly to: number | undefined }
  | { readonly action: "look" }
  /** The log names an owner that the registry as we know it does not: read its registration. */
  | { readonly action: "find"; readonly nodeId: number }
  | { readonly action: "stay" };

/** Why a shard may be taken over. Only `silent` can be a mistake. */
export type ClaimReason = "vacant" | "gone" | "unfit" | "silent";

const STAY: Placement = { action: "stay" };

/** Decides for one shard. Pure: the same view gives the same answer. Whatever is decided, only the log makes it true. */
export function placeShard(shard: ShardView, context: PlacementContext): Placement {
  const { self, nowMs, brokers } = context;
  const us = brokers.get(self);
  if (shard.isOurs) return keepOrMove(shard, context);
  if (us === undefined || us.unfitSinceMs !== undefined) return STAY;
  const vacancy = vacancyOf(shard, context);
  if (vacancy === "held") return STAY;
  if (vacancy === "unknown") return shard.owner === undefined ? STAY : { action: "find", nodeId: shard.owner };
  if (vacancy === "doubtful") return { action: "look" };
  const delayMs = ranking(shard.shard, brokers).indexOf(self) * RANK_DELAY_MS;
  return nowMs - vacancy.sinceMs >= delayMs ? { action: "claim", reason: vacancy.reason } : { action: "look" };
}

/** Those that could own the shard now, best first. */
function ranking(shard: number, brokers: PlacementContext["brokers"]): number[] {
  const fit = [...brokers.values()].filter(
    ({ state, unfitSinceMs }) => state === "alive" && unfitSinceMs === undefined,
  );
  return rankBrokers(
    shard,
    fit.map(({ nodeId }) => nodeId),
  );
}

/** An owner gives a shard up when it leaves, or, after its tenure, to a better candidate that is well and up to date. */
function keepOrMove(shard: ShardView, context: PlacementContext): Placement {
  const { self, nowMs, brokers, tenureMs } = context;
  const [best] = ranking(shard.shard, brokers);
  const candidate = best === undefined || best === self ? undefined : brokers.get(best);
  if (candidate === undefined || nowMs - shard.sinceMs < tenureMs) return STAY;
  // Nothing could be written now; and who cannot write cannot release.
  if (brokers.get(self)?.unfitSinceMs !== undefined) return STAY;
  const isStable = nowMs - candidate.sinceMs >= STABLE_MS_MIN;
  const isCurrent = candidate.says !== undefined && shard.tailSeq - candidate.says.tailSeq <= CANDIDATE_LAG_MAX;
  return isStable && isCurrent ? { action: "release", to: candidate.nodeId } : STAY;
}

type Vacancy = "held" | "doubtful" | "unknown" | { readonly sinceMs: number; readonly reason: ClaimReason };

/** Whether the shard has an owner that works. */
function vacancyOf(shard: ShardView, context: PlacementContext): Vacancy {
  const { owner, sinceMs } = shard;
  // Our own node id without the shard being ours: a predecessor of this process, which is gone.
  if (owner === undefined || owner < 0 || owner === context.self) return { sinceMs, reason: "vacant" };
  const broker = context.brokers.get(owner);
  if (broker === undefined) return "unknown";
  switch (broker.state) {
    case "alive":
      return vacancyOfLiving(shard, broker, context);
    case "unknown":
    case "suspect":
      return "doubtful";
    case "dead":
      return vacancyOfDead(shard, broker, context);
  }
}

function vacancyOfLiving(shard: ShardView, broker: Candidate, { nowMs }: PlacementContext): Vacancy {
  const { says, unfitSinceMs } = broker;
  // It knows this epoch and does not lead: it has released the shard, restarted since, or lost its log. When it lives or
  // leaves since a moment ago, that is when the best candidate begins to be waited for.
  if (says !== undefined && !says.leading && says.epoch >= shard.epoch && says.tailSeq >= shard.tailSeq)
    return { sinceMs: Math.max(shard.sinceMs, broker.sinceMs, unfitSinceMs ?? 0), reason: "vacant" };
  if (unfitSinceMs === undefined || nowMs - unfitSinceMs < UNFIT_MS_MAX) return "held";
  return { sinceMs: unfitSinceMs + UNFIT_MS_MAX, reason: "unfit" };
}

/**
 * An owner that does not answer may still write, cut off from us but not from its clients and the store. The log shows
 * it: as long as entries come, nothing needs to be done. A log at rest shows nothing, so brokers that see each other not
 * at all would take an idle shard from each other for ever; each such claim doubles the patience before the next.
 */
function vacancyOfDead(shard: ShardView, broker: Candidate, { nowMs, duels }: PlacementContext): Vacancy {
  const isGone = broker.cause === "refused";
  const patience = 2 ** Math.min(duels, DUELS_MAX);
  const sinceMs = isGone
    ? Math.max(broker.sinceMs, shard.lastEntryMs + QUIET_AFTER_REFUSAL_MS)
    : Math.max(broker.heardMs + SILENCE_DEAD_MS * patience, shard.lastEntryMs + QUIET_AFTER_SILENCE_MS * patience);
  return nowMs < sinceMs ? "doubtful" : { sinceMs, reason: isGone ? "gone" : "silent" };
}
