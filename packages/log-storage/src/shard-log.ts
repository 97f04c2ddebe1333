import { randomUuid, silentLogger, silentMeter, systemClock, systemRandom } from "@streambed/kernel";
import type { Clock, Logger, Meter, Random, StreambedError } from "@streambed/kernel";
import { Checkpoints } from "./checkpoint.ts";
import { Claimant } from "./claim.ts";
import type { ClaimOutcome } from "./claim.ts";
import { coldStart } from "./cold-start.ts";
import { Committer } from "./committer.ts";
import { damaged } from "./entry-codec.ts";
import { FoldedLog } from "./folded-log.ts";
import { Follower } from "./follower.ts";
import { ALL_GUARDS } from "./guards.ts";
import type { Guards } from "./guards.ts";
import type { LogInternals } from "./internals.ts";
import {
  CHECKPOINT_INTERVAL_ENTRIES,
  CHECKPOINT_REST_MS,
  COLD_CACHE_BYTES,
  ENTRIES_IN_FLIGHT_MAX,
  HOT_CACHE_BYTES,
  PIPELINED_ENTRY_BYTES_MIN,
  SAFE_MS,
} from "./limits.ts";
import { LogReader } from "./log-reader.ts";
import { LogState } from "./log-state.ts";
import { objectLogStore } from "./object-log-store.ts";
import { Pace } from "./pace.ts";
import { PutBudget } from "./put-budget.ts";
import { Tenure } from "./ownership.ts";
import type { Ownership, OwnershipMode } from "./ownership.ts";
import type { PartitionedLog } from "./partitioned-log.ts";
import type { LogStore } from "./ports/log-store.ts";
import type { ObjectStore } from "./ports/object-store.ts";
import { lookAtFloor } from "./pointer.ts";
import type { StateModule } from "./ports/state-module.ts";
import { patientSources } from "./patient-reads.ts";
import { hedgedSources } from "./read-hedge.ts";
import { foldTail } from "./tail-reader.ts";
import type { FloorRead } from "./time-rule.ts";
import { TimeRule } from "./time-rule.ts";
import type { Proposal, ProposalOutcome } from "./write-queue.ts";

/** What a shard log needs, and what may be set. */
export interface ShardLogOptions {
  readonly store: ObjectStore;
  /** Where entries go; objects of `store` when left out. */
  readonly log?: LogStore;
  readonly shard?: number;
  /** It is one of several: topics may be spread over them. Default false, with which such topics halt the log. */
  readonly isOneOfSeveral?: boolean;
  /** `owned`: appends are refused with `NOT_OWNER` unless this log has claimed the shard. Default `shared`. */
  readonly ownership?: OwnershipMode;
  /** Broker id that a takeover names. Default -1. */
  readonly nodeId?: number;
  /** For the simulator alone. */
  readonly guards?: Guards;
  /** See `limits.SAFE_MS`. */
  readonly safeMs?: number;
  /** State of other engines that is folded along. */
  readonly modules?: () => readonly StateModule[];
  /**
   * Waits this long for more before each entry; 0: only what gathers while the entry before is written. Left out, it
   * follows the store: 0.6 of its median write behind an entry that is on its way, nothing for a store that is fast.
   */
  readonly lingerMs?: number;
  /** Sends a write again, and reads its key, beside a first that takes unusually long. For stores where requests stall. */
  readonly hedge?: boolean;
  /** Writes of entries that a month may cost: when they run short, entries are spaced out. Default: any number. */
  readonly putsPerMonthMax?: number;
  /** Entries that may be on their way at the same time: more bytes a second, more requests. Default 1. */
  readonly entriesInFlight?: number;
  /** Bytes that must wait before an entry goes out behind another. Default `PIPELINED_ENTRY_BYTES_MIN`. */
  readonly pipelinedEntryBytesMin?: number;
  /** Entries between two checkpoints. Default `CHECKPOINT_INTERVAL_ENTRIES`. */
  readonly checkpointIntervalEntries?: number;
  /** How long a new owner writes no checkpoints, milliseconds. Default `CHECKPOINT_REST_MS`. */
  readonly checkpointRestMs?: number;
  readonly hotCacheBytes?: number;
  readonly coldCacheBytes?: number;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: Logger;
  readonly meter?: Meter;
}

/**
 * One totally ordered shard of a log on a bucket.
 *
 * @example
 * const log = await openShardLog({ store: memoryStore() });
 * await log.command({ kind: "create-topic", topicId, name: "t", partitions: 1, configs: new Map() });
 * const [outcome] = await log.append([{ topicId, partition: 0, bytes: batch, ... }]);
 */
export interface ShardLog extends PartitionedLog {
  /** Commits commands and batches in one entry with whatever else is waiting. */
  propose(proposal: Proposal): Promise<ProposalOutcome>;
  /** Who owns the shard, as far as its log was folded here. Live. */
  readonly ownership: Ownership;
  /**
   * Takes the shard over: looks for damage, then writes an entry of a higher epoch. `lost`: somebody else did.
   * Throws `LOG_DAMAGED`, or `CLOCK_SKEW` when this machine's clock is wrong.
   */
  claim(): Promise<ClaimOutcome>;
  /** Accepts nothing more, writes what was accepted, gives the shard up. Does nothing when it is not ours. */
  release(): Promise<void>;
  /** Calls back after each change of epoch, owner or `isOurs`. Returns the function that stops it. */
  onOwnershipChange(listener: () => void): () => void;
  /** Somebody says that entry `seq` exists: it is folded soon, without polling. */
  noteTail(seq: number): void;
  /** Calls back once when the log halts: it was damaged, or this process slept too long. Open it again. */
  onHalt(listener: (error: StreambedError) => void): () => void;
  /** For housekeeping. */
  readonly internals: LogInternals;
}

