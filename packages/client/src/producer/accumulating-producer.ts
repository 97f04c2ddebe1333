import { defaultPartition } from "@streambed/protocol";
import { StreambedError } from "@streambed/kernel";
import type { Cluster } from "../cluster/cluster.ts";
import type { TopicMetadata } from "../cluster/metadata-cache.ts";
import { closedError, namedError } from "../errors.ts";
import { within } from "../net/within.ts";
import type { Producer, ProducerRecord, RecordMetadata } from "../producer-types.ts";
import type { Batch } from "./batch.ts";
import { MemoryBudget } from "./memory-budget.ts";
import { PartitionQueue } from "./partition-queue.ts";
import { StickyPartitioner } from "./partitioners.ts";
import type { ProducerSettings } from "./producer-settings.ts";
import { BATCH_OVERHEAD_BYTES, recordBytesMax } from "./record-size.ts";
import { SendCall } from "./send-call.ts";
import { Sender } from "./sender.ts";

/** What a producer is made of. */
export interface ProducerParts {
  readonly cluster: Cluster;
  readonly settings: ProducerSettings;
  readonly lane: string;
  readonly onClose: () => void;
}

/** A record with what was worked out about it. */
interface Sized {
  readonly record: ProducerRecord;
  readonly index: number;
  readonly bytes: number;
}

type SendOptions = { readonly signal?: AbortSignal };

/** The {@link Producer}: admits records, chooses partitions, and leaves the rest to the {@link Sender}. */
export class AccumulatingProducer implements Producer {
  readonly #parts: ProducerParts;
  readonly #queues = new Map<string, PartitionQueue>();
  readonly #sticky = new Map<string, StickyPartitioner>();
  readonly #memory: MemoryBudget;
  readonly #sender: Sender;
  readonly #calls = new Set<SendCall>();
  /** Calls that wait for metadata or memory, per topic, so that records keep the order of the calls. */
  readonly #admissions = new Map<string, Promise<void>>();
  #flushes = 0;
  #closing: Promise<void> | null = null;

