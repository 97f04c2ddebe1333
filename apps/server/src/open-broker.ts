import { type Broker, brokerModules, createBroker } from "@streambed/broker";
import type { Clock, Logger, Random } from "@streambed/kernel";
import { createHousekeeper, openShardLog, startHousekeeping } from "@streambed/log-storage";
import { codecs } from "./codecs.ts";
import { openBucket } from "./open-bucket.ts";
import type { Advertised } from "./advertise.ts";
import type { DurabilityLost } from "./watch-durability.ts";
import type { ServeOptions } from "./serve-options.ts";

/**
 * Kafka's default waits 3 s for more members before a group's first rebalance; the server.properties it ships for one
 * server sets 0, so that a first read does not come back empty. So do we; `--config` sets it back.
 */
const SINGLE_SERVER = { groupInitialRebalanceDelayMs: 0 };
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
}

/** What a broker is told besides the command line. */
export interface BrokerSystem {
  readonly address: Advertised;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly onDurabilityLost: DurabilityLost;
}

/** Opens the bucket, the log in it, and a broker over the log. Disposing ends them in the other order. */
export async function openBroker(options: ServeOptions, parts: BrokerSystem): Promise<OpenBroker> {
  const { address, ...system } = parts;
  await using opened = new AsyncDisposableStack();
  const { store, clusterId } = opened.use(await openBucket(options.store, system));
  const entriesInFlight = options.store.kind === "s3" ? S3_ENTRIES_IN_FLIGHT : LOCAL_ENTRIES_IN_FLIGHT;
  const log = await openShardLog({ store, modules: brokerModules, entriesInFlight, ...system });
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
  const running = opened.move();
  return {
    broker,
    clusterId,
    store: store.description,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
