import type { StreambedError } from "@streambed/kernel";
import { BATCH_RECORDS_MAX } from "../limits.ts";
import type { RecordHeader } from "../types.ts";
import { BATCH_OVERHEAD_BYTES } from "./record-size.ts";
import type { SendCall } from "./send-call.ts";

/** A record on its way, with whom to tell. */
export interface PendingRecord {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
  readonly timestamp: number;
  readonly bytes: number;
  readonly call: SendCall;
  readonly index: number;
}

/** What makes a batch recognizable when it is sent again (KIP-98). */
export interface BatchIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly baseSequence: number;
}

/** Records of one partition that travel together. */
export class Batch {
  readonly topic: string;
  readonly partition: number;
  readonly createdMs: number;
  readonly records: PendingRecord[] = [];
  bytes: number = BATCH_OVERHEAD_BYTES;
  attempts: number = 0;
  /** Why it has to be sent again; null before the first failure. */
  lastFailure: StreambedError | null = null;
  /** Place among the batches of the partition; the parts of a split batch share the width of the whole. */
  order: number = 0;
  #orderWidth = 1;
  identity: BatchIdentity | null = null;
  /** A batch before this one left a hole in the sequence, so being out of order is no loss. */
  mayResequence: boolean = false;

  constructor(topic: string, partition: number, createdMs: number) {
    this.topic = topic;
    this.partition = partition;
    this.createdMs = createdMs;
  }

  /** True when the record fits, or would be alone. */
  accepts(recordBytes: number, batchSize: number): boolean {
    if (this.records.length === 0) return true;
    return this.bytes + recordBytes <= batchSize && this.records.length < BATCH_RECORDS_MAX;
  }

  add(record: PendingRecord): void {
    this.records.push(record);
    this.bytes += record.bytes;
  }

  succeed(baseOffset: number, appendTime: number): void {
    const { topic, partition } = this;
    this.records.forEach((record, position) => {
      const offset = baseOffset < 0 ? -1 : baseOffset + position;
      const timestamp = appendTime >= 0 ? appendTime : record.timestamp;
      record.call.settle(record.index, { ok: true, topic, partition, offset, timestamp });
    });
  }

  /** Fails every record; `errorOf` may know more about single ones. */
  fail(errorOf: (position: number) => StreambedError): void {
    const { topic, partition } = this;
    this.records.forEach((record, position) => {
      record.call.settle(record.index, { ok: false, topic, partition, error: errorOf(position) });
    });
  }

  /** Two batches with the same records, for a broker that finds this one too large. */
  split(): readonly [Batch, Batch] {
    const middle = Math.ceil(this.records.length / 2);
    const half = (records: readonly PendingRecord[]): Batch => {
      const batch = new Batch(this.topic, this.partition, this.createdMs);
      batch.#orderWidth = this.#orderWidth / 2;
      batch.order = records[0] === this.records[0] ? this.order : this.order + batch.#orderWidth;
      for (const record of records) batch.add(record);
      return batch;
    };
    return [half(this.records.slice(0, middle)), half(this.records.slice(middle))];
  }
}
