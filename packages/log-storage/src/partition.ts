import type { ProducerWindow } from "./producer-window.ts";
import { RunIndex } from "./run-index.ts";

/** Start of a leader epoch in a partition. */
export interface EpochStart {
  readonly epoch: number;
  readonly startOffset: number;
}

/** One partition as the fold knows it. Mutable; only the fold changes it. */
export interface Partition {
  /** First readable offset. */
  logStartOffset: number;
  /** Offset the next record will get; everything below is committed. */
  endOffset: number;
  readonly runs: RunIndex;
  readonly producers: Map<number, ProducerWindow>;
  /** Leader epochs that wrote here, ascending. */
  readonly epochs: EpochStart[];
}

/** An empty partition. */
export function newPartition(): Partition {
  return { logStartOffset: 0, endOffset: 0, runs: new RunIndex(), producers: new Map(), epochs: [] };
}

/** A topic as the fold knows it. */
export interface Topic {
  readonly topicId: string;
  readonly name: string;
  /** Config overrides, Kafka's names. */
  readonly configs: Map<string, string>;
  readonly partitions: Partition[];
}

/** Remembers under which epoch records from `startOffset` on were written. */
export function noteEpoch(partition: Partition, epoch: number, startOffset: number): void {
  if (partition.epochs.at(-1)?.epoch !== epoch) partition.epochs.push({ epoch, startOffset });
}
