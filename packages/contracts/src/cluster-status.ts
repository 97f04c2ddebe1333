import * as z from "zod";
import { BROKERS_MAX, NAME_CHARS_MAX, SHARDS_MAX } from "./limits.ts";

const name = z.string().min(1).max(NAME_CHARS_MAX);
const nodeId = z.int().min(0).max(2_147_483_647);

/** A broker of a cluster, as it stands under `brokers/<nodeId>` in the bucket. Unknown fields are for newer versions. */
export const brokerRegistration = z.object({
  nodeId,
  /** Another one for each start of a process. */
  incarnation: name,
  /** Where Kafka clients and other brokers connect. */
  host: name,
  port: z.int().min(1).max(65_535),
  /** Where other brokers ask for the status below, without a slash at the end. */
  httpUrl: z.url({ protocol: /^https?$/ }).max(NAME_CHARS_MAX),
  rack: name.nullable().default(null),
  startedMs: z.number(),
  version: z.string().max(NAME_CHARS_MAX),
});
export type BrokerRegistration = z.infer<typeof brokerRegistration>;

/** Where `GET` answers with {@link clusterStatus}. */
export const CLUSTER_STATUS_PATH = "/cluster/v1/status";

/**
 * What a caller may ask: to be answered when something has changed since `after`, or after `waitMs` at the latest. Who
 * asks may name itself; that is a hint to look into the registry and nothing more.
 */
export const clusterStatusQuery = z.object({
  after: z.string().max(NAME_CHARS_MAX).optional(),
  waitMs: z.coerce.number().min(0).max(60_000).default(0),
  from: z.coerce.number().int().min(0).max(2_147_483_647).optional(),
  incarnation: z.string().max(NAME_CHARS_MAX).optional(),
});
export type ClusterStatusQuery = z.infer<typeof clusterStatusQuery>;

/** One shard as a broker knows it. */
const shardStatus = z.object({
  shard: z.int().min(0).max(SHARDS_MAX),
  /** Leader epoch of its partitions. */
  epoch: z.int().min(0),
  /** Number of the last log entry this broker has folded; the entry exists. */
  tailSeq: z.int().min(-1),
  /** Node id of the owner as the log says; null: nobody, or released. */
  owner: z.int().min(-1).nullable(),
  /** Whether the broker that answers owns it now. */
  leading: z.boolean(),
});

/** What a broker says about itself to the others. Nothing here is secret, and nothing is believed that the log denies. */
export const clusterStatus = z.object({
  clusterId: name,
  nodeId,
  incarnation: name,
  /** To be given as `after` by the next question. */
  cursor: name,
  /** It is about to stop: it takes nothing over and gives up what it owns. */
  leaving: z.boolean(),
  /** The bucket answers it. */
  storeHealthy: z.boolean(),
  shards: z.array(shardStatus).max(SHARDS_MAX),
  /** How it sees the others, for operators. */
  brokers: z
    .array(z.object({ nodeId, host: name, port: z.int(), state: z.enum(["unknown", "alive", "suspect", "dead"]) }))
    .max(BROKERS_MAX),
});
export type ClusterStatus = z.infer<typeof clusterStatus>;
export type ShardStatus = ClusterStatus["shards"][number];
