import type { Cluster } from "../cluster/cluster.ts";
import type { Subscription } from "../consumer-types.ts";
import { MISSING_TOPIC_PAUSE_MS } from "../limits.ts";
import { partitionCounts } from "./leader-assignments.ts";

/** What the watch needs from the consumer. */
export interface SubscriptionTopicsParts {
  readonly cluster: Cluster;
  readonly allowAutoTopicCreation: boolean;
  /** Partition counts the group's assignment was made from; null for members that do not lead. */
  readonly assignedFrom: () => ReadonlyMap<string, number> | null;
  /** Something changed that needs a rebalance. */
  readonly onChange: () => void;
}

/** Knows which topics a subscription means now, and notices when that changes. */
export class SubscriptionTopics {
  readonly #parts: SubscriptionTopicsParts;
  readonly #subscription: Subscription;
  #topics: readonly string[];
  #dueMs = Number.NEGATIVE_INFINITY;
  #looking = false;

  constructor(subscription: Subscription, parts: SubscriptionTopicsParts) {
    this.#parts = parts;
    this.#subscription = subscription;
    this.#topics = "topics" in subscription ? [...new Set(subscription.topics)].sort() : [];
  }

  get topics(): readonly string[] {
    return this.#topics;
  }

  get listener(): Subscription["listener"] {
    return this.#subscription.listener;
  }

  /** For a pattern: asks for all topics. Call it before a join. */
  async resolve(signal?: AbortSignal): Promise<void> {
    if (!("pattern" in this.#subscription)) return;
    const { cluster } = this.#parts;
    const { pattern } = this.#subscription;
    const limit = { timeoutMs: cluster.settings.defaultApiTimeoutMs, signal };
    const lookups = await cluster.retrying("Topics of a pattern", limit, () =>
      cluster.lookUp({ topics: "all", allowAutoTopicCreation: false }),
    );
    // A pattern with the g or y flag would remember where it stopped; internal topics must be named (Kafka's exclude.internal.topics).
    const matcher = new RegExp(pattern.source, pattern.flags.replaceAll(/[gy]/g, ""));
    this.#topics = lookups
      .flatMap((lookup) => (lookup.ok && !lookup.topic.internal ? [lookup.topic.name] : []))
      .filter((name) => matcher.test(name))
      .sort();
  }

  /** Called by every poll: looks from time to time for new topics and partitions. */
  watch(): void {
    const { clock, metadataMaxAgeMs } = this.#parts.cluster.settings;
    const nowMs = clock.elapsed();
    const counts = this.#parts.assignedFrom();
    const missing = counts !== null && [...counts.values()].includes(0);
    if (this.#dueMs === Number.NEGATIVE_INFINITY) this.#dueMs = nowMs + metadataMaxAgeMs;
    if (missing) this.#dueMs = Math.min(this.#dueMs, nowMs + MISSING_TOPIC_PAUSE_MS);
    if (nowMs < this.#dueMs || this.#looking) return;
    this.#dueMs = nowMs + metadataMaxAgeMs;
    this.#looking = true;
    // A failed look changes nothing; the next one is made in time.
    this.#look(counts)
      .catch(() => undefined)
      .finally(() => {
        this.#looking = false;
      });
  }

  async #look(counts: ReadonlyMap<string, number> | null): Promise<void> {
    const before = this.#topics;
    await this.resolve();
    const same = before.length === this.#topics.length && before.every((name, at) => name === this.#topics[at]);
    if (!same) return this.#parts.onChange();
    if (counts === null) return;
    const { cluster, allowAutoTopicCreation } = this.#parts;
    const now = await partitionCounts(cluster, [...counts.keys()], { allowAutoTopicCreation });
    const changed = [...counts].some(([name, count]) => (now.get(name) ?? 0) !== count);
    if (changed && this.#parts.assignedFrom() === counts) this.#parts.onChange();
  }
}
