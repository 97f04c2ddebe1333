import { invariant, StreambedError } from "@streambed/kernel";
import type { Clock, Logger } from "@streambed/kernel";
import type { Command, CommandOutcome } from "../command.ts";
import type { BatchInput } from "../entry-codec.ts";
import { ENTRY_PAYLOAD_BYTES_MAX } from "../limits.ts";
import type { BatchOutcome } from "../log-state.ts";
import type { OwnershipMode } from "../ownership.ts";
import type { Partition } from "../partition.ts";
import type { LogView, PartitionedLog, PartitionPlace } from "../partitioned-log.ts";
import type { StateModule } from "../ports/state-module.ts";
import type { ShardLog } from "../shard-log.ts";
import { SHARDS_CONFIG } from "../shard-place.ts";
import { MergedView } from "./merged-view.ts";
import { ShardTopics } from "./shard-topics.ts";

/** What a sharded log is made of. */
export interface ShardedLogParts {
  /** All shards in the order of their numbers, opened with `isOneOfSeveral`. */
  readonly shards: readonly ShardLog[];
  /** As the shards were opened. */
  readonly ownership: OwnershipMode;
  /** A topic is spread over so many shards, more than are open here: the cluster has grown. */
  readonly onMissing?: (shards: number) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The shards of a cluster as one log. Shard 0 holds what there is once: topics, configs, producer ids. A topic is spread
 * over as many shards as there were when it was created.
 *
 * @example
 * const log = new ShardedLog({ shards, ownership: "shared", clock, logger });
 * createBroker({ log, clusterId });
 */
export class ShardedLog implements PartitionedLog {
  readonly #parts: ShardedLogParts;
  readonly #shards: ShardLog[] = [];
  readonly #topics: Map<number, ShardTopics> = new Map();
  readonly #view: MergedView;
  /** Who waits for the first records of a topic, by topic: partitions that no shard knows cannot be watched. */
  readonly #awaiting: Map<string, Set<() => void>> = new Map();

  constructor(parts: ShardedLogParts) {
    this.#parts = parts;
    const [home] = parts.shards;
    invariant(home !== undefined, "a cluster has a shard 0");
    this.#shards.push(home);
    this.#view = new MergedView(this.#shards, (shards) => parts.onMissing?.(shards));
    this.#follow(0);
    for (const shard of parts.shards.slice(1)) this.add(shard);
  }

  /** Adds the next shard: topics that are created from now on are spread over it, too. */
  add(shard: ShardLog): void {
    const number = this.#shards.length;
    invariant(shard.internals.shard === number, "shards come in the order of their numbers");
    this.#shards.push(shard);
    this.#view.forgetAll();
    const { ownership, clock, logger } = this.#parts;
    this.#topics.set(number, new ShardTopics({ home: this.#shard(0), shard, number, ownership, clock, logger }));
    this.#follow(number);
    for (const topicId of this.#awaiting.keys()) this.#wake(topicId);
  }

  /** All shards in the order of their numbers. */
  get shards(): readonly ShardLog[] {
    return this.#shards;
  }

  get view(): LogView {
    return this.#view;
  }

  get modules(): readonly StateModule[] {
    return this.#shards.flatMap(({ modules }) => modules);
  }

  shardOf(topicId: string, partition: number): number {
    const place = this.#view.shardOf(topicId, partition);
    return place < this.#shards.length ? place : -1;
  }

  append(batches: readonly BatchInput[], mentioned: readonly string[] = []): Promise<readonly BatchOutcome[]> {
    const places = batches.map(({ topicId, partition }) => this.#view.shardOf(topicId, partition));
    const [first = 0] = places;
    if (places.every((place) => place === first)) return this.#append(first, batches, mentioned);
    return this.#appendApart(batches, places, mentioned);
  }

  async #appendApart(
    batches: readonly BatchInput[],
    places: readonly number[],
    mentioned: readonly string[],
  ): Promise<readonly BatchOutcome[]> {
    const apart = [...new Set(places)].map(async (place) => {
      const indexes = [...places.keys()].filter((at) => places[at] === place);
      const outcomes = await this.#append(
        place,
        batches.filter((_, at) => places[at] === place),
        mentioned,
      );
      return indexes.map((at, index) => [at, outcomes[index]] as const);
    });
    const outcomes: BatchOutcome[] = [];
    for (const [at, outcome] of (await Promise.all(apart)).flat()) if (outcome !== undefined) outcomes[at] = outcome;
    return outcomes;
  }

