import type { ProducerWindow } from "./producer-window.ts";
import { partitionSalt } from "./row-sum.ts";
import { RunIndex } from "./run-index.ts";

/** Start of a leader epoch in a partition. */
export interface EpochStart {
  readonly epoch: number;
  readonly startOffset: number;
}

/** One partition as the fold knows it. Mutable; only the fold changes it. */
export interface Partition {
  readonly topicId: string;
  /** Number in its topic. */
  readonly number: number;
  /** Place in the shard's {@link PartitionTable}. */
  slot: number;
  /** What it contributes to the checksum of its rows; see `row-sum.ts`. */
  readonly salt: number;
  /** First readable offset. */
  logStartOffset: number;
  /** Offset the next record will get; everything below is committed. */
  endOffset: number;
  /** Bytes of all live runs. */
  bytes: number;
  /** Grows with each install that replaces rows: a plan made before does not fit any more. */
  revision: number;
  /** Topic compaction: everything below was cleaned. */
  cleanedOffset: number;
  readonly runs: RunIndex;
  /** Changed with {@link rememberProducer} and {@link producersSince}. */
  producers: ReadonlyMap<number, ProducerWindow>;
  /** Leader epochs that wrote here, ascending. Changed with {@link noteEpoch}. */
  epochs: readonly EpochStart[];
}

// A large cluster is mostly partitions without producers, so they share one empty map and one empty list.
const NO_PRODUCERS: ReadonlyMap<number, ProducerWindow> = new Map();
const NO_CONFIGS: ReadonlyMap<string, string> = new Map();
const NO_EPOCHS: readonly EpochStart[] = [];
// Nearly all partitions have one epoch, and the same. Lists are never changed, so nobody can tell that they share it.
let firstEpochs: readonly EpochStart[] = NO_EPOCHS;

/** Config overrides; topics without any share an empty map. */
export function configsOf(pairs: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return pairs.size === 0 ? NO_CONFIGS : new Map(pairs);
}

/** An empty partition. */
export function newPartition(topicId: string, number: number): Partition {
  return {
    topicId,
    number,
    slot: -1,
    salt: partitionSalt(topicId, number),
    logStartOffset: 0,
    endOffset: 0,
    bytes: 0,
    revision: 0,
    cleanedOffset: 0,
    runs: new RunIndex(),
    producers: NO_PRODUCERS,
    epochs: NO_EPOCHS,
  };
}

/** A topic as the fold knows it. */
export interface Topic {
  readonly topicId: string;
  readonly name: string;
  /** Config overrides, Kafka's names. */
  configs: ReadonlyMap<string, string>;
  readonly partitions: Partition[];
}

/** Remembers under which epoch records from `startOffset` on were written. */
export function noteEpoch(partition: Partition, epoch: number, startOffset: number): void {
  if (partition.epochs.at(-1)?.epoch === epoch) return;
  if (partition.epochs === NO_EPOCHS && startOffset === 0) {
    if (firstEpochs[0]?.epoch !== epoch) firstEpochs = [{ epoch, startOffset }];
    partition.epochs = firstEpochs;
    return;
  }
  partition.epochs = [...partition.epochs, { epoch, startOffset }];
}

/** Sets what is known about a producer. */
export function rememberProducer(partition: Partition, producerId: number, window: ProducerWindow): void {
  if (partition.producers === NO_PRODUCERS) partition.producers = new Map([[producerId, window]]);
  // The map is this partition's own: only the shared empty one must never be written to.
  else (partition.producers as Map<number, ProducerWindow>).set(producerId, window);
}

/** The producers of which something was heard since `oldestMs`; the same map when all were. */
export function producersSince({ producers }: Partition, oldestMs: number): Partition["producers"] {
  if (producers.size === 0) return producers;
  const kept = [...producers].filter(([, window]) => window.writtenMs >= oldestMs);
  if (kept.length === producers.size) return producers;
  return kept.length === 0 ? NO_PRODUCERS : new Map(kept);
}
