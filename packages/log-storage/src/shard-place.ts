import { StreambedError } from "@streambed/kernel";
import { SHARDS_MAX } from "./limits.ts";

/**
 * Config in which a topic keeps how many shards there were when it was created: its partitions are spread over those for
 * ever, so that growth moves nothing. Topics without it live in shard 0. Clients never see it and cannot set it.
 */
export const SHARDS_CONFIG = "streambed.shards";

/** How many shards a topic with these overrides is spread over. */
export function shardsOf(configs: ReadonlyMap<string, string>): number {
  const text = configs.get(SHARDS_CONFIG);
  if (text === undefined) return 1;
  return Math.min(Math.max(Math.trunc(Number(text)) || 1, 1), SHARDS_MAX);
}

/** The shard of a partition: neighbours lie in different shards, and topics begin at different ones. */
export function shardOf(topicId: string, partition: number, shards: number): number {
  if (shards === 1) return 0;
  // Topic ids are random, so their first digits are a hash.
  return ((Number.parseInt(topicId.slice(0, 8), 16) || 0) + partition) % shards;
}

/** Which shard a fold is of, and whether the process knows of others. */
export interface ShardPlace {
  readonly shard: number;
  /** False: a topic that is spread over several shards would be misread, so the fold stops. */
  readonly knowsOthers: boolean;
}

/** A process that opened shard 0 as the only one has met a topic that is spread over several. */
export function clusterGrew(shards: number): StreambedError {
  return new StreambedError({
    kind: "invalid",
    code: "CLUSTER_GREW",
    message: `The cluster on this bucket has grown to ${shards} shards or more; open it anew, with a server that is started now.`,
  });
}
