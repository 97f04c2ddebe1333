import type { TopicPolicy } from "./topic-policy.ts";

/**
 * How much one row may hold. A row is what retention deletes at once, as Kafka deletes segments; so it never spans more
 * than Kafka's segment would.
 */
export interface RowBounds {
  /** `segment.bytes`. */
  readonly bytes: number;
  /**
   * `segment.ms`. Kafka counts it from a segment's first record. Here time is divided into periods of that length, and
   * a row does not go on into the next one: that is at least as fine, and whether two rows can be joined shows in their
   * newest records, without reading them.
   */
  readonly ms: number;
}

/** What a row, a run or a batch holds. */
export interface Extent {
  readonly length: number;
  readonly maxTimestampMs: number;
}

/**
 * Bounds of a topic's rows. What is clean in a topic that is only compacted is never deleted by age, and Kafka's
 * cleaner, too, joins segments whatever their time.
 */
export function rowBoundsOf(policy: TopicPolicy, isClean: boolean): RowBounds {
  return { bytes: policy.segmentBytes, ms: isClean && !policy.deletes ? Infinity : policy.segmentMs };
}

/** The row that two make together, or undefined when they must stay apart. */
export function joined(row: Extent, more: Extent, bounds: RowBounds): Extent | undefined {
  const length = row.length + more.length;
  const isLater = Math.floor(more.maxTimestampMs / bounds.ms) > Math.floor(row.maxTimestampMs / bounds.ms);
  if (length > bounds.bytes || isLater) return undefined;
  return { length, maxTimestampMs: Math.max(row.maxTimestampMs, more.maxTimestampMs) };
}
