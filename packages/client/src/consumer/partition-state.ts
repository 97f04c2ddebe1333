import type { StreambedError } from "@streambed/kernel";
import type { TopicPartition } from "../types.ts";
import type { RecordStream } from "./record-stream.ts";

/** Where a position without a number comes from. */
export type PositionSource = "committed" | "reset" | "earliest" | "latest";

/** What a consumer knows of one partition it reads. A new assignment makes a new object. */
export class PartitionState implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  /** Offset of the next record poll returns; null while it has to be looked up. */
  position: number | null = null;
  source: PositionSource;
  /** Last position committed, so that equal ones are not committed again. */
  committed: number | null = null;
  paused: boolean = false;
  /** Fetched and not yet returned, in order. */
  readonly streams: RecordStream[] = [];
  notBeforeMs: number = Number.NEGATIVE_INFINITY;
  attempts: number = 0;
  /** Why the last fetch is tried again; null after an answer. */
  retrying: StreambedError | null = null;
  /** Thrown by the next poll. */
  failure: StreambedError | null = null;

  constructor(of: TopicPartition, source: PositionSource) {
    this.topic = of.topic;
    this.partition = of.partition;
    this.source = source;
  }

  /** Offset the next fetch asks for; null while the position is not known. */
  get fetchOffset(): number | null {
    return this.streams.at(-1)?.endOffset ?? this.position;
  }

  seek(offset: number): void {
    this.position = offset;
    this.failure = null;
    this.retrying = null;
    this.streams.length = 0;
  }

  /** The position has to be looked up. */
  lookUp(source: PositionSource): void {
    this.position = null;
    this.source = source;
    this.failure = null;
    this.retrying = null;
    this.streams.length = 0;
  }
}

/** Key of a partition in maps. */
export function partitionKey({ topic, partition }: TopicPartition): string {
  return `${partition}/${topic}`;
}
