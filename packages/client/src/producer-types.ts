import type { StreambedError } from "@streambed/kernel";
import type { Compression, RecordHeader } from "./types.ts";

/** A record to be produced. Text is UTF-8 encoded by the caller. */
export interface ProducerRecord {
  /** Decides the partition when `partition` is absent. */
  readonly key?: Uint8Array | null;
  /** `null` is a tombstone. */
  readonly value: Uint8Array | null;
  readonly headers?: readonly RecordHeader[];
  readonly partition?: number;
  /** Milliseconds since 1970; the time of `send` by default. */
  readonly timestamp?: number;
}

/** Where one record went, or why it did not. Results come in the order of the records. */
export type RecordMetadata =
  | {
      readonly ok: true;
      readonly topic: string;
      readonly partition: number;
      /** -1 with `acks: 0`, and for a duplicate whose first offset the broker no longer knows. */
      readonly offset: number;
      readonly timestamp: number;
    }
  | { readonly ok: false; readonly topic: string; readonly partition: number; readonly error: StreambedError };

/** Chooses a partition in [0, count). Called for records without an explicit partition. */
export type Partitioner = (record: ProducerRecord, partitionCount: number, topic: string) => number;

/** Kafka's config names in camel case, with Kafka's defaults. */
export interface ProducerOptions {
  /** `acks`: -1 and `"all"` are the same. Default all. */
  readonly acks?: 0 | 1 | -1 | "all";
  /** `enable.idempotence`. Default true when acks is all, else false; true with other acks is refused. */
  readonly enableIdempotence?: boolean;
  /** `compression.type`, default none. */
  readonly compressionType?: Compression;
  /** `linger.ms`, default 5. */
  readonly lingerMs?: number;
  /** `batch.size`, uncompressed bytes, default 16384. */
  readonly batchSize?: number;
  /** `max.request.size`, default 1048576. A larger record fails with `RECORD_TOO_LARGE`. */
  readonly maxRequestSize?: number;
  /** `buffer.memory`, default 33554432. When full, `send` waits up to `maxBlockMs`. */
  readonly bufferMemory?: number;
  /** `max.block.ms`, default 60000. */
  readonly maxBlockMs?: number;
  /** `delivery.timeout.ms`, default 120000. */
  readonly deliveryTimeoutMs?: number;
  /** `max.in.flight.requests.per.connection`, default 5; at most 5 with idempotence. */
  readonly maxInFlightRequestsPerConnection?: number;
  /** `retries`, default 2147483647; bounded by `deliveryTimeoutMs` anyway. */
  readonly retries?: number;
  /** Default: murmur2 of the key like Java; sticky per batch without one. */
  readonly partitioner?: Partitioner;
}

/** Sends records in batches. */
export interface Producer extends AsyncDisposable {
  /**
   * Adds the records and resolves when each is acknowledged or has failed; never rejects because of one record.
   * Rejects with `CLIENT_CLOSED` after close; after `maxBlockMs` with `BUFFER_EXHAUSTED`, `UNKNOWN_TOPIC_OR_PARTITION`
   * or `REQUEST_TIMED_OUT`; and with the signal's reason. Records already added are still sent.
   */
  send(
    topic: string,
    records: readonly ProducerRecord[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<readonly RecordMetadata[]>;
  /** Sends everything now; resolves when nothing is unresolved. */
  flush(): Promise<void>;
  /**
   * Flushes, then refuses further records. Safe to call twice; the first call counts. After `timeoutMs` (default: no
   * limit) it gives up: calls of `send` still open reject with `CLIENT_CLOSED`, and their records may be stored or not.
   */
  close(options?: { readonly timeoutMs?: number }): Promise<void>;
}
