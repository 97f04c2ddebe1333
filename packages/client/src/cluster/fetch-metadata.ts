import type { MetadataResponse } from "@streambed/protocol";
import { METADATA } from "../apis/core-apis.ts";
import { codeError } from "../errors.ts";
import type { StreambedError } from "@streambed/kernel";
import type { BrokerConnection, RequestOptions } from "../net/broker-connection.ts";
import type { MetadataCache, TopicMetadata } from "./metadata-cache.ts";

/** What to ask: some topics, or all of them. */
export interface MetadataQuestion {
  readonly topics: readonly string[] | "all";
  readonly allowAutoTopicCreation: boolean;
}

/** One answer per topic asked. */
export type TopicLookup =
  | { readonly ok: true; readonly topic: TopicMetadata }
  | { readonly ok: false; readonly name: string; readonly error: StreambedError };

/** Asks a broker, puts the answer into the cache, and returns what was said of each topic. */
export async function fetchMetadata(
  connection: BrokerConnection,
  question: MetadataQuestion,
  into: { readonly cache: MetadataCache; readonly staleAtMs: number; readonly request: RequestOptions },
): Promise<readonly TopicLookup[]> {
  const topics = question.topics === "all" ? null : question.topics.map((name) => ({ name }));
  const response = await connection.request(
    METADATA,
    // Version 0 has no null, and takes an empty list for all topics.
    (version) => ({
      topics: version === 0 ? (topics ?? []) : topics,
      ...(version >= 4 && { allowAutoTopicCreation: question.allowAutoTopicCreation }),
    }),
    into.request,
  );
  if (response.errorCode !== 0) throw codeError(response.errorCode, "Metadata");
  // A broker that is starting may know nobody yet; what is known is better than that.
  if (response.brokers.length > 0) into.cache.setBrokers(response.brokers);
  into.cache.controllerId = response.controllerId;
  into.cache.clusterId = response.clusterId;
  return response.topics.map((answer) => learnTopic(answer, into));
}

function learnTopic(
  answer: MetadataResponse["topics"][number],
  into: { readonly cache: MetadataCache; readonly staleAtMs: number },
): TopicLookup {
  const name = answer.name ?? "";
  // A topic without a leader somewhere is usable elsewhere, so LEADER_NOT_AVAILABLE alone does not hide it.
  if (answer.errorCode !== 0 && answer.partitions.length === 0) {
    if (answer.errorCode === 3) into.cache.forget(name);
    return { ok: false, name, error: codeError(answer.errorCode, `Metadata of topic ${name}`) };
  }
  const partitions = answer.partitions
    .map((partition) => ({
      partition: partition.partitionIndex,
      leader: partition.leaderId,
      leaderEpoch: partition.leaderEpoch,
      replicas: partition.replicaNodes,
      isr: partition.isrNodes,
      offlineReplicas: partition.offlineReplicas,
    }))
    .sort((left, right) => left.partition - right.partition);
  const topic = { name, topicId: answer.topicId, internal: answer.isInternal, partitions };
  into.cache.learn(topic, into.staleAtMs);
  return { ok: true, topic: into.cache.topic(name) ?? topic };
}
