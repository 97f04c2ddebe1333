import { ASSIGNMENT_BYTES_MAX } from "../limits.ts";
import { checkGeneration } from "./check-member.ts";
import type { Draft } from "./draft.ts";
import type { SyncEvent } from "./event.ts";
import { groupRecord } from "./group-record.ts";
import type { Member, Write } from "./group.ts";
import { prepareRebalance, refuseSyncs } from "./rebalance.ts";
import type { SyncReply } from "./reply.ts";
import { syncError } from "./reply.ts";

/** SyncGroup: followers wait until the leader's assignments are durable. */
export function sync(draft: Draft, event: SyncEvent): void {
  const { token } = event;
  if (draft.state === "Dead") return draft.reply(token, syncError("COORDINATOR_NOT_AVAILABLE"));
  const checked = checkGeneration(draft, event);
  if (!checked.ok) return draft.reply(token, syncError(checked.error));
  if (differs(event.protocolType, draft.protocolType) || differs(event.protocolName, draft.protocolName))
    return draft.reply(token, syncError("INCONSISTENT_GROUP_PROTOCOL"));
  switch (draft.state) {
    case "Empty":
      return draft.reply(token, syncError("UNKNOWN_MEMBER_ID"));
    case "PreparingRebalance":
      return draft.reply(token, syncError("REBALANCE_IN_PROGRESS"));
    case "CompletingRebalance":
      return awaitAssignment(draft, event, checked.member);
    case "Stable":
      draft.synced(checked.member.memberId);
      draft.renew(checked.member.memberId);
      return draft.reply(token, syncReply(draft, checked.member));
  }
}

/** The log has the assignments of a generation, or refused them. */
export function assignmentWritten(
  draft: Draft,
  write: Extract<Write, { kind: "assignment" }>,
  isDurable: boolean,
): void {
  // A rebalance has begun meanwhile; those who waited were told then.
  if (draft.state !== "CompletingRebalance" || draft.generation !== write.generation) return;
  if (!isDurable) {
    refuseSyncs(draft, "COORDINATOR_NOT_AVAILABLE");
    return prepareRebalance(draft);
  }
  draft.enter("Stable");
  for (const member of draft.members.values()) {
    const assigned: Member = { ...member, assignment: write.assignments.get(member.memberId) ?? new Uint8Array(0) };
    if (member.syncing === null) {
      draft.update(assigned, {});
      continue;
    }
    draft.reply(member.syncing, syncReply(draft, assigned));
    draft.update(assigned, { syncing: null, deadlineMs: draft.elapsedMs + member.sessionTimeoutMs });
  }
}

function awaitAssignment(draft: Draft, event: SyncEvent, member: Member): void {
  const { token, assignments, memberId } = event;
  const isLeader = memberId === draft.leader;
  const bytes = assignments.reduce((sum, { assignment }) => sum + assignment.length, 0);
  if (isLeader && bytes > ASSIGNMENT_BYTES_MAX) return draft.reply(token, syncError("INVALID_REQUEST"));
  // A repeated request replaces one whose answer nobody reads any more.
  draft.refuseWaiting(member, "REBALANCE_IN_PROGRESS");
  draft.update(member, { syncing: token, deadlineMs: draft.elapsedMs + member.sessionTimeoutMs });
  draft.synced(memberId);
  if (!isLeader || isBeingWritten(draft)) return;
  const byMember = new Map(assignments.map((each) => [each.memberId, each.assignment]));
  draft.append([groupRecord(draft, byMember)], {
    kind: "assignment",
    generation: draft.generation,
    assignments: byMember,
  });
}

function isBeingWritten(draft: Draft): boolean {
  for (const write of draft.writes.values())
    if (write.kind === "assignment" && write.generation === draft.generation) return true;
  return false;
}

function syncReply(draft: Draft, { assignment }: Member): SyncReply {
  const { protocolType, protocolName } = draft;
  return { kind: "sync", error: "NONE", protocolType, protocolName, assignment };
}

function differs(claimed: string | null, actual: string | null): boolean {
  return claimed !== null && claimed !== actual;
}
