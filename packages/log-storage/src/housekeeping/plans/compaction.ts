import type { Partition } from "../../partition.ts";
import type { TopicPolicy } from "../topic-policy.ts";

/** What of a partition is to be cleaned. */
export interface CompactionPlan {
  /** Offsets from here on were never cleaned. */
  readonly firstDirtyOffset: number;
  /** First offset that must not be cleaned yet; it begins a run. */
  readonly upperBoundOffset: number;
  /** Dirty bytes as a share of all bytes below the upper bound. */
  readonly dirtyRatio: number;
}

/**
 * Whether a partition is to be cleaned now: Kafka's rules, with runs in the place of segments. What is still in
 * entries takes the part of the active segment, which is never cleaned.
 *
 * Kafka drops tombstones only when it cleans because of newer records. We come back for them, so that what was deleted
 * is really gone some time after `delete.retention.ms`, though nobody writes any more.
 *
 * @param lastStableOffset first offset of the oldest open transaction, or the end
 * @param horizonMs when the first tombstone that is known of may go; Infinity: none is known
 */
export function planCompaction(
  partition: Partition,
  policy: TopicPolicy,
  at: { readonly nowMs: number; readonly lastStableOffset: number; readonly horizonMs: number },
): CompactionPlan | undefined {
  if (!policy.compacts) return undefined;
  const { runs, logStartOffset, cleanedOffset } = partition;
  const firstDirtyOffset = Math.max(cleanedOffset, logStartOffset);
  const youngestMs = policy.minCompactionLagMs > 0 ? at.nowMs - policy.minCompactionLagMs : Infinity;
  let upperBoundOffset = logStartOffset;
  let cleanBytes = 0;
  let dirtyBytes = 0;
  let oldestDirtyMs = Infinity;
  for (let index = 0; ; index++) {
    const run = runs.at(index);
    if (run === undefined || run.source >= 0 || run.endOffset > at.lastStableOffset) break;
    if (run.endOffset <= firstDirtyOffset) {
      cleanBytes += run.length;
    } else {
      if (run.maxTimestampMs > youngestMs) break;
      dirtyBytes += run.length;
      if (run.maxTimestampMs > 0) oldestDirtyMs = Math.min(oldestDirtyMs, run.maxTimestampMs);
    }
    upperBoundOffset = run.endOffset;
  }
  if (cleanBytes + dirtyBytes === 0) return undefined;
  const dirtyRatio = dirtyBytes / (cleanBytes + dirtyBytes);
  const isOverdue = oldestDirtyMs < at.nowMs - policy.maxCompactionLagMs || at.horizonMs <= at.nowMs;
  if (dirtyRatio <= policy.minCleanableDirtyRatio && !isOverdue) return undefined;
  return { firstDirtyOffset, upperBoundOffset, dirtyRatio };
}
