import type { Clock, Logger, Random } from "@streambed/kernel";
import type { Admin } from "./admin-types.ts";
import type { Consumer, ConsumerOptions, FetchOptions, FetchResult } from "./consumer-types.ts";
import type { Address, Transport } from "./ports/transport.ts";
import type { Producer, ProducerOptions } from "./producer-types.ts";

/** A record header. Keys may repeat; order is kept. */
export interface RecordHeader {
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** A record as a consumer sees it. */
export interface Record {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since 1970, or -1 when the batch carries none. */
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
}

/** One partition of one topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A place in a partition. */
export interface TopicPartitionOffset extends TopicPartition {
  readonly offset: number;
}

/** A committed place, with the free text a committer may attach. */
export interface CommittedOffset extends TopicPartitionOffset {
  readonly metadata: string | null;
  /** Leader epoch of the last record read, -1 when not known. */
  readonly leaderEpoch: number;
}

/** Compression of a record batch, by Kafka's name. */
export type Compression = "none" | "gzip" | "snappy" | "lz4" | "zstd";

/** `isolation.level`. */
export type IsolationLevel = "read_uncommitted" | "read_committed";

/** Compresses and decompresses the records of a batch. `decompress` must stop at `maxOutputBytes`. */
export interface Codec {
  compress(bytes: Uint8Array): Uint8Array;
  /** Rejects output above `maxOutputBytes` with kind `limit` or `corrupt`. */
  decompress(bytes: Uint8Array, maxOutputBytes: number): Uint8Array;
}

/** The codecs a client may use. A batch in a missing one fails with `UNSUPPORTED_COMPRESSION_TYPE`. */
export type Codecs = Partial<Readonly<{ [name in Exclude<Compression, "none">]: Codec }>>;

/** What {@link Client} is made of. Names are Kafka's config names in camel case, defaults are Kafka's. */
export interface ClientOptions {
  readonly transport: Transport;
  /** `bootstrap.servers`: any of them may be asked first. */
  readonly bootstrap: readonly Address[];
  readonly clock: Clock;
  readonly random: Random;
  readonly logger?: Logger;
  /** Codecs for compressed batches; none by default, so that a small bundle carries none. */
  readonly codecs?: Codecs;
  /** `client.id`, default `streambed`. */
  readonly clientId?: string;
  /** `request.timeout.ms`, default 30000. */
  readonly requestTimeoutMs?: number;
  /** `default.api.timeout.ms`: how long an admin or consumer call retries. Default 60000. */
  readonly defaultApiTimeoutMs?: number;
  /** `socket.connection.setup.timeout.ms`, default 10000. */
  readonly socketConnectionSetupTimeoutMs?: number;
  /** `metadata.max.age.ms`, default 300000. */
  readonly metadataMaxAgeMs?: number;
  /** `retry.backoff.ms`, default 100. */
  readonly retryBackoffMs?: number;
  /** `retry.backoff.max.ms`, default 1000. */
  readonly retryBackoffMaxMs?: number;
  /** `reconnect.backoff.ms`, default 50. */
  readonly reconnectBackoffMs?: number;
  /** `reconnect.backoff.max.ms`, default 1000. */
  readonly reconnectBackoffMaxMs?: number;
  /** `connections.max.idle.ms`, default 540000. */
  readonly connectionsMaxIdleMs?: number;
}

/** A broker to be asked: its node id, or anybody. */
export type BrokerChoice = { readonly nodeId: number } | "any" | "controller";

/** A request whose body the caller encodes, for tools. */
export interface RawRequest {
  readonly apiKey: number;
  readonly apiVersion: number;
  /** Whether this version uses request header 2 and response header 1. */
  readonly flexible: boolean;
  /** The body, without header. */
  readonly body: readonly Uint8Array[];
  readonly to?: BrokerChoice;
  readonly signal?: AbortSignal;
}

/** A Kafka client. Every call rejects with `StreambedError` whose `code` is Kafka's error name. */
export interface Client extends AsyncDisposable {
  readonly admin: Admin;
  /** A producer with its own buffers. Close it to flush. */
  producer(options?: ProducerOptions): Producer;
  /** A consumer. Not for concurrent polls. */
  consumer(options?: ConsumerOptions): Consumer;
  /** One stateless read: no group, no position kept. */
  fetch(options: FetchOptions): Promise<FetchResult>;
  /** Sends a request the caller encoded and returns the response body (after the header). Not retried. */
  rawRequest(request: RawRequest): Promise<Uint8Array>;
  /** Closes producers (flushing), consumers (leaving groups) and connections. Safe to call twice. */
  close(): Promise<void>;
}
