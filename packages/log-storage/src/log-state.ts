import type { Command, CommandOutcome } from "./command.ts";
import { damaged } from "./entry-codec.ts";
import { ALL_GUARDS } from "./guards.ts";
import type { Guards } from "./guards.ts";
import type { Entry, EntryBatch } from "./entry.ts";
import { NO_ENTRY } from "./entry.ts";
import { CHECKPOINT_INTERVAL_ENTRIES, PARTITIONS_PER_TOPIC_MAX, PRODUCER_EXPIRATION_MS, TOPICS_MAX } from "./limits.ts";
import { applyInstall } from "./install-fold.ts";
import type { Pack, RetiredPack } from "./pack-table.ts";
import { configsOf, newPartition, noteEpoch, producersSince, rememberProducer } from "./partition.ts";
import type { Partition, Topic } from "./partition.ts";
import type { StateModule } from "./ports/state-module.ts";
import { advanceWindow, judgeSequence } from "./producer-window.ts";
import { RowBook } from "./row-book.ts";
import { clusterGrew, shardOf, shardsOf } from "./shard-place.ts";
import type { ShardPlace } from "./shard-place.ts";

/** What the fold made of a batch. */
export type BatchOutcome =
  | { readonly status: "appended"; readonly baseOffset: number; readonly logStartOffset: number }
  /** A retry of an idempotent producer: stored before, at this offset. */
  | {
      readonly status: "duplicate";
      readonly baseOffset: number;
      readonly timestampMs: number;
      readonly logStartOffset: number;
    }
  | { readonly status: "rejected"; readonly reason: BatchRejection };

/** Why a batch was not appended. */
export type BatchRejection = "unknown-partition" | "out-of-order-sequence" | "old-producer-epoch";

type TopicCommand = Extract<
  Command,
  { kind: "delete-topic" | "create-partitions" | "alter-configs" | "advance-start" }
>;

/** What the fold made of an entry. A void entry changed nothing, for everybody, forever. */
export type EntryOutcome =
  | { readonly valid: false }
  | { readonly valid: true; readonly commands: readonly CommandOutcome[]; readonly batches: readonly BatchOutcome[] };

/** The process that owns a shard. */
export interface Owner {
  readonly writerId: string;
  readonly nodeId: number;
}

/**
 * The deterministic fold over the entries of a shard: the same entries give the same state in every process. It
 * validates again what the writer validated, so several writers are safe.
 */
export class LogState {
  /** Number of the last entry folded, valid or void. -1 before the first. */
  seq: number = -1;
  epoch: number = 0;
  /** Who took the shard over last; undefined before the first takeover and after a release. */
  owner: Owner | undefined;
  /** Id of the last valid entry. */
  lastEntryId: string = NO_ENTRY;
  timestampMs: number = 0;
  nextProducerId: number = 0;
  readonly topics: Map<string, Topic> = new Map();
  readonly topicIds: Map<string, string> = new Map();
  readonly rows: RowBook = new RowBook();
  readonly modules: readonly StateModule[];
  /** Called when a topic was created or deleted, or its partitions or configs have changed; in the middle of the fold. */
  onTopic: ((topicId: string) => void) | undefined;
  readonly #guards: Pick<Guards, "chainRule" | "revalidate">;
  readonly #place: ShardPlace;

  constructor(
    modules: readonly StateModule[] = [],
    guards: Pick<Guards, "chainRule" | "revalidate"> = ALL_GUARDS,
    place: ShardPlace = { shard: 0, knowsOthers: true },
  ) {
    this.modules = modules;
    this.#guards = guards;
    this.#place = place;
  }

  /** Leader epoch of a partition: that of its shard. */
  epochOf(_topicId: string, _partition: number): number {
    return this.epoch;
  }

  /** The partition, or undefined when topic or partition does not exist. */
  partition(topicId: string, partition: number): Partition | undefined {
    return this.topics.get(topicId)?.partitions[partition];
  }

  /** Packs in which rows lie, by number. */
  get packs(): ReadonlyMap<number, Pack> {
    return this.rows.packs.live;
  }

  /** Packs without rows whose objects are to be deleted, by number. */
  get retiredPacks(): ReadonlyMap<number, RetiredPack> {
    return this.rows.packs.retired;
  }

  /** The topic of that name. */
  topicNamed(name: string): Topic | undefined {
    const topicId = this.topicIds.get(name);
    return topicId === undefined ? undefined : this.topics.get(topicId);
  }

