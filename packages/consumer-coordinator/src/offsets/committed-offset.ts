/** A committed offset. */
export interface CommittedOffset {
  readonly offset: number;
  /** Leader epoch of the last record consumed; -1 when unknown. */
  readonly leaderEpoch: number;
  readonly metadata: string;
  /** Milliseconds since 1970. */
  readonly commitTimestampMs: number;
  /** Milliseconds since 1970; -1 when the group's retention counts (only old clients set their own). */
  readonly expireTimestampMs: number;
}

/** A partition by name. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** Offsets of one group by topic and partition. */
export type GroupOffsets = ReadonlyMap<string, ReadonlyMap<number, CommittedOffset>>;
