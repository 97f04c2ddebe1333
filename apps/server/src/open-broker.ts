import { type Broker, type BrokerSettings, createBroker } from "@streambed/broker";
import type { Transport } from "@streambed/client";
import { type Clock, type Logger, messageOf, type Random, type StreambedError } from "@streambed/kernel";
import type { ObjectStore, ShardLog, ShardLogOptions } from "@streambed/log-storage";
import type { MetricRegistry } from "@streambed/metrics";
import { watchBroker } from "./broker-gauges.ts";
import { codecs } from "./codecs.ts";
import { usualHotCacheBytes } from "./hot-cache.ts";
import { keepHouse } from "./keep-house.ts";
import { openBucket } from "./open-bucket.ts";
import { openLog } from "./open-log.ts";
import type { Advertised } from "./advertise.ts";
import type { MustEnd } from "./must-end.ts";
import type { ServeOptions } from "./serve-options.ts";

/**
 * Kafka's default waits 3 s for more members before a group's first rebalance; the server.properties it ships for one
 * server sets 0, so that a first read does not come back empty. So do we; `--config` sets it back.
 */
export const SINGLE_SERVER: Partial<BrokerSettings> = { groupInitialRebalanceDelayMs: 0 };
/** So many that a slow one does not hold up those behind it; how many a second it costs is up to the linger. */
const ENTRIES_IN_FLIGHT = 4;

/** Ends of a log that a new process gets over. */
const MUST_REOPEN: ReadonlySet<string> = new Set(["LOG_STALE", "CLUSTER_GREW"]);

/** A broker over the bucket that was asked for. */
export interface OpenBroker extends AsyncDisposable {
  readonly broker: Broker;
  /** In the order of their numbers; they may become more. */
  readonly shards: readonly ShardLog[];
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

/** A request to a folder costs nothing, so there an entry need not gather what makes it worth one. */
const LOCAL_PACE: Pick<ShardLogOptions, "lingerMs"> = { lingerMs: 0 };

/** How entries are written, and how much of them stays in memory. */
export function writePath(
  options: Pick<ServeOptions, "store" | "hedge" | "putsPerMonthMax" | "cacheBytes">,
  memoryBytes: number,
): WritePath {
  const { store, hedge, putsPerMonthMax, cacheBytes } = options;
  const hotCacheBytes = cacheBytes ?? usualHotCacheBytes(memoryBytes);
  const pace = store.kind === "s3" ? {} : LOCAL_PACE;
  const budget = putsPerMonthMax === null ? {} : { putsPerMonthMax };
  return { entriesInFlight: ENTRIES_IN_FLIGHT, hotCacheBytes, hedge, ...pace, ...budget };
}

/** See the options of a log. */
export type WritePath = Pick<
  ShardLogOptions,
  "entriesInFlight" | "hotCacheBytes" | "hedge" | "putsPerMonthMax" | "lingerMs"
>;

/** What a broker is told besides the command line. */
export interface BrokerSystem {
  readonly address: Advertised;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly meter: MetricRegistry;
  /** What this process may use. */
  readonly memoryBytes: number;
  readonly onMustEnd: MustEnd;
}

/** Opens the bucket, the log in it, and a broker over the log. Disposing ends them in the other order. */
export async function openBroker(options: ServeOptions, parts: BrokerSystem): Promise<OpenBroker> {
  const { address, memoryBytes, onMustEnd, ...system } = parts;
  await using opened = new AsyncDisposableStack();
  const wish = { ...system, shards: options.shards, onDurabilityLost: onMustEnd };
  const { store, clusterId, shards: count } = opened.use(await openBucket(options.store, wish));
  // What slept past deletions, or has been outgrown, can only be opened anew; what is damaged is for an operator.
  const onHalt = (error: StreambedError): void => void (MUST_REOPEN.has(error.code) && onMustEnd(error));
  const open = opened.use(await openLog(store, count, { ...writePath(options, memoryBytes), ...system, onHalt }));
  const { shards } = open;
  const settings = { ...SINGLE_SERVER, ...options.broker, advertisedHost: address.host, advertisedPort: address.port };
  const broker = createBroker({ ...open.parts, clusterId, codecs, ...system }, settings);
  opened.defer(() => broker.close());
  watchBroker(system.meter, broker, shards);
  const isOwner = ({ ownership }: ShardLog): boolean => ownership.owner === undefined || ownership.isOurs;
  const houses = opened.use(keepHouse(shards, { codecs, settings, isOwner, ...system }));
  open.onShard((shard) => houses.add(shard));
  // Members that died while no server ran are noticed without anybody asking for their group.
  broker.core.groups.resume();
  void lookForCluster(store, system);
  const running = opened.move();
  return {
    broker,
    shards,
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
