import type { ErrorName } from "@streambed/protocol";
import { checkMember } from "./check-member.ts";
import type { Draft } from "./draft.ts";
import type { JoinEvent } from "./event.ts";
import type { Member } from "./group.ts";
import {
  GROUP_MEMBERS_MAX,
  MEMBER_METADATA_BYTES_MAX,
  NEW_MEMBER_JOIN_TIMEOUT_MS,
  PENDING_MEMBERS_MAX,
  PROTOCOLS_PER_MEMBER_MAX,
} from "../limits.ts";
import { sameProtocols, supportsProtocols } from "./protocols.ts";
import { joinedReply, membershipChanged } from "./rebalance.ts";
import { joinError } from "./reply.ts";
import { replaceStaticMember } from "./static-member.ts";

/** JoinGroup. */
export function join(draft: Draft, event: JoinEvent): void {
  const { token, memberId } = event;
  const error = refusal(draft, event);
  if (error === "GROUP_MAX_SIZE_REACHED") {
    draft.pendingMembers.delete(memberId);
    return draft.reply(token, joinError(error, ""));
  }
  if (error !== undefined) return draft.reply(token, joinError(error, memberId));
  if (memberId === "") return joinNew(draft, event);
  if (draft.pendingMembers.has(memberId) && event.instanceId === null) return addMember(draft, event, memberId);
  const checked = checkMember(draft, event);
  if (!checked.ok) return draft.reply(token, joinError(checked.error, memberId));
  rejoin(draft, event, checked.member);
}

function refusal(draft: Draft, event: JoinEvent): ErrorName | undefined {
  const { sessionTimeoutMs, protocolType, protocols } = event;
  const { minSessionTimeoutMs, maxSessionTimeoutMs } = draft.settings;
  if (sessionTimeoutMs < minSessionTimeoutMs || sessionTimeoutMs > maxSessionTimeoutMs)
    return "INVALID_SESSION_TIMEOUT";
  if (draft.state === "Dead") return "COORDINATOR_NOT_AVAILABLE";
  if (!hasRoom(draft, event)) return "GROUP_MAX_SIZE_REACHED";
  if (!supportsProtocols(draft, protocolType, protocols)) return "INCONSISTENT_GROUP_PROTOCOL";
  const metadataBytes = protocols.reduce((sum, { metadata }) => sum + metadata.length, 0);
  if (protocols.length > PROTOCOLS_PER_MEMBER_MAX || metadataBytes > MEMBER_METADATA_BYTES_MAX)
    return "INVALID_REQUEST";
  return undefined;
}

/** During a rebalance those who joined count, so that a smaller limit takes hold without stopping everybody. */
function hasRoom(draft: Draft, { memberId, instanceId }: JoinEvent): boolean {
  const maxSize = Math.min(draft.settings.maxSize, GROUP_MEMBERS_MAX);
  const known = draft.members.get(memberId) ?? (instanceId === null ? undefined : draft.staticMember(instanceId));
  if (draft.state !== "PreparingRebalance") return known !== undefined || draft.members.size < maxSize;
  if (known !== undefined && known.joining !== null) return true;
  let joining = 0;
  for (const member of draft.members.values()) if (member.joining !== null) joining++;
  return joining < maxSize;
}

function joinNew(draft: Draft, event: JoinEvent): void {
  const { instanceId, clientId, uniqueId, token } = event;
  const memberId = `${instanceId ?? clientId}-${uniqueId}`;
  if (instanceId !== null) {
    const holder = draft.staticMember(instanceId);
    return holder === undefined
      ? addMember(draft, event, memberId)
      : replaceStaticMember(draft, event, { holder, memberId });
  }
  if (!event.requiresMemberId) return addMember(draft, event, memberId);
  if (draft.pendingMembers.size >= PENDING_MEMBERS_MAX)
    return draft.reply(token, joinError("GROUP_MAX_SIZE_REACHED", ""));
  draft.pendingMembers.set(memberId, draft.elapsedMs + event.sessionTimeoutMs);
  draft.reply(token, joinError("MEMBER_ID_REQUIRED", memberId));
}

function addMember(draft: Draft, event: JoinEvent, memberId: string): void {
  const { instanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs, protocols, token } = event;
  draft.pendingMembers.delete(memberId);
  if (draft.members.size === 0) draft.protocolType = event.protocolType;
  draft.add({
    memberId,
    instanceId,
    clientId,
    clientHost,
    sessionTimeoutMs,
    rebalanceTimeoutMs,
    protocols,
    assignment: new Uint8Array(0),
    joining: token,
    syncing: null,
    isNew: true,
    deadlineMs: draft.elapsedMs + NEW_MEMBER_JOIN_TIMEOUT_MS,
  });
  if (draft.joinTimer?.kind === "initial") draft.joinTimer = { ...draft.joinTimer, newMembers: true };
  membershipChanged(draft);
}

function rejoin(draft: Draft, event: JoinEvent, member: Member): void {
  const { state, leader } = draft;
  const { token } = event;
  const unchanged = sameProtocols(member, event.protocols);
  switch (state) {
    case "Empty":
    case "Dead":
      return draft.reply(token, joinError("UNKNOWN_MEMBER_ID", event.memberId));
    case "CompletingRebalance":
      // Its answer was probably lost: the generation still holds.
      if (unchanged) return answerAgain(draft, event);
      break;
    case "Stable":
      // A leader joins again when it wants a new assignment.
      if (unchanged && member.memberId !== leader) return answerAgain(draft, event);
      break;
    case "PreparingRebalance":
      break;
  }
  // The member waits on one connection only; a request it no longer reads from must not stay open.
  draft.refuseWaiting(member, "REBALANCE_IN_PROGRESS");
  const { clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs, protocols } = event;
  const deadlineMs = draft.elapsedMs + (member.isNew ? NEW_MEMBER_JOIN_TIMEOUT_MS : sessionTimeoutMs);
  const timeouts = { sessionTimeoutMs, rebalanceTimeoutMs, deadlineMs };
  draft.update(member, { clientId, clientHost, protocols, ...timeouts, joining: token, syncing: null });
  membershipChanged(draft);
}

function answerAgain(draft: Draft, { token, memberId }: JoinEvent): void {
  draft.renew(memberId);
  draft.reply(token, joinedReply(draft, memberId));
}
