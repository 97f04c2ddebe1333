import type { Topic } from "../partition.ts";

/** A map of topics, each seen through `merge` when it is looked at. */
export class MergedTopics implements ReadonlyMap<string, Topic> {
  readonly #topics: ReadonlyMap<string, Topic>;
  readonly #merge: (topic: Topic) => Topic;

  constructor(topics: ReadonlyMap<string, Topic>, merge: (topic: Topic) => Topic) {
    this.#topics = topics;
    this.#merge = merge;
  }

  get size(): number {
    return this.#topics.size;
  }

  get(topicId: string): Topic | undefined {
    const topic = this.#topics.get(topicId);
    return topic === undefined ? undefined : this.#merge(topic);
  }

  has(topicId: string): boolean {
    return this.#topics.has(topicId);
  }

  keys(): MapIterator<string> {
    return this.#topics.keys();
  }

  *values(): MapIterator<Topic> {
    for (const topic of this.#topics.values()) yield this.#merge(topic);
  }

  *entries(): MapIterator<[string, Topic]> {
    for (const [topicId, topic] of this.#topics) yield [topicId, this.#merge(topic)];
  }

  [Symbol.iterator](): MapIterator<[string, Topic]> {
    return this.entries();
  }

  forEach(call: (topic: Topic, topicId: string, topics: ReadonlyMap<string, Topic>) => void): void {
    for (const [topicId, topic] of this) call(topic, topicId, this);
  }
}
