import { hasCode, messageOf, StreambedError } from "@streambed/kernel";
import type { Clock, Logger } from "@streambed/kernel";
import type { Command } from "../command.ts";
import type { BatchInput } from "../entry-codec.ts";
import type { BatchOutcome } from "../log-state.ts";
import type { OwnershipMode } from "../ownership.ts";
import type { Topic } from "../partition.ts";
import type { ShardLog } from "../shard-log.ts";
import { shardOf, shardsOf } from "../shard-place.ts";

/** Wait before corrections that failed are tried again, milliseconds. */
const RETRY_MS = 1_000;
/** Corrections in one proposal. */
const CORRECTIONS_MAX = 1_000;

/** What keeping a shard's topics in line takes. */
export interface ShardTopicsParts {
  /** Shard 0, which decides what topics there are. */
  readonly home: ShardLog;
  readonly shard: ShardLog;
  readonly number: number;
  readonly ownership: OwnershipMode;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The topics of a shard other than 0: each is created there by whoever first writes to it, and follows what becomes of
 * it in shard 0. A topic is only ever deleted here after it was seen here and a look at the tail of shard 0 that began
 * later did not find it: ids are never used twice, so it cannot be one that is new.
 */
export class ShardTopics {
  readonly #parts: ShardTopicsParts;
  readonly #doubtful: Set<string> = new Set();
  readonly #stopListening: () => void;
  /** Creations that were proposed and not answered, by topic id. */
  readonly #onTheirWay: Map<string, { readonly name: string; readonly settled: Promise<void> }> = new Map();
  #correcting = false;
  #cancelRetry: (() => void) | undefined;
  /** Writes wait for a topic of the same name to be deleted. */
  #gate: Promise<boolean> | undefined;
  #stopped = false;

  constructor(parts: ShardTopicsParts) {
    this.#parts = parts;
    this.#stopListening = parts.shard.onOwnershipChange(() => this.#checkAll());
    this.#checkAll();
  }

  /** As `PartitionedLog.append`, for batches of this shard. */
  async append(batches: readonly BatchInput[], mentioned: readonly string[]): Promise<readonly BatchOutcome[]> {
    const outcomes = await this.#enter(batches, mentioned);
    const isRefused = outcomes.map((outcome, at) => isUnknown(outcome) && this.#isHere(batches[at]));
    if (!isRefused.includes(true)) return outcomes;
    // Another writer had a topic of the same name here, of which we had not heard. Now we have.
    const later = await this.#enter(
      batches.filter((_, at) => isRefused[at]),
      mentioned,
    );
    let next = 0;
    return outcomes.map((outcome, at) => (isRefused[at] === true ? (later[next++] ?? outcome) : outcome));
  }

