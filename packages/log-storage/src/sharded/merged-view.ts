import { newPartition } from "../partition.ts";
import type { Partition, Topic } from "../partition.ts";
import type { LogView } from "../partitioned-log.ts";
import type { ShardLog } from "../shard-log.ts";
import { SHARDS_CONFIG, shardOf, shardsOf } from "../shard-place.ts";
import { MergedTopics } from "./merged-topics.ts";

/**
 * Topics of shard 0 with their partitions from the shards that hold them. A shard hears of a topic when it is first
 * written to; until then its partitions are empty.
 */
export class MergedView implements LogView {
  readonly topics: ReadonlyMap<string, Topic>;
  readonly #shards: readonly ShardLog[];
  readonly #onMissing: (shards: number) => void;
  readonly #merged: Map<string, Topic> = new Map();
  /** Of merged topics. Their numbers alone do not tell when a topic was deleted meanwhile. */
  readonly #places: WeakMap<Partition, number> = new WeakMap();

  /** `shards` may grow. `onMissing`: a topic is spread over so many, which is more than there are here. */
  constructor(shards: readonly ShardLog[], onMissing: (shards: number) => void) {
    this.#shards = shards;
    this.#onMissing = onMissing;
    this.topics = new MergedTopics(this.#home.topics, (topic) => this.#merge(topic));
  }

  get #home(): LogView {
    const [home] = this.#shards;
    if (home === undefined) throw new RangeError("a cluster has a shard 0");
    return home.view;
  }

  get epoch(): number {
    return this.#home.epoch;
  }

  topicNamed(name: string): Topic | undefined {
    const topic = this.#home.topicNamed(name);
    return topic === undefined ? undefined : this.#merge(topic);
  }

  partition(topicId: string, partition: number): Partition | undefined {
    return this.topics.get(topicId)?.partitions[partition];
  }

  epochOf(topicId: string, partition: number): number {
    return this.#shards[this.shardOf(topicId, partition)]?.view.epoch ?? 0;
  }

  /** Of a topic that does not exist: 0, where it would be found. */
  shardOf(topicId: string, partition: number): number {
    const topic = this.#home.topics.get(topicId);
    return topic === undefined ? 0 : shardOf(topicId, partition, shardsOf(topic.configs));
  }

  /** The shard that a partition from this view is in. */
  placeOf(partition: Partition): number {
    return this.#places.get(partition) ?? 0;
  }

  /** Puts the topic together anew when it is asked for next. */
  forget(topicId: string): void {
    this.#merged.delete(topicId);
  }

  /** As {@link forget}, for all: there are more shards now. */
  forgetAll(): void {
    this.#merged.clear();
  }

  #merge(topic: Topic): Topic {
    const shards = shardsOf(topic.configs);
    if (shards === 1) return topic;
    const known = this.#merged.get(topic.topicId);
    if (known !== undefined) return known;
    if (shards > this.#shards.length) this.#onMissing(shards);
    const { topicId, name } = topic;
    const partitions = topic.partitions.map(({ number }) => {
      const place = shardOf(topicId, number, shards);
      const partition = this.#shards[place]?.view.partition(topicId, number) ?? newPartition(topicId, number);
      this.#places.set(partition, place);
      return partition;
    });
    const configs = new Map([...topic.configs].filter(([config]) => config !== SHARDS_CONFIG));
    const merged = { topicId, name, configs, partitions };
    this.#merged.set(topicId, merged);
    return merged;
  }
}
