import type { PartitionDescription, TopicDescription } from "@streambed/client";
import { unknownTopic } from "./errors.ts";
import { numberSegment } from "./http/numbers.ts";
import type { Proxy } from "./proxy.ts";
import { isUnknownTopic } from "./rest-error.ts";

/** @throws RestError 404/40403 when there is no such topic */
export async function describeTopic(proxy: Proxy, name: string): Promise<TopicDescription> {
  const [topic] = await proxy.client.admin.describeTopics([name]);
  if (topic === undefined) throw unknownTopic(name);
  if (topic.ok) return topic;
  throw isUnknownTopic(topic.error) ? unknownTopic(name) : topic.error;
}

/** Partitions in order of their number. */
export function partitionsOf(topic: TopicDescription): readonly PartitionDescription[] {
  return topic.partitions.toSorted((left, right) => left.partition - right.partition);
}

/** The partition a path segment names, or null. @throws RestError 404/40403 when there is no such topic */
export async function describePartition(
  proxy: Proxy,
  topic: string,
  segment: string,
): Promise<PartitionDescription | null> {
  const number = numberSegment(segment);
  const { partitions } = await describeTopic(proxy, topic);
  return partitions.find((candidate) => candidate.partition === number) ?? null;
}

/** First and next offset of one partition. */
export async function edgeOffsets(
  proxy: Proxy,
  topic: string,
  partition: number,
): Promise<{ readonly earliest: number; readonly latest: number }> {
  const [earliest, latest] = await proxy.client.admin.listOffsets([
    { topic, partition, spec: "earliest" },
    { topic, partition, spec: "latest" },
  ]);
  for (const result of [earliest, latest]) if (result?.ok === false) throw result.error;
  return { earliest: earliest?.ok === true ? earliest.offset : 0, latest: latest?.ok === true ? latest.offset : 0 };
}