  /** Applies the next entry. Throws `LOG_DAMAGED` when it is not the next one. */
  apply(entry: Entry): EntryOutcome {
    const { header } = entry;
    if (header.seq !== this.seq + 1) throw damaged(header.seq, `it was folded after entry ${this.seq}`);
    this.seq = header.seq;
    const follows = header.epoch >= this.epoch && header.prevEntryId === this.lastEntryId;
    if (!follows && this.#guards.chainRule) return { valid: false };
    const raisesEpoch = header.epoch > this.epoch;
    this.epoch = Math.max(this.epoch, header.epoch);
    this.lastEntryId = header.entryId;
    this.timestampMs = Math.max(this.timestampMs, header.timestampMs);
    const commands = entry.commands.map((command) => this.#command(command, raisesEpoch));
    const batches = this.#batches(entry);
    if (header.seq % CHECKPOINT_INTERVAL_ENTRIES === 0) this.#expireProducers();
    return { valid: true, commands, batches };
  }

  #batches(entry: Entry): BatchOutcome[] {
    let previous: EntryBatch | undefined;
    return entry.batches.map((batch) => {
      const outcome = this.#batch(entry, batch, previous);
      previous = outcome.status === "appended" ? batch : undefined;
      return outcome;
    });
  }

  /** `previous` is the batch before in the entry, if it was appended: neighbours of one partition become one run. */
  #batch(entry: Entry, batch: EntryBatch, previous: EntryBatch | undefined): BatchOutcome {
    const topic = this.topics.get(batch.topicId);
    const partition = topic?.partitions[batch.partition];
    if (topic === undefined || partition === undefined || !this.#isHere(topic, batch.partition))
      return { status: "rejected", reason: "unknown-partition" };
    const { logStartOffset } = partition;
    if (batch.producerId >= 0 && this.#guards.revalidate) {
      const window = partition.producers.get(batch.producerId);
      const judged = judgeSequence(window, batch);
      if (judged.verdict === "duplicate") {
        return {
          status: "duplicate",
          baseOffset: judged.batch.baseOffset,
          timestampMs: judged.batch.timestampMs,
          logStartOffset,
        };
      }
      if (judged.verdict === "old-epoch") return { status: "rejected", reason: "old-producer-epoch" };
      if (judged.verdict === "out-of-order") return { status: "rejected", reason: "out-of-order-sequence" };
      const at = { baseOffset: partition.endOffset, writtenMs: this.timestampMs };
      this.rows.partitions.touch(partition, this.seq);
      rememberProducer(partition, batch.producerId, advanceWindow(window, batch, at));
    }
    const baseOffset = partition.endOffset;
    this.#append(partition, batch, previous);
    if (batch.inline) this.#tellModules(topic.name, entry, batch, baseOffset);
    return { status: "appended", baseOffset, logStartOffset };
  }

  /** What belongs into another shard is refused whoever sends it: two shards must never hold records of one partition. */
  #isHere({ topicId, configs }: Topic, partition: number): boolean {
    const shards = shardsOf(configs);
    return shards === 1 || shardOf(topicId, partition, shards) === this.#place.shard;
  }

  /** Takes a topic in that was created or restored. Throws `CLUSTER_GREW` when this process cannot serve it. */
  addTopic(topic: Topic): void {
    const shards = shardsOf(topic.configs);
    if (shards > 1 && !this.#place.knowsOthers) throw clusterGrew(shards);
    this.topics.set(topic.topicId, topic);
    this.topicIds.set(topic.name, topic.topicId);
    this.onTopic?.(topic.topicId);
  }

  #append(partition: Partition, batch: EntryBatch, previous: EntryBatch | undefined): void {
    this.rows.partitions.touch(partition, this.seq);
    const baseOffset = partition.endOffset;
    const endOffset = baseOffset + batch.recordCount;
    const adjoins =
      previous !== undefined &&
      previous.topicId === batch.topicId &&
      previous.partition === batch.partition &&
      previous.position + previous.length === batch.position;
    const { position, length, maxTimestampMs } = batch;
    if (adjoins) {
      this.rows.extend(partition, endOffset, batch);
    } else {
      const run = { baseOffset, endOffset, source: this.seq, position, length, maxTimestampMs, epoch: this.epoch };
      this.rows.append(partition, run);
    }
    noteEpoch(partition, this.epoch, baseOffset);
    partition.endOffset = endOffset;
  }