  constructor(parts: ProducerParts) {
    this.#parts = parts;
    this.#memory = new MemoryBudget(parts.settings.bufferMemory);
    this.#sender = new Sender({
      cluster: parts.cluster,
      settings: parts.settings,
      lane: parts.lane,
      queues: this.#queues,
      queueOf: (batch) => this.#queue(batch.topic, batch.partition),
      eager: () => this.#flushes > 0 || this.#memory.exhausted,
      onSettled: (batch) => this.#release(batch),
    });
  }

  async send(
    topic: string,
    records: readonly ProducerRecord[],
    options: SendOptions = {},
  ): Promise<readonly RecordMetadata[]> {
    if (this.#closing !== null) throw closedError("producer");
    options.signal?.throwIfAborted();
    const call = new SendCall(records.length);
    this.#calls.add(call);
    const { cluster } = this.#parts;
    const known = cluster.metadata.fresh(topic, cluster.settings.clock.elapsed());
    let admitted = 0;
    if (known !== undefined && !this.#admissions.has(topic)) admitted = this.#admitNow(known, records, call);
    if (admitted < records.length) this.#admitLater(topic, records.slice(admitted), { call, admitted, ...options });
    this.#sender.wake();
    try {
      return await call.results;
    } finally {
      this.#calls.delete(call);
    }
  }

  async flush(): Promise<void> {
    this.#flushes++;
    this.#sender.wake();
    try {
      await Promise.allSettled([...this.#calls].map((call) => call.results));
    } finally {
      this.#flushes--;
    }
  }

  close(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(options.timeoutMs);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(timeoutMs: number | undefined): Promise<void> {
    await (timeoutMs === undefined ? this.flush() : this.#flushWithin(timeoutMs));
    this.#sender.stop();
    this.#parts.cluster.pool.closeLane(this.#parts.lane);
    this.#parts.onClose();
  }

  /** Gives up what is still open when the time is over. */
  async #flushWithin(timeoutMs: number): Promise<void> {
    const { clock } = this.#parts.cluster.settings;
    await within(this.flush(), { clock, timeoutMs, onTimeout: () => closedError("producer") }).catch(
      (late: unknown) => {
        for (const call of this.#calls) call.fail(late);
      },
    );
  }

  /** Adds records while memory lasts. Returns how many were dealt with. */
  #admitNow(topic: TopicMetadata, records: readonly ProducerRecord[], call: SendCall): number {
    for (const [index, record] of records.entries()) {
      const bytes = recordBytesMax(record);
      if (bytes <= this.#recordBytesMax && !this.#memory.tryReserve(bytes)) return index;
      this.#add(topic, { record, index, bytes }, call);
    }
    return records.length;
  }

  #admitLater(
    topic: string,
    records: readonly ProducerRecord[],
    rest: SendOptions & { readonly call: SendCall; readonly admitted: number },
  ): void {
    const before = this.#admissions.get(topic) ?? Promise.resolve();
    const turn = before.then(() => this.#admit(topic, records, rest)).catch((error: unknown) => rest.call.fail(error));
    this.#admissions.set(topic, turn);
    void turn.then(() => {
      if (this.#admissions.get(topic) === turn) this.#admissions.delete(topic);
    });
  }

  /** Waits for metadata and memory, at most `max.block.ms` for both together. */
  async #admit(
    topic: string,
    records: readonly ProducerRecord[],
    rest: SendOptions & { readonly call: SendCall; readonly admitted: number },
  ): Promise<void> {
    const { cluster, settings } = this.#parts;
    const { clock } = cluster.settings;
    const { signal } = rest;
    const deadlineMs = clock.elapsed() + settings.maxBlockMs;
    for (const [position, record] of records.entries()) {
      const timeoutMs = deadlineMs - clock.elapsed();
      const metadata = await cluster.topic(topic, { timeoutMs, signal, allowAutoTopicCreation: true });
      const bytes = recordBytesMax(record);
      if (bytes <= this.#recordBytesMax) await this.#reserve(bytes, { timeoutMs, ...(signal && { signal }) });
      this.#add(metadata, { record, index: rest.admitted + position, bytes }, rest.call);
      // The look that `send` asked for came before this record was there.
      this.#sender.wake();
    }
  }

  async #reserve(bytes: number, limit: SendOptions & { readonly timeoutMs: number }): Promise<void> {
    const { taken, cancel } = this.#memory.reserve(bytes);
    this.#sender.wake();
    const { clock } = this.#parts.cluster.settings;
    const onTimeout = (): StreambedError =>
      new StreambedError({
        kind: "limit",
        code: "BUFFER_EXHAUSTED",
        message: `No room for ${bytes} bytes within maxBlockMs; send more slowly, or raise bufferMemory`,
        retriable: true,
      });
    await within(taken, { clock, ...limit, onTimeout }).catch((error: unknown) => {
      cancel();
      throw error;
    });
  }

  get #recordBytesMax(): number {
    return this.#parts.settings.maxRequestSize - BATCH_OVERHEAD_BYTES;
  }

  #add(topic: TopicMetadata, sized: Sized, call: SendCall): void {
    const { record, index, bytes } = sized;
    const { clock } = this.#parts.cluster.settings;
    const partition = this.#partition(topic, record, bytes);
    const refuse = (name: string, detail: string): void => {
      const error = namedError(name, `Produce to ${topic.name}-${partition}`, detail);
      call.settle(index, { ok: false, topic: topic.name, partition, error });
    };
    if (bytes > this.#recordBytesMax) {
      return refuse(
        "RECORD_TOO_LARGE",
        `up to ${bytes} bytes, maxRequestSize is ${this.#parts.settings.maxRequestSize}`,
      );
    }
    if (topic.partitions[partition] === undefined) {
      this.#memory.release(bytes);
      this.#parts.cluster.metadata.expire(topic.name);
      return refuse("UNKNOWN_TOPIC_OR_PARTITION", `the topic has ${topic.partitions.length} partitions`);
    }
    const { key = null, value, headers = [], timestamp = Math.floor(clock.now()) } = record;
    if (!Number.isSafeInteger(timestamp)) {
      this.#memory.release(bytes);
      return refuse("INVALID_TIMESTAMP", `${timestamp} is not a whole number of milliseconds`);
    }
    const nowMs = clock.elapsed();
    const queue = this.#queue(topic.name, partition);
    queue.append({ key, value, headers, timestamp, bytes, call, index }, nowMs, this.#parts.settings.batchSize);
    this.#sender.wake();
  }

  #partition(topic: TopicMetadata, record: ProducerRecord, bytes: number): number {
    const { settings, cluster } = this.#parts;
    if (record.partition !== undefined) return record.partition;
    const count = topic.partitions.length;
    if (settings.partitioner !== undefined) return settings.partitioner(record, count, topic.name);
    if (record.key !== undefined && record.key !== null) return defaultPartition(record.key, count);
    let sticky = this.#sticky.get(topic.name);
    if (sticky === undefined) {
      sticky = new StickyPartitioner(cluster.settings.random, settings.batchSize);
      this.#sticky.set(topic.name, sticky);
    }
    return sticky.choose(topic, bytes);
  }

  #queue(topic: string, partition: number): PartitionQueue {
    const key = `${partition}/${topic}`;
    let queue = this.#queues.get(key);
    if (queue === undefined) {
      queue = new PartitionQueue(topic, partition);
      this.#queues.set(key, queue);
    }
    return queue;
  }

  #release(batch: Batch): void {
    this.#memory.release(batch.bytes - BATCH_OVERHEAD_BYTES);
  }
}