  #append(
    place: number,
    batches: readonly BatchInput[],
    mentioned: readonly string[],
  ): Promise<readonly BatchOutcome[]> {
    if (place === 0) return this.#shard(0).append(batches);
    return this.#topics.get(place)?.append(batches, mentioned) ?? Promise.reject(this.#notOpen(place));
  }

  command(command: Command): Promise<CommandOutcome> {
    if (command.kind === "create-topic") return this.#shard(0).command(this.#spread(command));
    const place = command.kind === "advance-start" ? this.#view.shardOf(command.topicId, command.partition) : 0;
    return this.#shards[place]?.command(command) ?? Promise.reject(this.#notOpen(place));
  }

  read(partition: Partition, offset: number, maxBytes: number): Promise<readonly Uint8Array[]> {
    const place = this.#view.placeOf(partition);
    return this.#shards[place]?.read(partition, offset, maxBytes) ?? Promise.reject(this.#notOpen(place));
  }

  findByTime(partition: Partition, timestampMs: number): Promise<Uint8Array | undefined> {
    const place = this.#view.placeOf(partition);
    return this.#shards[place]?.findByTime(partition, timestampMs) ?? Promise.reject(this.#notOpen(place));
  }

  watch(partitions: readonly Partition[], listener: () => void): () => void {
    const byShard = Map.groupBy(partitions, (partition) => this.#view.placeOf(partition));
    const stops = [...byShard].map(([place, those]) => this.#shards[place]?.watch(those, listener));
    const awaited = new Set<string>();
    for (const partition of partitions) if (!this.#isKnown(partition)) awaited.add(partition.topicId);
    for (const topicId of awaited)
      this.#awaiting.set(topicId, (this.#awaiting.get(topicId) ?? new Set()).add(listener));
    return () => {
      for (const stop of stops) stop?.();
      for (const topicId of awaited) this.#forgetAwaiting(topicId, listener);
    };
  }

  async verifyTail(partitions?: readonly PartitionPlace[]): Promise<void> {
    const places = new Set(
      partitions === undefined
        ? this.#shards.keys()
        : [0, ...partitions.map(({ topicId, partition }) => this.#view.shardOf(topicId, partition))],
    );
    await Promise.all(
      [...places].map((place) => this.#shards[place]?.verifyTail() ?? Promise.reject(this.#notOpen(place))),
    );
  }

  /** Each shard may have its part waiting, or at least what fills its next entry. */
  async whenQueueBelow(bytes: number): Promise<void> {
    const share = Math.max(bytes / this.#shards.length, Math.min(bytes, ENTRY_PAYLOAD_BYTES_MAX));
    await Promise.all(this.#shards.map((shard) => shard.whenQueueBelow(share)));
  }

  async close(): Promise<void> {
    for (const topics of this.#topics.values()) topics.stop();
    await Promise.all(this.#shards.map((shard) => shard.close()));
  }

  #shard(number: number): ShardLog {
    const shard = this.#shards[number];
    invariant(shard !== undefined, "the shard is open");
    return shard;
  }

  #spread(command: Extract<Command, { kind: "create-topic" }>): Command {
    if (this.#shards.length === 1) return command;
    return { ...command, configs: new Map([...command.configs, [SHARDS_CONFIG, String(this.#shards.length)]]) };
  }

  #isKnown({ topicId, number, slot }: Partition): boolean {
    // What no fold has taken in has no slot.
    return slot >= 0 || this.#view.partition(topicId, number) === undefined;
  }

  #follow(number: number): void {
    this.#shard(number).internals.state.onTopic = (topicId) => {
      this.#view.forget(topicId);
      this.#wake(topicId);
      if (number > 0) this.#topics.get(number)?.note(topicId);
      else for (const topics of this.#topics.values()) topics.note(topicId);
    };
  }

  /** The fold is in the middle of an entry, so they are told a little later. */
  #wake(topicId: string): void {
    const listeners = this.#awaiting.get(topicId);
    if (listeners === undefined) return;
    const woken = [...listeners];
    void Promise.resolve().then(() => {
      for (const listener of woken) listener();
    });
  }

  #forgetAwaiting(topicId: string, listener: () => void): void {
    const listeners = this.#awaiting.get(topicId);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.#awaiting.delete(topicId);
  }

  #notOpen(number: number): StreambedError {
    this.#parts.onMissing?.(number + 1);
    return new StreambedError({
      kind: "unavailable",
      code: "NOT_OWNER",
      retriable: true,
      message: `Shard ${number} is new and not open in this process yet; send the request again.`,
    });
  }
}
