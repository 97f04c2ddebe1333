import { brokerModules, createBroker, inProcessTransport, ShardedGroups } from "@streambed/broker";
import type { Broker, BrokerParts, BrokerSettings } from "@streambed/broker";
import type { Transport } from "@streambed/client";
import { silentLogger, systemClock, systemRandom } from "@streambed/kernel";
import type { Clock, Logger, Random } from "@streambed/kernel";
import { openCluster, openShardLog } from "@streambed/log-storage";
import type { ObjectStore, PartitionedLog, ShardLog } from "@streambed/log-storage";
import { ShardedLog } from "@streambed/log-storage/sharded";
import { memoryStore } from "@streambed/store-memory";

/** Options of {@link inProcessBroker}. */
export interface InProcessBrokerOptions {
  /** Default: a new store in memory. */
  readonly store?: ObjectStore;
  /** Kafka's broker configs; groups do not wait before their first rebalance unless told to. */
  readonly settings?: Partial<BrokerSettings>;
  /** Shards of the cluster. Default 1. */
  readonly shards?: number;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: Logger;
}

/** A whole broker inside a test. */
export interface InProcessBroker extends AsyncDisposable {
  readonly broker: Broker;
  readonly log: PartitionedLog;
  /** In the order of their numbers. */
  readonly shards: readonly ShardLog[];
  readonly store: ObjectStore;
  /** Connects clients: `createClient({ transport, ... })`. Every address leads here. */
  readonly transport: Transport;
  close(): Promise<void>;
}

/**
 * Starts a broker in this process, without sockets: Kafka in a unit test, in milliseconds.
 *
 * @example await using kafka = await inProcessBroker(); const client = createClient({ transport: kafka.transport, ... });
 */
export async function inProcessBroker(options: InProcessBrokerOptions = {}): Promise<InProcessBroker> {
  const { store = memoryStore(), random = systemRandom(), shards = 1 } = options;
  const { clock = systemClock(), logger = silentLogger } = options;
  const shared = { random, clock, logger };
  const { clusterId } = await openCluster(store, random, { shards });
  const { shards: opened, log, ...groups } = await openLog(store, shards, shared);
  const settings = { groupInitialRebalanceDelayMs: 0, ...options.settings };
  const broker = createBroker({ log, ...groups, clusterId, ...shared }, settings);
  const close = async (): Promise<void> => {
    await broker.close();
    await log.close();
  };
  const transport = inProcessTransport(broker);
  return { broker, log, shards: opened, store, transport, close, [Symbol.asyncDispose]: close };
}

async function openLog(
  store: ObjectStore,
  count: number,
  shared: Required<Pick<InProcessBrokerOptions, "clock" | "random" | "logger">>,
): Promise<Pick<BrokerParts, "log" | "storedGroups"> & Pick<InProcessBroker, "shards">> {
  const opening = { store, modules: brokerModules, ...shared };
  if (count === 1) {
    const log = await openShardLog(opening);
    return { log, shards: [log] };
  }
  const numbers = Array.from({ length: count }, (_, shard) => shard);
  const shards = await Promise.all(numbers.map((shard) => openShardLog({ ...opening, shard, isOneOfSeveral: true })));
  const log = new ShardedLog({ shards, ownership: "shared", ...shared });
  return { log, shards, storedGroups: new ShardedGroups(log) };
}
