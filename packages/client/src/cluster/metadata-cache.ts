import { ZERO_UUID } from "@streambed/kernel";
import type { Address } from "../ports/transport.ts";
import type { TopicPartition } from "../types.ts";

/** A broker as metadata names it. */
export interface Broker extends Address {
  readonly nodeId: number;
  readonly rack: string | null;
}

/** What is known of a partition. */
export interface PartitionMetadata {
  readonly partition: number;
  /** Node id, -1 when there is no leader now. */
  readonly leader: number;
  /** -1 when the broker does not tell. */
  readonly leaderEpoch: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
  readonly offlineReplicas: readonly number[];
}

/** What is known of a topic. */
export interface TopicMetadata {
  readonly name: string;
  /** Zero when the broker does not tell. */
  readonly topicId: string;
  readonly internal: boolean;
  /** By partition number, without gaps. */
  readonly partitions: readonly PartitionMetadata[];
}

/** The cluster as the last answers described it. */
export class MetadataCache {
  clusterId: string | null = null;
  controllerId: number = -1;
  #brokers = new Map<number, Broker>();
  readonly #topics = new Map<string, { topic: TopicMetadata; staleAtMs: number }>();
  readonly #namesById = new Map<string, string>();

  get brokers(): readonly Broker[] {
    return [...this.#brokers.values()];
  }

  broker(nodeId: number): Broker | undefined {
    return this.#brokers.get(nodeId);
  }

  setBrokers(brokers: readonly Broker[]): void {
    this.#brokers = new Map(brokers.map((broker) => [broker.nodeId, broker]));
  }

  /** A topic that was learnt before `nowMs` and is not stale. */
  fresh(name: string, nowMs: number): TopicMetadata | undefined {
    const known = this.#topics.get(name);
    return known !== undefined && nowMs < known.staleAtMs ? known.topic : undefined;
  }

  /** A topic, however old. */
  topic(name: string): TopicMetadata | undefined {
    return this.#topics.get(name)?.topic;
  }

  partition({ topic, partition }: TopicPartition): PartitionMetadata | undefined {
    return this.topic(topic)?.partitions[partition];
  }

  /** Leader of a partition, when it is known and its address, too. */
  leader(of: TopicPartition): Broker | undefined {
    const nodeId = this.partition(of)?.leader ?? -1;
    return this.#brokers.get(nodeId);
  }

  /** Name of a topic id seen before. */
  topicName(topicId: string): string | undefined {
    return this.#namesById.get(topicId);
  }

  /** Takes in an answer. A partition never goes back to an older leader epoch of the same topic. */
  learn(topic: TopicMetadata, staleAtMs: number): void {
    const before = this.topic(topic.name);
    const sameTopic = before?.topicId === topic.topicId;
    const partitions = topic.partitions.map((partition) => {
      const old = sameTopic ? before?.partitions[partition.partition] : undefined;
      return old !== undefined && old.leaderEpoch > partition.leaderEpoch ? old : partition;
    });
    if (before !== undefined && !sameTopic) this.#namesById.delete(before.topicId);
    if (topic.topicId !== ZERO_UUID) this.#namesById.set(topic.topicId, topic.name);
    this.#topics.set(topic.name, { topic: { ...topic, partitions }, staleAtMs });
  }

  /** The next look at the topic asks the brokers. */
  expire(name: string): void {
    const known = this.#topics.get(name);
    if (known !== undefined) known.staleAtMs = Number.NEGATIVE_INFINITY;
  }

  forget(name: string): void {
    const known = this.topic(name);
    if (known !== undefined) this.#namesById.delete(known.topicId);
    this.#topics.delete(name);
  }

  /** Takes a hint of a broker that is not the leader any more (KIP-951). True when it is news. */
  noteLeader(of: TopicPartition, hint: { readonly leaderId: number; readonly leaderEpoch: number }): boolean {
    const known = this.#topics.get(of.topic);
    const old = known?.topic.partitions[of.partition];
    if (known === undefined || old === undefined) return false;
    if (hint.leaderId < 0 || hint.leaderEpoch <= old.leaderEpoch || !this.#brokers.has(hint.leaderId)) return false;
    const partitions = known.topic.partitions.map((partition) =>
      partition === old ? { ...old, leader: hint.leaderId, leaderEpoch: hint.leaderEpoch } : partition,
    );
    known.topic = { ...known.topic, partitions };
    return true;
  }

  /** Addresses that came with a leader hint. */
  noteBroker(broker: Broker): void {
    this.#brokers.set(broker.nodeId, broker);
  }
}
