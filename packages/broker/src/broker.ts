import type { StoredGroups } from "@streambed/consumer-coordinator";
import { silentLogger, silentMeter, systemClock, systemRandom } from "@streambed/kernel";
import type { Clock, Logger, Meter, Random } from "@streambed/kernel";
import type { PartitionedLog } from "@streambed/log-storage";
import { apiByName, API_KEYS, defaultCodecs } from "@streambed/protocol";
import type { Codecs } from "@streambed/protocol";
import type { BrokerCore } from "./broker-core.ts";
import { groupStateOf } from "./broker-modules.ts";
import { createGroupService } from "./groups/group-service.ts";
import type { AnyHandler } from "./handlers/handler.ts";
import { HANDLERS } from "./handlers/index.ts";
import type { ClusterView } from "./ports/cluster-view.ts";
import { ProducerIds } from "./producer-ids.ts";
import type { Session } from "./session.ts";
import { openSession } from "./session.ts";
import { DEFAULT_SETTINGS } from "./settings.ts";
import type { BrokerSettings } from "./settings.ts";
import { singleProcess } from "./single-process.ts";

/** What a broker is made of. Only the log is required. */
export interface BrokerParts {
  readonly log: PartitionedLog;
  readonly clusterId: string;
  /** Default: this process leads everything. */
  readonly cluster?: ClusterView;
  /** Groups as the log has them. Default: those of the log's modules; a log of several shards needs `ShardedGroups`. */
  readonly storedGroups?: StoredGroups;
  readonly codecs?: Codecs;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: Logger;
  readonly meter?: Meter;
}

/** A Kafka broker without a network: frames in, frames out. */
export interface Broker {
  readonly core: BrokerCore;
  openSession(peer: { readonly remoteHost: string }): Session;
  /** Ends waits and timers. The log is closed by whoever opened it. */
  close(): Promise<void>;
}

/**
 * Creates a broker over an open log.
 *
 * @example
 * const broker = createBroker({ log, clusterId: "abc" }, { numPartitions: 3 });
 * const answer = await broker.openSession({ remoteHost: "127.0.0.1" }).handle(frame);
 */
export function createBroker(parts: BrokerParts, settings: Partial<BrokerSettings> = {}): Broker {
  const { clock = systemClock(), random = systemRandom(), logger = silentLogger, meter = silentMeter } = parts;
  const { log, clusterId, codecs = defaultCodecs, storedGroups = groupStateOf(log) } = parts;
  const merged = { ...DEFAULT_SETTINGS, ...settings };
  const producerIds = new ProducerIds(log);
  const cluster = parts.cluster ?? singleProcess(log, merged);
  const groups = createGroupService({ log, storedGroups, cluster, clock, random, logger, settings: merged });
  const apiVersions = HANDLERS.map(advertisedVersions);
  const core: BrokerCore = {
    log,
    clusterId,
    settings: merged,
    cluster,
    groups,
    producerIds,
    codecs,
    clock,
    random,
    logger,
    meter,
    apiVersions,
  };
  const handlers = new Map(HANDLERS.map((handler) => [API_KEYS[handler.name], handler]));
  return {
    core,
    openSession: (peer) => openSession(core, handlers, peer),
    close: () => groups.close(),
  };
}

function advertisedVersions(handler: AnyHandler): BrokerCore["apiVersions"][number] {
  const api = apiByName(handler.name);
  const newest = api.latestVersionUnstable ? api.maxVersion - 1 : api.maxVersion;
  const { min = api.minVersion, max = newest } = handler.versions ?? {};
  return { apiKey: api.apiKey, minVersion: min, maxVersion: max };
}
