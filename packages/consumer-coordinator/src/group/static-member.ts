import { NEW_MEMBER_JOIN_TIMEOUT_MS } from "../limits.ts";
import type { Draft } from "./draft.ts";
import type { JoinEvent } from "./event.ts";
import type { Member } from "./group.ts";
import { groupRecord } from "./group-record.ts";
import { selectProtocol } from "./protocols.ts";
import { joinedMembers, joinedReply, membershipChanged } from "./rebalance.ts";
import type { JoinReply } from "./reply.ts";
import { joinError } from "./reply.ts";

/**
 * A static member came back without its member id (KIP-345): it takes over the place of `holder` under a new id, and
 * whoever still uses the old id is fenced. In a stable group nobody else notices, unless the protocol would change.
 */
export function replaceStaticMember(
  draft: Draft,
  event: JoinEvent,
  { holder, memberId }: { readonly holder: Member; readonly memberId: string },
): void {
  const leaderBefore = draft.leader;
  draft.refuseWaiting(holder, "FENCED_INSTANCE_ID");
  takePlace(draft, event, { holder, memberId });
  if (draft.state !== "Stable" || selectProtocol(draft) !== draft.protocolName) {
    const member = draft.members.get(memberId);
    if (member !== undefined) draft.update(member, { joining: event.token });
    return membershipChanged(draft);
  }
  const reply = returnedReply(draft, event, { memberId, leaderBefore });
  draft.append([groupRecord(draft)], {
    kind: "reply",
    durable: [{ token: event.token, reply }],
    failed: [{ token: event.token, reply: joinError("COORDINATOR_NOT_AVAILABLE", "") }],
  });
}

function takePlace(
  draft: Draft,
  event: JoinEvent,
  { holder, memberId }: { readonly holder: Member; readonly memberId: string },
): void {
  const { clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs, protocols } = event;
  const deadlineMs = draft.elapsedMs + (holder.isNew ? NEW_MEMBER_JOIN_TIMEOUT_MS : sessionTimeoutMs);
  const changes = { clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs, protocols, deadlineMs };
  draft.members.delete(holder.memberId);
  draft.members.set(memberId, { ...holder, ...changes, memberId, joining: null, syncing: null });
  if (draft.leader === holder.memberId) draft.leader = memberId;
  const pending = draft.pendingSync;
  if (pending?.memberIds.has(holder.memberId) === true) {
    const others = [...pending.memberIds].filter((id) => id !== holder.memberId);
    draft.pendingSync = { ...pending, memberIds: new Set([...others, memberId]) };
  }
}

/**
 * A leader that can skip the assignment is told to (KIP-814). An older one is given the old leader's id, so that it
 * takes itself for a follower and fetches the assignment that still holds.
 */
function returnedReply(
  draft: Draft,
  { canSkipAssignment }: JoinEvent,
  { memberId, leaderBefore }: { readonly memberId: string; readonly leaderBefore: string | null },
): JoinReply {
  const reply = joinedReply(draft, memberId);
  if (!canSkipAssignment) return { ...reply, leader: leaderBefore ?? "", members: [] };
  const isLeader = draft.leader === memberId;
  return { ...reply, skipAssignment: isLeader, members: isLeader ? joinedMembers(draft) : [] };
}
