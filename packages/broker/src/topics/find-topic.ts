import { ZERO_UUID } from "@streambed/kernel";
import type { Partition, Topic } from "@streambed/log-storage";
import type { BrokerCore } from "../broker-core.ts";
import { code } from "../kafka-error.ts";

/** A topic as a request names it: by name in old versions, by id in new ones. */
export interface TopicReference {
  readonly name: string;
  readonly topicId: string;
  /** True in versions that have no names: an id that is missing is then an unknown id. Default: where an id is given. */
  readonly isById?: boolean;
}

/** The topic, or the Kafka error for its absence: unknown name [3] or unknown id [100]. */
export type FoundTopic =
  | { readonly topic: Topic; readonly errorCode: 0 }
  | { readonly topic?: undefined; readonly errorCode: number };

/** Finds a topic by id when there is one, else by name. */
export function findTopic(broker: Pick<BrokerCore, "log">, reference: TopicReference): FoundTopic {
  const { view } = broker.log;
  const byId = reference.isById ?? reference.topicId !== ZERO_UUID;
  const topic = byId ? view.topics.get(reference.topicId) : view.topicNamed(reference.name);
  if (topic !== undefined) return { topic, errorCode: 0 };
  return { errorCode: code(byId ? "UNKNOWN_TOPIC_ID" : "UNKNOWN_TOPIC_OR_PARTITION") };
}

/** First offset after the last record written under `epoch` or an earlier one; undefined when there is none. */
export function endOfEpoch(
  partition: Partition,
  epoch: number,
): { readonly epoch: number; readonly endOffset: number } | undefined {
  const index = partition.epochs.findLastIndex((start) => start.epoch <= epoch);
  const start = partition.epochs[index];
  if (start === undefined) return undefined;
  return { epoch: start.epoch, endOffset: partition.epochs[index + 1]?.startOffset ?? partition.endOffset };
}
