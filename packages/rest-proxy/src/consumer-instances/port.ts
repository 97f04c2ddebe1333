import type { CommittedOffset, Record, TopicPartition, TopicPartitionOffset } from "@streambed/client";

/** What an instance was created with; plain data, so that it can cross a process border. */
export interface InstanceConfig {
  readonly group: string;
  /** Null: take a free name. */
  readonly name: string | null;
  readonly format: "binary" | "json";
  readonly autoOffsetReset: "earliest" | "latest" | "none";
  readonly autoCommit: boolean;
  /** A read answers early once it holds more bytes than this; -1 never does. */
  readonly fetchMinBytes: number;
  /** Longest time one read waits, milliseconds. */
  readonly requestTimeoutMs: number;
}

/** Outcome of creating an instance. */
export type Created =
  | { readonly ok: true; readonly name: string }
  | { readonly ok: false; readonly reason: "exists" | "full" };

/** Topics or a pattern, as v2 words it. */
export type SubscriptionRequest = { readonly topics: readonly string[] } | { readonly topicPattern: string };

/** Outcome of a call that depends on the state of the consumer. */
export type StateOutcome = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** Bounds of one read. */
export interface ReadOptions {
  readonly timeoutMs: number;
  readonly bytesMax: number;
  readonly signal?: AbortSignal;
}

/** A place to go to: an offset, or the first record at or after a time. */
export type Seek = TopicPartition & ({ readonly offset: number } | { readonly timestamp: number });

/**
 * One consumer that outlives requests. Everything is asynchronous and takes plain data, so that the instance may live
 * in another isolate. Reads and moves of one instance run one after the other.
 */
export interface ConsumerInstance {
  readonly format: "binary" | "json";
  subscribe(request: SubscriptionRequest): Promise<StateOutcome>;
  unsubscribe(): Promise<void>;
  subscription(): Promise<readonly string[]>;
  assign(partitions: readonly TopicPartition[]): Promise<StateOutcome>;
  assignment(): Promise<readonly TopicPartition[]>;
  seek(places: readonly Seek[]): Promise<StateOutcome>;
  seekToEdge(edge: "beginning" | "end", partitions: readonly TopicPartition[]): Promise<StateOutcome>;
  /** Commits these (next offset to read), or everything handed out so far. */
  commit(offsets: readonly (TopicPartitionOffset & { readonly metadata?: string })[] | null): Promise<void>;
  committed(partitions: readonly TopicPartition[]): Promise<readonly CommittedOffset[]>;
  read(options: ReadOptions): Promise<readonly Record[]>;
}

/** Holds consumer instances by group and name. Finding one counts as use; unused ones end on their own. */
export interface ConsumerInstances {
  create(config: InstanceConfig): Promise<Created>;
  find(group: string, name: string): Promise<ConsumerInstance | null>;
  /** False when there is none. */
  remove(group: string, name: string): Promise<boolean>;
  /** Ends all of them. */
  close(): Promise<void>;
}
