import { randomUuid, silentLogger, silentMeter, sleep, systemClock, systemRandom } from "@streambed/kernel";
import type { Clock, Logger, Meter, Random } from "@streambed/kernel";
import { Checkpoints } from "./checkpoint.ts";
import type { Command, CommandOutcome } from "./command.ts";
import { Committer } from "./committer.ts";
import type { BatchInput } from "./entry-codec.ts";
import { FoldedLog } from "./folded-log.ts";
import type { LogInternals } from "./internals.ts";
import { CHECKPOINT_INTERVAL_ENTRIES, COLD_CACHE_BYTES, HOT_CACHE_BYTES, PIPELINED_ENTRY_BYTES_MIN } from "./limits.ts";
import { LogReader } from "./log-reader.ts";
import type { BatchOutcome } from "./log-state.ts";
import { LogState } from "./log-state.ts";
import { objectLogStore } from "./object-log-store.ts";
import type { Partition, Topic } from "./partition.ts";
import type { LogStore } from "./ports/log-store.ts";
import type { ObjectStore } from "./ports/object-store.ts";
import type { StateModule } from "./ports/state-module.ts";
import { Backoff } from "./retry.ts";
import type { Proposal, ProposalOutcome } from "./write-queue.ts";

/** What a shard log needs, and what may be set. */
export interface ShardLogOptions {
  readonly store: ObjectStore;
  /** Where entries go; objects of `store` when left out. */
  readonly log?: LogStore;
  readonly shard?: number;
  /** State of other engines that is folded along. */
  readonly modules?: () => readonly StateModule[];
  /** Waits this long for more before each entry; 0: only what gathers while the entry before is written. */
  readonly lingerMs?: number;
  /** Entries that may be on their way at the same time: more bytes a second, more requests. Default 1. */
  readonly entriesInFlight?: number;
  /** Bytes that must wait before an entry goes out behind another. Default `PIPELINED_ENTRY_BYTES_MIN`. */
  readonly pipelinedEntryBytesMin?: number;
  /** Entries between two checkpoints. Default `CHECKPOINT_INTERVAL_ENTRIES`. */
  readonly checkpointIntervalEntries?: number;
  readonly hotCacheBytes?: number;
  readonly coldCacheBytes?: number;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: Logger;
  readonly meter?: Meter;
}

/** Topics and partitions as the fold knows them; read only. */
export interface LogView {
  readonly epoch: number;
  readonly topics: ReadonlyMap<string, Topic>;
  topicNamed(name: string): Topic | undefined;
  partition(topicId: string, partition: number): Partition | undefined;
}

/**
 * One totally ordered shard of a log on a bucket.
 *
 * @example
 * const log = await openShardLog({ store: memoryStore() });
 * await log.command({ kind: "create-topic", topicId, name: "t", partitions: 1, configs: new Map() });
 * const [outcome] = await log.append([{ topicId, partition: 0, bytes: batch, ... }]);
 */
export interface ShardLog {
  readonly view: LogView;
  readonly modules: readonly StateModule[];
  /** Commits batches in one entry with whatever else is waiting; resolves when they are durable. Queued synchronously. */
  append(batches: readonly BatchInput[]): Promise<readonly BatchOutcome[]>;
  command(command: Command): Promise<CommandOutcome>;
  propose(proposal: Proposal): Promise<ProposalOutcome>;
  /** Whole batches from the one that holds `offset`; see `LogReader.read`. */
  read(partition: Partition, offset: number, maxBytes: number): Promise<readonly Uint8Array[]>;
  findByTime(partition: Partition, timestampMs: number): Promise<Uint8Array | undefined>;
  /** Calls back after each commit that adds to one of the partitions. Returns the function that stops it. */
  watch(partitions: readonly Partition[], listener: () => void): () => void;
  /** Folds what other writers have committed before this call. Needed before an end offset is given out. */
  verifyTail(): Promise<void>;
  /** Back-pressure: resolves when less than `bytes` wait to be written. */
  whenQueueBelow(bytes: number): Promise<void>;
  /** For housekeeping. */
  readonly internals: LogInternals;
  close(): Promise<void>;
}

/** Opens a shard: newest checkpoint, then the entries behind it. Throws `LOG_DAMAGED` when one is missing or corrupt. */
export async function openShardLog(options: ShardLogOptions): Promise<ShardLog> {
  const {
    clock = systemClock(),
    random = systemRandom(),
    logger = silentLogger,
    meter = silentMeter,
    shard = 0,
  } = options;
  const log = options.log ?? objectLogStore(options.store, shard);
  const checkpoints = new Checkpoints(options.store, shard, logger);
  const state = await checkpoints.restore(() => new LogState(options.modules?.() ?? []));
  const { hotCacheBytes = HOT_CACHE_BYTES, coldCacheBytes = COLD_CACHE_BYTES } = options;
  const reader = new LogReader(log, { hotCacheBytes, coldCacheBytes });
  const { checkpointIntervalEntries = CHECKPOINT_INTERVAL_ENTRIES } = options;
  const folded = new FoldedLog({ log, state, reader, checkpoints, checkpointIntervalEntries, logger, meter });
  await folded.catchUp();
  await folded.assertNoGap();
  const writerId = randomUuid(random);
  const { lingerMs = 0, entriesInFlight = 1, pipelinedEntryBytesMin = PIPELINED_ENTRY_BYTES_MIN } = options;
  const committer = new Committer({
    log,
    folded,
    shard,
    writerId,
    lingerMs,
    entriesInFlight,
    pipelinedEntryBytesMin,
    clock,
    random,
    logger,
    meter,
  });
  const propose = (proposal: Proposal): Promise<ProposalOutcome> => committer.propose(proposal);
  const { store } = options;
  const internals = { shard, store, log, state, folded, checkpoints, clock, random, logger, meter, propose };
  return shardLog({ folded, committer, checkpoints, clock, random, logger, internals });
}

interface OpenParts {
  readonly folded: FoldedLog;
  readonly committer: Committer;
  readonly checkpoints: Checkpoints;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly internals: LogInternals;
}

function shardLog(parts: OpenParts): ShardLog {
  const { folded, committer, checkpoints, internals } = parts;
  const { state, reader } = folded;
  const follower = new Follower(parts);
  return {
    view: state,
    modules: state.modules,
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
    internals,
    async close() {
      follower.stop();
      await committer.close();
      await checkpoints.settled();
    },
  };
}

/** Finds entries of other writers: on demand, and with growing pauses while somebody waits for new records. */
class Follower {
  readonly #parts: OpenParts;
  readonly #stop = new AbortController();
  #verifying: Promise<unknown> | undefined;
  #next: Promise<void> | undefined;
  #polling = false;

  constructor(parts: OpenParts) {
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

  stop(): void {
    this.#stop.abort(new Error("stopped"));
  }

  async #poll(): Promise<void> {
    if (this.#polling) return;
    this.#polling = true;
    const { folded, clock, random, logger } = this.#parts;
    const backoff = new Backoff(clock, random);
    try {
      while (folded.watchers.count > 0) {
        await sleep(clock, backoff.next(), this.#stop.signal);
        if (folded.watchers.count > 0 && (await folded.catchUp()) > 0) backoff.reset();
      }
    } catch (error) {
      if (!this.#stop.signal.aborted) logger.log("warn", "tail-follow-failed", { error: String(error) });
    } finally {
      this.#polling = false;
    }
  }
}
