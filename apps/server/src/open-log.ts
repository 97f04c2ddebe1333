import { brokerModules, type BrokerParts } from "@streambed/broker";
import type { Clock, Logger, Meter, Random, StreambedError } from "@streambed/kernel";
import { openShardLog } from "@streambed/log-storage";
import type { ObjectStore, ShardLog } from "@streambed/log-storage";
import type { WritePath } from "./open-broker.ts";

/** The log of a process that uses a bucket by itself, in the shape a broker takes it. */
export interface OpenLog extends AsyncDisposable {
  readonly parts: Pick<BrokerParts, "log" | "storedGroups">;
  /** In the order of their numbers; they may become more. */
  readonly shards: readonly ShardLog[];
  /** Calls back with each shard that is opened later. */
  onShard(listener: (shard: ShardLog) => void): void;
}

/** What opening a log takes. */
export interface LogOptions extends WritePath {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly meter: Meter;
}

/** Opens all shards of a cluster. That of one is the log itself; what several need is loaded only for them. */
export async function openLog(
  store: ObjectStore,
  count: number,
  { onHalt, ...options }: LogOptions & { readonly onHalt: (error: StreambedError) => void },
): Promise<OpenLog> {
  if (count > 1) {
    const { openShardSet } = await import("./shard-set.ts");
    const { clock, logger } = options;
    const set = await openShardSet({ store, count, options, onHalt, clock, logger });
    return {
      parts: { log: set.log, storedGroups: set.groups },
      shards: set.log.shards,
      onShard: (listener) => void (set.onShard = listener),
      [Symbol.asyncDispose]: () => set[Symbol.asyncDispose](),
    };
  }
  const log = await openShardLog({ store, modules: brokerModules, ...options });
  log.onHalt(onHalt);
  return { parts: { log }, shards: [log], onShard: () => undefined, [Symbol.asyncDispose]: () => log.close() };
}
