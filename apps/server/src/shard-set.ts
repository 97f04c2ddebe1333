import { brokerModules, ShardedGroups } from "@streambed/broker";
import { type Clock, type Logger, messageOf, type StreambedError } from "@streambed/kernel";
import { limits, openShardLog, readCluster } from "@streambed/log-storage";
import type { ObjectStore, ShardLog, ShardLogOptions } from "@streambed/log-storage";
import { ShardedLog } from "@streambed/log-storage/sharded";

/**
 * How often a process looks whether the cluster has grown, milliseconds: as often as at the registry, because brokers tell
 * each other at once, and so does the first topic in a new shard.
 */
const LOOK_EVERY_MS = 10 * 60_000;

/** What a set of shards is made of. */
export interface ShardSetParts {
  readonly store: ObjectStore;
  /** Shards there are now. */
  readonly count: number;
  /** For every shard. Caches and the budget of writes are those of all shards together. */
  readonly options: Omit<ShardLogOptions, "store" | "shard" | "isOneOfSeveral" | "modules">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onHalt: (error: StreambedError) => void;
}

/** The open shards of a cluster, as many as it has: when it grows, the new ones are opened. */
export class ShardSet implements AsyncDisposable {
  readonly log: ShardedLog;
  readonly groups: ShardedGroups;
  /** Called with each shard that is opened later. */
  onShard: (shard: ShardLog, number: number) => void = () => undefined;
  readonly #parts: ShardSetParts;
  #cancel: () => void = () => undefined;
  #looking: Promise<void> | undefined;
  #isClosed = false;

  /** `shards`: all there are now, opened by {@link openShardSet}. */
  constructor(parts: ShardSetParts, shards: readonly ShardLog[]) {
    this.#parts = parts;
    const { clock, logger, options } = parts;
    const ownership = options.ownership ?? "shared";
    const onMissing = (): void => this.look();
    this.log = new ShardedLog({ shards, ownership, onMissing, clock, logger });
    this.groups = new ShardedGroups(this.log);
    this.#schedule();
  }

  /** Sees whether the cluster has grown. Never rejects; one look at a time. */
  look(): void {
    if (this.#isClosed) return;
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
      this.#cancel();
      this.#schedule();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#cancel();
    await this.#looking;
    await this.log.close();
  }

  #schedule(): void {
    if (!this.#isClosed) this.#cancel = this.#parts.clock.schedule(LOOK_EVERY_MS, () => this.look());
  }

  async #look(): Promise<void> {
    const { store, logger } = this.#parts;
    try {
      const count = (await readCluster(store))?.shards ?? 0;
      for (let number = this.log.shards.length; number < count; number++) {
        const shard = await openShard(this.#parts, number, count);
        if (this.#isClosed) return await shard.close();
        this.log.add(shard);
        logger.log("info", "shard-added", { shard: number });
        this.onShard(shard, number);
      }
    } catch (error) {
      logger.log("warn", "cluster-file-unread", { error: messageOf(error) });
    }
  }
}

/** Opens all shards at once. Rejects with the error of the first that cannot be opened. */
export async function openShardSet(parts: ShardSetParts): Promise<ShardSet> {
  const opening = Array.from({ length: parts.count }, (_, number) => openShard(parts, number, parts.count));
  const opened = await Promise.allSettled(opening);
  const shards = opened.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  const failed = opened.find((each) => each.status === "rejected");
  if (failed === undefined) return new ShardSet(parts, shards);
  await Promise.all(shards.map((shard) => shard.close()));
  throw failed.reason;
}

async function openShard(parts: ShardSetParts, shard: number, count: number): Promise<ShardLog> {
  const { store, options, onHalt } = parts;
  const { hotCacheBytes = limits.HOT_CACHE_BYTES, coldCacheBytes = limits.COLD_CACHE_BYTES, putsPerMonthMax } = options;
  const log = await openShardLog({
    ...options,
    store,
    shard,
    isOneOfSeveral: true,
    modules: brokerModules,
    hotCacheBytes: Math.floor(hotCacheBytes / count),
    coldCacheBytes: Math.floor(coldCacheBytes / count),
    ...(putsPerMonthMax === undefined ? {} : { putsPerMonthMax: Math.max(1, Math.floor(putsPerMonthMax / count)) }),
  });
  log.onHalt(onHalt);
  return log;
}
