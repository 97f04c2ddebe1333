import { brokerModules, createBroker, inProcessTransport } from "@streambed/broker";
import type { BrokerSettings } from "@streambed/broker";
import { createClient } from "@streambed/client";
import type { Client } from "@streambed/client";
import type { Clock, Logger, Random } from "@streambed/kernel";
import { openCluster, openShardLog, probeConformance } from "@streambed/log-storage";
import type { ObjectStore, ProbeResult } from "@streambed/log-storage";
import { defaultCodecs } from "@streambed/protocol";
import { createRestProxy } from "@streambed/rest-proxy";
import type { RestProxyOptions } from "@streambed/rest-proxy";
import {
  COLD_CACHE_BYTES,
  CONSUMER_INSTANCES_MAX,
  FETCH_BYTES_MAX,
  HOT_CACHE_BYTES,
  REST_READ_BYTES_MAX,
  REST_REQUEST_BYTES_MAX,
} from "./limits.ts";

const BROKER = { host: "lambda", port: 9092 };

/** What a service is made of. */
export interface ServiceOptions {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly broker?: Partial<BrokerSettings>;
  readonly rest?: RestProxyOptions["settings"];
}

/** Streambed in one function instance. */
export interface Service extends AsyncDisposable {
  readonly client: Client;
  /** The instance slept so long that its log must be opened anew. */
  readonly isStale: boolean;
  fetch(request: Request, env?: object): Promise<Response>;
}

/**
 * Opens log, broker and REST proxy over a bucket. Every instance of a function is a writer of its own; the log keeps
 * them apart, so any number may run at once.
 */
export async function openService(options: ServiceOptions): Promise<Service> {
  const { store, clock, random, logger } = options;
  const probe = (): Promise<ProbeResult> => probeConformance(store, { clock, random });
  const { clusterId } = await openCluster(store, random, { probe });
  const caches = { hotCacheBytes: HOT_CACHE_BYTES, coldCacheBytes: COLD_CACHE_BYTES };
  const log = await openShardLog({ store, modules: brokerModules, ...caches, clock, random, logger });
  let isStale = false;
  log.onHalt((error) => (isStale = error.code === "LOG_STALE"));
  const settings = { fetchMaxBytes: FETCH_BYTES_MAX, ...options.broker };
  const advertised = { advertisedHost: BROKER.host, advertisedPort: BROKER.port };
  const broker = createBroker({ log, clusterId, clock, random, logger }, { ...settings, ...advertised });
  const client = createClient({
    transport: inProcessTransport(broker),
    bootstrap: [BROKER],
    clientId: "lambda",
    codecs: defaultCodecs,
    clock,
    random,
    logger,
  });
  const rest = createRestProxy({
    client,
    clock,
    random,
    logger,
    settings: {
      requestBytesMax: REST_REQUEST_BYTES_MAX,
      consumerRequestBytesMax: REST_READ_BYTES_MAX,
      consumerInstancesMax: CONSUMER_INSTANCES_MAX,
      ...options.rest,
    },
  });
  return {
    client,
    get isStale() {
      return isStale;
    },
    fetch: (request, env) => rest.fetch(request, env),
    async [Symbol.asyncDispose]() {
      await rest.close();
      await client.close();
      await broker.close();
      await log.close();
    },
  };
}
