import { invariant } from "@streambed/kernel";
import type { Draft } from "./draft.ts";
import type { Member } from "./group.ts";
import { groupRecord } from "./group-record.ts";
import { selectProtocol } from "./protocols.ts";
import type { JoinReply } from "./reply.ts";
import { syncError } from "./reply.ts";

/** Members, or what they offer, have changed: starts a rebalance, or sees whether the running one is complete. */
export function membershipChanged(draft: Draft): void {
  if (draft.state === "PreparingRebalance") completeJoinWhenAllAreThere(draft);
  else if (draft.state !== "Dead") prepareRebalance(draft);
}

/** Everybody has to join again. Whoever waits for an assignment is told so. */
export function prepareRebalance(draft: Draft): void {
  refuseSyncs(draft, "REBALANCE_IN_PROGRESS");
  draft.pendingSync = null;
  const isFirst = draft.state === "Empty";
  const rebalanceTimeoutMs = draft.rebalanceTimeoutMs();
  draft.enter("PreparingRebalance");
  if (!isFirst) {
    draft.joinTimer = { kind: "rejoin", deadlineMs: draft.elapsedMs + rebalanceTimeoutMs };
    return completeJoinWhenAllAreThere(draft);
  }
  const { initialRebalanceDelayMs: delayMs } = draft.settings;
  const remainingMs = Math.max(rebalanceTimeoutMs - delayMs, 0);
  draft.joinTimer = { kind: "initial", deadlineMs: draft.elapsedMs + delayMs, remainingMs, newMembers: false };
  if (delayMs === 0) completeJoin(draft);
}

/** The wait for members is over: extends the first one while new members keep coming. */
export function joinTimerFired(draft: Draft): void {
  const timer = draft.joinTimer;
  if (timer?.kind === "initial" && timer.newMembers && timer.remainingMs > 0) {
    const delayMs = Math.min(draft.settings.initialRebalanceDelayMs, timer.remainingMs);
    const remainingMs = timer.remainingMs - delayMs;
    draft.joinTimer = { kind: "initial", deadlineMs: draft.elapsedMs + delayMs, remainingMs, newMembers: false };
    return;
  }
  completeJoin(draft);
}

/** Answers the members that wait for an assignment with an error. */
export function refuseSyncs(draft: Draft, error: "REBALANCE_IN_PROGRESS" | "COORDINATOR_NOT_AVAILABLE"): void {
  for (const member of draft.members.values()) {
    if (member.syncing === null) continue;
    draft.reply(member.syncing, syncError(error));
    draft.update(member, { syncing: null, deadlineMs: draft.elapsedMs + member.sessionTimeoutMs });
  }
}

/** The answer that tells a member its generation. The leader also gets who the members are. */
export function joinedReply(draft: Draft, memberId: string): JoinReply {
  const { generation, protocolType, protocolName, leader } = draft;
  const members = memberId === leader ? joinedMembers(draft) : [];
  const answer = { memberId, generation, protocolType, protocolName, leader: leader ?? "", members };
  return { kind: "join", error: "NONE", skipAssignment: false, ...answer };
}

/** Every member with its metadata for the chosen protocol. */
export function joinedMembers(draft: Draft): JoinReply["members"] {
  return [...draft.members.values()].map(({ memberId, instanceId, protocols }) => ({
    memberId,
    groupInstanceId: instanceId,
    metadata: draft.metadataOf(protocols),
  }));
}

/** The first rebalance waits for its timer in any case, others end as soon as nobody is missing. */
function completeJoinWhenAllAreThere(draft: Draft): void {
  if (draft.joinTimer?.kind === "initial" || draft.pendingMembers.size > 0) return;
  for (const { joining } of draft.members.values()) if (joining === null) return;
  completeJoin(draft);
}

function completeJoin(draft: Draft): void {
  draft.joinTimer = null;
  for (const member of draft.members.values()) {
    // A static member keeps its place until its session ends: it may only be restarting.
    if (member.joining === null && member.instanceId === null) draft.remove(member, "UNKNOWN_MEMBER_ID");
  }
  if (draft.members.size === 0) return becomeEmpty(draft);
  if (!electLeader(draft)) {
    draft.joinTimer = { kind: "rejoin", deadlineMs: draft.elapsedMs + draft.rebalanceTimeoutMs() };
    return;
  }
  startGeneration(draft);
}

/** Keeps a leader that joined, else takes the first member that did. False when nobody did. */
function electLeader(draft: Draft): boolean {
  const leader = draft.leader === null ? undefined : draft.members.get(draft.leader);
  if (leader !== undefined && leader.joining !== null) return true;
  for (const member of draft.members.values()) {
    if (member.joining === null) continue;
    draft.leader = member.memberId;
    return true;
  }
  return false;
}

function becomeEmpty(draft: Draft): void {
  draft.generation++;
  draft.protocolName = null;
  draft.leader = null;
  draft.enter("Empty");
  // Nobody waits for this record. If it is lost, a successor finds the old members and sees their sessions end.
  draft.append([groupRecord(draft)], { kind: "reply", durable: [], failed: [] });
}

function startGeneration(draft: Draft): void {
  const protocolName = selectProtocol(draft);
  invariant(protocolName !== undefined, `Members of group ${draft.groupId} have no protocol in common`);
  draft.generation++;
  draft.protocolName = protocolName;
  draft.enter("CompletingRebalance");
  const joined = [...draft.members.values()].filter(({ joining }) => joining !== null);
  const memberIds = new Set(joined.map(({ memberId }) => memberId));
  draft.pendingSync = { memberIds, deadlineMs: draft.elapsedMs + draft.rebalanceTimeoutMs() };
  for (const member of joined) answerJoin(draft, member);
}

function answerJoin(draft: Draft, member: Member): void {
  if (member.joining !== null) draft.reply(member.joining, joinedReply(draft, member.memberId));
  const deadlineMs = draft.elapsedMs + member.sessionTimeoutMs;
  draft.update(member, { joining: null, isNew: false, deadlineMs });
}
