import { expiredOffsets, loadGroup, offsetTombstone } from "@streambed/consumer-coordinator";
import type { Group, StoredGroups } from "@streambed/consumer-coordinator";
import type { Clock } from "@streambed/kernel";
import type { GroupAppender } from "./group-appender.ts";
import type { GroupCoordinator } from "./group-coordinator.ts";
import { EXPIRED_PER_ROUND_MAX } from "./limits.ts";

/** What a round of expiry works with. */
export interface ExpiryParts {
  readonly stored: StoredGroups;
  readonly coordinator: GroupCoordinator;
  readonly appender: GroupAppender;
  readonly clock: Clock;
  readonly retentionMs: number;
}

/** One round: removes offsets past their retention, and groups that have nothing left. */
export function expireOffsets(parts: ExpiryParts): void {
  const { stored, coordinator, appender, clock, retentionMs } = parts;
  const nowMs = clock.now();
  let left = EXPIRED_PER_ROUND_MAX;
  for (const [groupId, { metadata, offsets }] of stored.groups) {
    if (left <= 0) return;
    const active = coordinator.activeGroup(groupId);
    const group = active ?? loadGroup(groupId, metadata, { elapsedMs: clock.elapsed(), nowMs });
    if (!mayExpire(group, active !== undefined)) continue;
    const expired = expiredOffsets(group, offsets, { nowMs, retentionMs });
    left -= expired.length;
    const tombstones = expired.map((topicPartition) => offsetTombstone(groupId, topicPartition));
    let kept = -expired.length;
    for (const partitions of offsets.values()) kept += partitions.size;
    if (kept === 0 && group.state === "Empty") coordinator.expire(groupId, tombstones);
    else if (tombstones.length > 0) void appender.append(groupId, tombstones);
  }
}

/**
 * A commit on its way would be removed by a tombstone behind it. A group with members that is not active here may be
 * active elsewhere.
 */
function mayExpire(group: Group, isActive: boolean): boolean {
  if (group.writes.size > 0 || group.pendingMembers.size > 0) return false;
  return isActive || group.state === "Empty";
}