  #tellModules(topic: string, entry: Entry, batch: EntryBatch, baseOffset: number): void {
    const bytes = entry.section.subarray(batch.position, batch.position + batch.length);
    for (const module of this.modules) module.apply({ topic, partition: batch.partition, baseOffset, bytes });
  }

  #command(command: Command, raisesEpoch: boolean): CommandOutcome {
    switch (command.kind) {
      case "create-topic":
        return this.#createTopic(command);
      case "allocate-producer-ids": {
        const firstProducerId = this.nextProducerId;
        this.nextProducerId += command.count;
        return { status: "allocated", firstProducerId };
      }
      case "takeover":
        if (!raisesEpoch) return { status: "rejected", reason: "not-applied" };
        this.owner = { writerId: command.writerId, nodeId: command.nodeId };
        return { status: "applied" };
      case "release":
        if (this.owner?.writerId !== command.writerId) return { status: "rejected", reason: "not-applied" };
        this.owner = undefined;
        return { status: "applied" };
      case "install":
        return applyInstall(this, command, this);
      case "forget-packs":
        this.rows.packs.forget(command.numbers);
        return { status: "applied" };
      case "delete-topic":
      case "create-partitions":
      case "alter-configs":
      case "advance-start":
        return this.#topicCommand(command);
    }
  }

  #createTopic(command: Extract<Command, { kind: "create-topic" }>): CommandOutcome {
    if (this.topicIds.has(command.name) || this.topics.has(command.topicId))
      return { status: "rejected", reason: "topic-exists" };
    if (this.topics.size >= TOPICS_MAX) return { status: "rejected", reason: "limit" };
    if (command.partitions < 1 || command.partitions > PARTITIONS_PER_TOPIC_MAX)
      return { status: "rejected", reason: "invalid-partitions" };
    const { topicId, name } = command;
    const topic: Topic = { topicId, name, configs: configsOf(command.configs), partitions: [] };
    this.#growTopic(topic, command.partitions);
    this.addTopic(topic);
    return { status: "applied" };
  }

  #topicCommand(command: TopicCommand): CommandOutcome {
    const topic = this.topics.get(command.topicId);
    if (topic === undefined) return { status: "rejected", reason: "unknown-topic" };
    switch (command.kind) {
      case "delete-topic":
        for (const partition of topic.partitions) this.rows.remove(partition, this);
        this.topics.delete(topic.topicId);
        this.topicIds.delete(topic.name);
        for (const module of this.modules) module.topicDeleted({ name: topic.name, topicId: topic.topicId });
        this.onTopic?.(topic.topicId);
        return { status: "applied" };
      case "create-partitions":
        if (command.partitions <= topic.partitions.length || command.partitions > PARTITIONS_PER_TOPIC_MAX) {
          return { status: "rejected", reason: "invalid-partitions" };
        }
        this.#growTopic(topic, command.partitions);
        this.onTopic?.(topic.topicId);
        return { status: "applied" };
      case "alter-configs":
        this.#touchTopic(topic);
        topic.configs = changedConfigs(topic.configs, command.changes);
        this.onTopic?.(topic.topicId);
        return { status: "applied" };
      case "advance-start":
        return this.#advanceStart(topic.partitions[command.partition], command.offset);
    }
  }

  #growTopic(topic: Topic, count: number): void {
    this.#touchTopic(topic);
    for (let number = topic.partitions.length; number < count; number++) {
      const partition = newPartition(topic.topicId, number);
      topic.partitions.push(partition);
      this.rows.partitions.add(partition, this.seq);
    }
  }

  /** What is known about a topic as a whole is stored with its first partition. */
  #touchTopic(topic: Topic): void {
    const [first] = topic.partitions;
    if (first !== undefined) this.rows.partitions.touch(first, this.seq);
  }

  #advanceStart(partition: Partition | undefined, offset: number): CommandOutcome {
    if (partition === undefined || offset > partition.endOffset) return { status: "rejected", reason: "not-applied" };
    if (offset > partition.logStartOffset) this.rows.advanceStart(partition, offset, this);
    return { status: "applied" };
  }

  /** Uses the log's own time, so that every process forgets at the same entry. */
  #expireProducers(): void {
    const oldest = this.timestampMs - PRODUCER_EXPIRATION_MS;
    for (const partition of this.rows.partitions) {
      const kept = producersSince(partition, oldest);
      if (kept === partition.producers) continue;
      this.rows.partitions.touch(partition, this.seq);
      partition.producers = kept;
    }
  }
}

function changedConfigs(
  configs: ReadonlyMap<string, string>,
  changes: ReadonlyMap<string, string | null>,
): ReadonlyMap<string, string> {
  const changed = new Map(configs);
  for (const [name, value] of changes) {
    if (value === null) changed.delete(name);
    else changed.set(name, value);
  }
  return configsOf(changed);
}
