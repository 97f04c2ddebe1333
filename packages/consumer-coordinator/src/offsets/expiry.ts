import type { Group } from "../group/group.ts";
import { subscribesTo } from "../group/subscribed-topics.ts";
import type { CommittedOffset, GroupOffsets, TopicPartition } from "./committed-offset.ts";

/** When committed offsets may go. */
export interface RetentionTime {
  readonly nowMs: number;
  /** `offsets.retention.minutes`, in milliseconds. */
  readonly retentionMs: number;
}

/**
 * Offsets nobody needs any more (KIP-211). Time counts from when the group became empty; for a group that never had
 * members, from each commit; while consumers are there, from the commit and only for topics they no longer read.
 * Groups of other protocol types keep their offsets while they have members.
 */
export function expiredOffsets(group: Group, offsets: GroupOffsets, time: RetentionTime): readonly TopicPartition[] {
  const expired: TopicPartition[] = [];
  const isEmpty = group.state === "Empty";
  if (!isEmpty && group.protocolType !== "consumer") return expired;
  // During a rebalance it is not known what the members are going to read.
  if (!isEmpty && group.state !== "Stable") return expired;
  for (const [topic, partitions] of offsets) {
    if (!isEmpty && subscribesTo(group, topic)) continue;
    for (const [partition, commit] of partitions)
      if (isExpired(group, commit, time)) expired.push({ topic, partition });
  }
  return expired;
}

function isExpired(group: Group, commit: CommittedOffset, { nowMs, retentionMs }: RetentionTime): boolean {
  if (commit.expireTimestampMs >= 0) return nowMs >= commit.expireTimestampMs;
  const hadMembers = group.state === "Empty" && group.protocolType !== null;
  // A commit by an administrator after the group became empty counts for itself.
  const sinceMs = hadMembers ? Math.max(group.stateSinceMs, commit.commitTimestampMs) : commit.commitTimestampMs;
  return nowMs - sinceMs >= retentionMs;
}
