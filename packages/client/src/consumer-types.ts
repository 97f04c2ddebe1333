import type { StreambedError } from "@streambed/kernel";
import type { CommittedOffset, IsolationLevel, Record, TopicPartition, TopicPartitionOffset } from "./types.ts";

/** What every fetch may say. */
interface ReadBounds {
  /** Milliseconds the broker may wait for `minBytes`. */
  readonly maxWaitMs?: number;
  readonly minBytes?: number;
  readonly isolationLevel?: IsolationLevel;
  readonly signal?: AbortSignal;
}

/** A stateless read of one partition. */
export interface FetchOptions extends TopicPartition, ReadBounds {
  /** First offset wanted. A negative one, or one past the end, fails with `OFFSET_OUT_OF_RANGE`. */
  readonly offset: number;
  /** Default 1048576. At least one whole batch comes back when there is one. */
  readonly maxBytes?: number;
}

/** What a stateless read found. */
export interface FetchResult {
  readonly records: readonly Record[];
  /** Where to go on: past the last record or filtered batch. */
  readonly nextOffset: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
}

/** Kafka's config names in camel case, with Kafka's defaults. */
export interface ConsumerOptions {
  /** `group.id`; needed for subscribe and for committed offsets. */
  readonly groupId?: string;
  /** `group.instance.id`: static membership. */
  readonly groupInstanceId?: string;
  /** `session.timeout.ms`, default 45000. */
  readonly sessionTimeoutMs?: number;
  /** `heartbeat.interval.ms`, default 3000. */
  readonly heartbeatIntervalMs?: number;
  /** `max.poll.interval.ms`, default 300000: without a poll for so long the consumer leaves its group. */
  readonly maxPollIntervalMs?: number;
  /** `max.poll.records`, default 500. */
  readonly maxPollRecords?: number;
  /** `partition.assignment.strategy`, default range, then roundrobin. */
  readonly partitionAssignmentStrategy?: readonly AssignorName[];
  /** `auto.offset.reset`, default latest. */
  readonly autoOffsetReset?: "earliest" | "latest" | "none";
  /** `enable.auto.commit`, default true when there is a group. */
  readonly enableAutoCommit?: boolean;
  /** `auto.commit.interval.ms`, default 5000. */
  readonly autoCommitIntervalMs?: number;
  /** `isolation.level`, default read_uncommitted. */
  readonly isolationLevel?: IsolationLevel;
  /** `fetch.min.bytes`, default 1. */
  readonly fetchMinBytes?: number;
  /** `fetch.max.bytes`, default 52428800. */
  readonly fetchMaxBytes?: number;
  /** `fetch.max.wait.ms`, default 500. */
  readonly fetchMaxWaitMs?: number;
  /** `max.partition.fetch.bytes`, default 1048576. */
  readonly maxPartitionFetchBytes?: number;
  /** `check.crcs`, default true. */
  readonly checkCrcs?: boolean;
  /** `allow.auto.create.topics`, default true. */
  readonly allowAutoCreateTopics?: boolean;
}

/** Built-in assignors, by Kafka's protocol name. */
export type AssignorName = "range" | "roundrobin";

/** Told about changes of the assignment, inside `poll` and `close`. Heartbeats go on meanwhile. */
export interface RebalanceListener {
  /** Before partitions are given up; commit here. */
  onPartitionsRevoked?(partitions: readonly TopicPartition[]): void | Promise<void>;
  onPartitionsAssigned?(partitions: readonly TopicPartition[]): void | Promise<void>;
  /** They belong to somebody else already; committing is too late. */
  onPartitionsLost?(partitions: readonly TopicPartition[]): void | Promise<void>;
}

/** What to subscribe to: names, or every topic whose name matches. */
export type Subscription = ({ readonly topics: readonly string[] } | { readonly pattern: RegExp }) & {
  readonly listener?: RebalanceListener;
};

/** Bounds of one poll. */
export interface PollOptions {
  /** Default 1000. Zero returns what is buffered. */
  readonly timeoutMs?: number;
  /** Stop after about so many bytes of keys, values and headers; at least one record is returned. */
  readonly maxBytes?: number;
  /** Overrides `maxPollRecords` for this call. */
  readonly maxRecords?: number;
  readonly signal?: AbortSignal;
}

/** Reads records. One poll at a time; other calls may overlap it. */
export interface Consumer extends AsyncDisposable, AsyncIterable<Record> {
  /** Replaces the subscription; takes effect in the next poll. Not together with assign. */
  subscribe(subscription: Subscription): void;
  /** Leaves the group and forgets subscription and assignment. */
  unsubscribe(): Promise<void>;
  /** Reads these partitions without group management. An empty list ends it. */
  assign(partitions: readonly TopicPartition[]): void;
  /** Partitions this consumer reads now. */
  assignment(): readonly TopicPartition[];
  /** Topics subscribed to (for a pattern: those that matched so far). */
  subscription(): readonly string[];
  /**
   * Waits for records, at most `timeoutMs`. A join under way is waited for within that time, so an empty
   * answer means: the time was over, or the consumer was closed.
   *
   * Throws what only the application can decide, and goes on with the next poll: `NO_OFFSET_FOR_PARTITION`,
   * `CORRUPT_MESSAGE`, `TOPIC_AUTHORIZATION_FAILED`, refusals of the group; `ILLEGAL_STATE` without subscription or
   * assignment; `CONCURRENT_POLL`; `CLIENT_CLOSED`.
   */
  poll(options?: PollOptions): Promise<readonly Record[]>;
  /**
   * Partitions whose last fetch failed with an error that poll does not throw but tries again, e.g. `KAFKA_STORAGE_ERROR`
   * or `CONNECTION_REFUSED`: they are not empty, they cannot be read at present. A partition goes with its next answer.
   */
  fetchErrors(): readonly (TopicPartition & { readonly error: StreambedError })[];
  /** Moves the position; the next poll reads from there. */
  seek(partition: TopicPartition, offset: number): void;
  seekToBeginning(partitions?: readonly TopicPartition[]): Promise<void>;
  seekToEnd(partitions?: readonly TopicPartition[]): Promise<void>;
  /** Offset of the next record poll returns from this partition. */
  position(partition: TopicPartition): Promise<number>;
  /** Commits these offsets (next record to read), or all positions. Rejects when any partition is refused. */
  commit(offsets?: readonly (TopicPartitionOffset & { readonly metadata?: string })[]): Promise<void>;
  /** Committed offsets; partitions without one are absent. */
  committed(partitions: readonly TopicPartition[]): Promise<readonly CommittedOffset[]>;
  beginningOffsets(partitions: readonly TopicPartition[]): Promise<readonly TopicPartitionOffset[]>;
  endOffsets(partitions: readonly TopicPartition[]): Promise<readonly TopicPartitionOffset[]>;
  /** First offset at or after each timestamp; partitions without one are absent. */
  offsetsForTimes(
    times: readonly (TopicPartition & { readonly timestamp: number })[],
  ): Promise<readonly (TopicPartitionOffset & { readonly timestamp: number })[]>;
  pause(partitions: readonly TopicPartition[]): void;
  resume(partitions: readonly TopicPartition[]): void;
  paused(): readonly TopicPartition[];
  /** Polls for ever; ends when the consumer closes. */
  [Symbol.asyncIterator](): AsyncIterator<Record, undefined>;
  /** Commits (when auto commit is on), leaves the group, and ends a poll under way. Safe to call twice. */
  close(): Promise<void>;
}
