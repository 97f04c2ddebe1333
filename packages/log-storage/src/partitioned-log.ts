import type { Command, CommandOutcome } from "./command.ts";
import type { BatchInput } from "./entry-codec.ts";
import type { BatchOutcome } from "./log-state.ts";
import type { Partition, Topic } from "./partition.ts";
import type { StateModule } from "./ports/state-module.ts";

/** Topics and partitions as the fold knows them; read only. */
export interface LogView {
  readonly epoch: number;
  readonly topics: ReadonlyMap<string, Topic>;
  topicNamed(name: string): Topic | undefined;
  partition(topicId: string, partition: number): Partition | undefined;
  /** Leader epoch of a partition. */
  epochOf(topicId: string, partition: number): number;
}

/** A partition by its place. */
export interface PartitionPlace {
  readonly topicId: string;
  readonly partition: number;
}

/** What a broker needs of the log, be it one shard (`ShardLog`) or several (`ShardedLog`). */
export interface PartitionedLog {
  readonly view: LogView;
  /** Of all shards. */
  readonly modules: readonly StateModule[];
  /**
   * Number of the shard that holds a partition; -1 when it is one that is not open here. What lies in one shard is
   * committed together.
   */
  shardOf(topicId: string, partition: number): number;
  /**
   * Commits batches; resolves when they are durable. Queued synchronously, in the order of calls for each partition.
   * Rejects as a whole, so batches that are to be answered for by themselves are given shard by shard. `mentioned` are
   * names of topics that the batches speak of: the modules will hear when these are deleted.
   */
  append(batches: readonly BatchInput[], mentioned?: readonly string[]): Promise<readonly BatchOutcome[]>;
  command(command: Command): Promise<CommandOutcome>;
  /** Whole batches from the one that holds `offset`; see `LogReader.read`. */
  read(partition: Partition, offset: number, maxBytes: number): Promise<readonly Uint8Array[]>;
  findByTime(partition: Partition, timestampMs: number): Promise<Uint8Array | undefined>;
  /** Calls back after each commit that adds to one of the partitions. Returns the function that stops it. */
  watch(partitions: readonly Partition[], listener: () => void): () => void;
  /**
   * Folds what other writers have committed before this call. Needed before an end offset is given out. With
   * `partitions`: as far as topics and these partitions are concerned; none at all if only topics matter.
   */
  verifyTail(partitions?: readonly PartitionPlace[]): Promise<void>;
  /** Back-pressure: resolves when less than `bytes` wait to be written. */
  whenQueueBelow(bytes: number): Promise<void>;
  close(): Promise<void>;
}