/** Opens a shard: newest checkpoint, then the entries behind it. Throws `LOG_DAMAGED` when one is missing or corrupt. */
export async function openShardLog(options: ShardLogOptions): Promise<ShardLog> {
  const { store, shard = 0, guards = ALL_GUARDS } = options;
  const { clock = systemClock(), random = systemRandom(), logger = silentLogger, meter = silentMeter } = options;
  const system = { clock, random, logger, meter };
  const log = options.log ?? objectLogStore(store, shard);
  const place = { shard, knowsOthers: options.isOneOfSeveral ?? false };
  const makeState = (): LogState => new LogState(options.modules?.() ?? [], guards, place);
  const { state, base, pointer, tail } = await coldStart({
    ...patientSources(hedgedSources({ store, log }, clock), system),
    shard,
    logger,
    makeState,
  });
  const { checkpointIntervalEntries: intervalEntries = CHECKPOINT_INTERVAL_ENTRIES } = options;
  const { checkpointRestMs: restMs = CHECKPOINT_REST_MS } = options;
  const checkpoints = new Checkpoints({ store, log, shard, clock, logger, intervalEntries, restMs, base });
  const floor = pointer.pointer?.gcFloor ?? -1;
  if (floor > state.seq) throw damaged(state.seq + 1, `entries up to ${floor} were deleted, but no checkpoint is left`);
  const verifiedAtMs = pointer.storeTimeMs;
  const readFloor = (): Promise<FloorRead> => lookAtFloor(store, shard, log);
  const foldedSeq = (): number => state.seq;
  const timeRule = new TimeRule({ safeMs: options.safeMs ?? SAFE_MS, verifiedAtMs, readFloor, foldedSeq });
  const { hotCacheBytes = HOT_CACHE_BYTES, coldCacheBytes = COLD_CACHE_BYTES } = options;
  const refresh = (): Promise<unknown> => folded.catchUp();
  const isFresh = (storeTimeMs: number): boolean => folded.isFresh(storeTimeMs);
  const caches = { hotCacheBytes, coldCacheBytes };
  const reader = new LogReader({ log, store, shard, packs: state.packs, refresh, isFresh, ...caches });
  const folded = new FoldedLog({
    ...system,
    log,
    state,
    reader,
    checkpoints,
    timeRule,
    guards,
  });
  await foldTail(folded, tail);
  const { ownership: mode = "shared", nodeId = -1 } = options;
  const writerId = randomUuid(random);
  const tenure = new Tenure({ mode, writerId, folded, logger });
  checkpoints.isWriter = () => tenure.mayAppend;
  const pace = paceOf(options, clock);
  const committer = new Committer({ ...system, pace, log, folded, tenure, guards, shard, writerId });
  const follower = new Follower({ ...system, folded, isOwner: () => tenure.isOurs });
  const claimant = new Claimant({ ...system, writerId, nodeId, tenure, folded, follower, committer });
  const propose = (proposal: Proposal): Promise<ProposalOutcome> => committer.propose(proposal);
  const internals = { ...system, shard, store, log, state, folded, checkpoints, propose };
  return shardLog({ committer, tenure, follower, claimant, internals });
}

function paceOf(options: ShardLogOptions, clock: Clock): Pace {
  const { lingerMs, pipelinedEntryBytesMin = PIPELINED_ENTRY_BYTES_MIN, hedge = false, putsPerMonthMax } = options;
  const entriesInFlight = Math.min(options.entriesInFlight ?? 1, ENTRIES_IN_FLIGHT_MAX);
  const budget = putsPerMonthMax === undefined ? undefined : new PutBudget(putsPerMonthMax, clock.elapsed());
  return new Pace({ lingerMs, entriesInFlight, pipelinedEntryBytesMin, hedge, budget });
}

interface OpenParts {
  readonly committer: Committer;
  readonly tenure: Tenure;
  readonly follower: Follower;
  readonly claimant: Claimant;
  readonly internals: LogInternals;
}

function shardLog({ committer, tenure, follower, claimant, internals }: OpenParts): ShardLog {
  const { folded, checkpoints, shard } = internals;
  const { state, reader } = folded;
  return {
    view: state,
    modules: state.modules,
    shardOf: () => shard,
    async append(batches) {
      return (await committer.propose({ commands: [], batches })).batches;
    },
    async command(command) {
      const { commands } = await committer.propose({ commands: [command], batches: [] });
      return commands[0] ?? { status: "rejected", reason: "not-applied" };
    },
    propose: (proposal) => committer.propose(proposal),
    read: (partition, offset, maxBytes) => reader.read(partition, offset, maxBytes),
    findByTime: (partition, timestampMs) => reader.findByTime(partition, timestampMs),
    watch: (partitions, listener) => follower.watch(partitions, listener),
    verifyTail: () => follower.verify(),
    whenQueueBelow: (bytes) => committer.whenBelow(bytes),
    ownership: tenure,
    claim: () => claimant.claim(),
    release: () => claimant.release(),
    onOwnershipChange: (listener) => tenure.onChange(listener),
    noteTail: (seq) => follower.note(seq),
    onHalt: (listener) => folded.onHalt(listener),
    internals,
    async close() {
      follower.stop();
      await committer.close();
      await checkpoints.settled();
    },
  };
}