  /** Queues at once, unless a topic of the same name has to go first. */
  #enter(batches: readonly BatchInput[], mentioned: readonly string[]): Promise<readonly BatchOutcome[]> {
    if (this.#gate === undefined) {
      const namesakes = this.#namesakes(batches, mentioned);
      if (namesakes.length === 0) return this.#propose(batches, mentioned);
      const gate = this.#whenCreated(namesakes).then(() => this.#tryCorrect(namesakes));
      // The first to hear of its end, so that nobody who comes later overtakes those who wait.
      void gate.then(() => (this.#gate = undefined));
      this.#gate = gate;
    }
    return this.#gate.then(() => this.#propose(batches, mentioned));
  }

  /** The topic has changed, here or in shard 0. */
  note(topicId: string): void {
    if (!this.#isWriter || this.#correction(topicId) === undefined) return;
    this.#doubtful.add(topicId);
    void this.#run();
  }

  stop(): void {
    this.#stopped = true;
    this.#stopListening();
    this.#cancelRetry?.();
  }

  get #isWriter(): boolean {
    return !this.#stopped && (this.#parts.ownership === "shared" || this.#parts.shard.ownership.isOurs);
  }

  #checkAll(): void {
    if (this.#isWriter) for (const topicId of this.#parts.shard.view.topics.keys()) this.note(topicId);
  }

  async #propose(batches: readonly BatchInput[], mentioned: readonly string[]): Promise<readonly BatchOutcome[]> {
    const { home, shard } = this.#parts;
    const missing = this.#missing(batches, mentioned);
    const commands = missing.map(({ topic, partitions }) => this.#creation(topic, partitions));
    const proposing = shard.propose({ commands, batches });
    const settled = proposing.then(
      () => undefined,
      () => undefined,
    );
    for (const { topic } of missing) this.#onTheirWay.set(topic.topicId, { name: topic.name, settled });
    try {
      const outcome = await proposing;
      const isUnheard = ({ topic: { topicId, name } }: { readonly topic: Topic }): boolean =>
        mentioned.includes(name) && home.view.topics.has(topicId) && !shard.view.topics.has(topicId);
      // What was said of it would go with its namesake, so it does not count as written.
      if (missing.some(isUnheard)) throw beingReplaced();
      return outcome.batches;
    } finally {
      for (const { topic } of missing)
        if (this.#onTheirWay.get(topic.topicId)?.settled === settled) this.#onTheirWay.delete(topic.topicId);
    }
  }

  #isHere(batch: BatchInput | undefined): boolean {
    const topic = batch === undefined ? undefined : this.#parts.home.view.topics.get(batch.topicId);
    if (batch === undefined || topic?.partitions[batch.partition] === undefined) return false;
    return shardOf(batch.topicId, batch.partition, shardsOf(topic.configs)) === this.#parts.number;
  }

  /** Resolves when the creation of these topics is no longer on its way. */
  async #whenCreated(topicIds: readonly string[]): Promise<void> {
    await Promise.all(topicIds.map((topicId) => this.#onTheirWay.get(topicId)?.settled));
  }

  /** Topics that the shard must hear of first, with the partitions it needs. */
  #missing(batches: readonly BatchInput[], mentioned: readonly string[]): { topic: Topic; partitions: number }[] {
    const { home, shard } = this.#parts;
    const missing = new Map<Topic, number>();
    for (const { topicId, partition } of batches) {
      const topic = home.view.topics.get(topicId);
      if (topic !== undefined && shard.view.partition(topicId, partition) === undefined)
        missing.set(topic, this.#partitionsHere(topic));
    }
    for (const name of mentioned) {
      const topic = home.view.topicNamed(name);
      if (topic !== undefined && !shard.view.topics.has(topic.topicId) && !missing.has(topic)) missing.set(topic, 1);
    }
    return [...missing].map(([topic, partitions]) => ({ topic, partitions }));
  }

  /** Up to the last one that belongs here, so that the topic need not grow with each partition that is written to. */
  #partitionsHere({ topicId, configs, partitions }: Topic): number {
    const shards = shardsOf(configs);
    return partitions.findLastIndex((_, number) => shardOf(topicId, number, shards) === this.#parts.number) + 1;
  }

  #creation({ topicId, name, configs }: Topic, partitions: number): Command {
    if (this.#parts.shard.view.topics.has(topicId)) return { kind: "create-partitions", topicId, partitions };
    return { kind: "create-topic", topicId, name, partitions, configs };
  }

  /** Topics here, or on their way here, that have the name of one that is to be created. */
  #namesakes(batches: readonly BatchInput[], mentioned: readonly string[]): string[] {
    const { view } = this.#parts.shard;
    return this.#missing(batches, mentioned).flatMap(({ topic: { topicId, name } }) => {
      const coming = [...this.#onTheirWay].flatMap(([id, { name: other }]) => (other === name ? [id] : []));
      return [view.topicNamed(name)?.topicId ?? topicId, ...coming].filter((id) => id !== topicId);
    });
  }

  async #run(): Promise<void> {
    if (this.#correcting || this.#cancelRetry !== undefined) return;
    this.#correcting = true;
    try {
      while (this.#doubtful.size > 0 && !this.#stopped) {
        const topicIds = [...this.#doubtful].slice(0, CORRECTIONS_MAX);
        // Before, not after: what changes once more meanwhile is noted anew.
        for (const topicId of topicIds) this.#doubtful.delete(topicId);
        if (await this.#tryCorrect(topicIds)) continue;
        for (const topicId of topicIds) this.#doubtful.add(topicId);
        return this.#retryLater();
      }
    } finally {
      this.#correcting = false;
    }
  }

  #retryLater(): void {
    this.#cancelRetry = this.#parts.clock.schedule(RETRY_MS, () => {
      this.#cancelRetry = undefined;
      void this.#run();
    });
  }

  /** False when it has to be tried again. Never rejects. */
  async #tryCorrect(topicIds: readonly string[]): Promise<boolean> {
    const { home, shard, logger, number } = this.#parts;
    try {
      // Also lets what is being folded now come to its end.
      await home.verifyTail();
      const commands = topicIds.flatMap((topicId) => this.#correction(topicId) ?? []);
      if (commands.length > 0 && this.#isWriter) await shard.propose({ commands, batches: [] });
      return true;
    } catch (error) {
      // The next owner looks at everything.
      if (hasCode(error, "NOT_OWNER")) return true;
      logger.log("warn", "topics-not-aligned", { shard: number, error: messageOf(error) });
      return false;
    }
  }

  /** What makes a topic that is known here what it is in shard 0, as far as that is known. */
  #correction(topicId: string): Command | undefined {
    const here = this.#parts.shard.view.topics.get(topicId);
    if (here === undefined) return undefined;
    const there = this.#parts.home.view.topics.get(topicId);
    if (there === undefined) return { kind: "delete-topic", topicId };
    const changes = new Map<string, string | null>();
    for (const name of here.configs.keys()) if (!there.configs.has(name)) changes.set(name, null);
    for (const [name, value] of there.configs) if (here.configs.get(name) !== value) changes.set(name, value);
    return changes.size === 0 ? undefined : { kind: "alter-configs", topicId, changes };
  }
}

function isUnknown(outcome: BatchOutcome): boolean {
  return outcome.status === "rejected" && outcome.reason === "unknown-partition";
}

function beingReplaced(): StreambedError {
  return new StreambedError({
    kind: "unavailable",
    code: "TOPIC_BEING_REPLACED",
    retriable: true,
    message: "A topic of the same name is still being deleted; send the request again.",
  });
}
