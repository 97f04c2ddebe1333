import type { Draft } from "./draft.ts";
import { canExpire } from "./group.ts";
import { joinTimerFired, membershipChanged, prepareRebalance } from "./rebalance.ts";

/** Acts on every deadline that has passed. */
export function tick(draft: Draft): void {
  expirePendingMembers(draft);
  expireSessions(draft);
  expirePendingSync(draft);
  if (draft.joinTimer !== null && draft.joinTimer.deadlineMs <= draft.elapsedMs) joinTimerFired(draft);
}

/** Ids that were handed out and never used. A rebalance may have waited for them. */
function expirePendingMembers(draft: Draft): void {
  const before = draft.pendingMembers.size;
  for (const [memberId, deadlineMs] of draft.pendingMembers)
    if (deadlineMs <= draft.elapsedMs) draft.pendingMembers.delete(memberId);
  if (draft.pendingMembers.size < before && draft.state === "PreparingRebalance") membershipChanged(draft);
}

/** Members that were not heard of for a session. Several that end together cost one rebalance. */
function expireSessions(draft: Draft): void {
  const ended = [...draft.members.values()].filter(
    (member) => canExpire(member) && member.deadlineMs <= draft.elapsedMs,
  );
  for (const member of ended) draft.remove(member, "UNKNOWN_MEMBER_ID");
  if (ended.length > 0) membershipChanged(draft);
}

/** Members that got a generation and never asked for their assignment hold up the others, or the next rebalance. */
function expirePendingSync(draft: Draft): void {
  const pending = draft.pendingSync;
  if (pending === null || pending.deadlineMs > draft.elapsedMs) return;
  draft.pendingSync = null;
  for (const memberId of pending.memberIds) {
    const member = draft.members.get(memberId);
    if (member !== undefined) draft.remove(member, "UNKNOWN_MEMBER_ID");
  }
  prepareRebalance(draft);
}
