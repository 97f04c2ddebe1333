import { type Broker, brokerModules, type BrokerSettings, createBroker } from "@streambed/broker";
import type { Transport } from "@streambed/client";
import { type Clock, type Logger, messageOf, type Random } from "@streambed/kernel";
import { createHousekeeper, type ObjectStore, openShardLog, startHousekeeping } from "@streambed/log-storage";
import { codecs } from "./codecs.ts";
import { openBucket } from "./open-bucket.ts";
import type { Advertised } from "./advertise.ts";
import type { MustEnd } from "./must-end.ts";
import type { ServeOptions } from "./serve-options.ts";
import type { StoreLocation } from "./store-location.ts";

/**
 * Kafka's default waits 3 s for more members before a group's first rebalance; the server.properties it ships for one
 * server sets 0, so that a first read does not come back empty. So do we; `--config` sets it back.
 */
export const SINGLE_SERVER: Partial<BrokerSettings> = { groupInitialRebalanceDelayMs: 0 };
/** A request to S3 costs money, so entries rather grow; two hide the latency of one behind the other. */
const S3_ENTRIES_IN_FLIGHT = 2;
/** A folder takes small entries for nothing. */
const LOCAL_ENTRIES_IN_FLIGHT = 4;

/** A broker over the bucket that was asked for. */
export interface OpenBroker extends AsyncDisposable {
  readonly broker: Broker;
  readonly clusterId: string;
  /** Where data is kept, for messages. */
  readonly store: string;
  /** For clients in this process. Undefined: every address leads to the broker. */
  readonly transport?: Transport;
  /** Number of this broker in a cluster, and of those it found there. */
  readonly cluster?: { readonly nodeId: number; readonly others: readonly number[] };
  /** Before doors close: gives up what others can take over. */
  leave?(): Promise<void>;
}

/** Entries that may be on their way at the same time. */
export function entriesInFlight({ kind }: StoreLocation): number {
  return kind === "s3" ? S3_ENTRIES_IN_FLIGHT : LOCAL_ENTRIES_IN_FLIGHT;
}

/** What a broker is told besides the command line. */
export interface BrokerSystem {
  readonly address: Advertised;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly onMustEnd: MustEnd;
}

/** Opens the bucket, the log in it, and a broker over the log. Disposing ends them in the other order. */
export async function openBroker(options: ServeOptions, parts: BrokerSystem): Promise<OpenBroker> {
  const { address, onMustEnd, ...system } = parts;
  await using opened = new AsyncDisposableStack();
  const { store, clusterId } = opened.use(await openBucket(options.store, { ...system, onDurabilityLost: onMustEnd }));
  const inFlight = { entriesInFlight: entriesInFlight(options.store) };
  const log = await openShardLog({ store, modules: brokerModules, ...inFlight, ...system });
  opened.defer(() => log.close());
  const settings = { ...SINGLE_SERVER, ...options.broker, advertisedHost: address.host, advertisedPort: address.port };
  const broker = createBroker({ log, clusterId, codecs, ...system }, settings);
  opened.defer(() => broker.close());
  const housekeeper = createHousekeeper({ internals: log.internals, codecs, settings });
  const isOwner = (): boolean => log.ownership.owner === undefined || log.ownership.isOurs;
  const housekeeping = startHousekeeping(housekeeper, { ...system, isOwner });
  opened.defer(() => housekeeping.stop());
  // Members that died while no server ran are noticed without anybody asking for their group.
  broker.core.groups.resume();
  void lookForCluster(store, system);
  const running = opened.move();
  return {
    broker,
    clusterId,
    store: store.description,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** One request at the start tells that there is no cluster here; only where there is one, the rest is loaded. */
async function lookForCluster(
  store: ObjectStore,
  { clock, logger }: Pick<BrokerSystem, "clock" | "logger">,
): Promise<void> {
  try {
    const { objects } = await store.list({ prefix: "brokers/", limit: 1 });
    if (objects.length === 0) return;
    const { warnOfCluster } = await import("./cluster/warn-of-cluster.ts");
    await warnOfCluster(store, { clock, logger });
  } catch (error) {
    logger.log("debug", "registry-unread", { error: messageOf(error) });
  }
}
