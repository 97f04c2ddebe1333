import { brokerModules, createBroker, inProcessTransport } from "@streambed/broker";
import type { Broker, BrokerSettings } from "@streambed/broker";
import type { Transport } from "@streambed/client";
import { systemRandom } from "@streambed/kernel";
import type { Clock, Logger, Random } from "@streambed/kernel";
import { openCluster, openShardLog } from "@streambed/log-storage";
import type { ObjectStore, ShardLog } from "@streambed/log-storage";
import { memoryStore } from "@streambed/store-memory";

/** Options of {@link inProcessBroker}. */
export interface InProcessBrokerOptions {
  /** Default: a new store in memory. */
  readonly store?: ObjectStore;
  /** Kafka's broker configs; groups do not wait before their first rebalance unless told to. */
  readonly settings?: Partial<BrokerSettings>;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: Logger;
}

/** A whole broker inside a test. */
export interface InProcessBroker extends AsyncDisposable {
  readonly broker: Broker;
  readonly log: ShardLog;
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
  const { store = memoryStore(), random = systemRandom(), clock, logger } = options;
  const shared = { random, ...(clock === undefined ? {} : { clock }), ...(logger === undefined ? {} : { logger }) };
  const { clusterId } = await openCluster(store, random);
  const log = await openShardLog({ store, modules: brokerModules, ...shared });
  const broker = createBroker({ log, clusterId, ...shared }, { groupInitialRebalanceDelayMs: 0, ...options.settings });
  const close = async (): Promise<void> => {
    await broker.close();
    await log.close();
  };
  return { broker, log, store, transport: inProcessTransport(broker), close, [Symbol.asyncDispose]: close };
}
