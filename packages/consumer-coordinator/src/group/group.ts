import type { Reply } from "./reply.ts";

/** Kafka's names, as DescribeGroups and ListGroups give them. */
export type GroupState = "Empty" | "PreparingRebalance" | "CompletingRebalance" | "Stable" | "Dead";

/** Stands for one request that waits for its reply. Chosen by the caller, unique among the waiting ones. */
export type Token = number;

/** One way of dividing work that a member can follow; the metadata is opaque. */
export interface Protocol {
  readonly name: string;
  readonly metadata: Uint8Array;
}

/** A member of a group. Deadlines are on the clock that never goes back. */
export interface Member {
  readonly memberId: string;
  /** `group.instance.id`; null for a dynamic member. */
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /** In order of preference. */
  readonly protocols: readonly Protocol[];
  readonly assignment: Uint8Array;
  /** The JoinGroup that waits for the next generation. */
  readonly joining: Token | null;
  /** The SyncGroup that waits for the assignment. */
  readonly syncing: Token | null;
  /** True until its first generation: it cannot heartbeat before that. */
  readonly isNew: boolean;
  /** When the member is taken for gone, unless it waits for a reply. */
  readonly deadlineMs: number;
}

/** What ends the wait for members to join. */
export type JoinTimer =
  /** First generation of an empty group: waits a little, and again while members keep coming. */
  | {
      readonly kind: "initial";
      readonly deadlineMs: number;
      readonly remainingMs: number;
      readonly newMembers: boolean;
    }
  /** Waits for all known members, until the largest rebalance timeout. */
  | { readonly kind: "rejoin"; readonly deadlineMs: number };

/** Members that got a generation and have not asked for their assignment yet. */
export interface PendingSync {
  readonly memberIds: ReadonlySet<string>;
  readonly deadlineMs: number;
}

/** What follows when records that were handed out are durable, or not. */
export type Write =
  | {
      readonly kind: "assignment";
      readonly generation: number;
      readonly assignments: ReadonlyMap<string, Uint8Array>;
    }
  | { readonly kind: "reply"; readonly durable: readonly AddressedReply[]; readonly failed: readonly AddressedReply[] }
  /** The group's end; nobody asks when it expired. */
  | { readonly kind: "delete"; readonly token: Token | null };

/** A reply and the request it answers. */
export interface AddressedReply {
  readonly token: Token;
  readonly reply: Reply;
}

/** A classic group. A value: `step` returns the next one. */
export interface Group {
  readonly groupId: string;
  readonly state: GroupState;
  /** Wall clock of the last change of `state`, milliseconds; offsets of an empty group expire from here. */
  readonly stateSinceMs: number;
  readonly generation: number;
  /** `consumer`, `connect`, …; null when no member ever joined. */
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly leader: string | null;
  readonly members: ReadonlyMap<string, Member>;
  /** Ids handed out with MEMBER_ID_REQUIRED, and until when they count. */
  readonly pendingMembers: ReadonlyMap<string, number>;
  readonly joinTimer: JoinTimer | null;
  readonly pendingSync: PendingSync | null;
  /** Appends on their way, by id. */
  readonly writes: ReadonlyMap<number, Write>;
  readonly nextWriteId: number;
}

/** A group nobody has joined. */
export function newGroup(groupId: string, nowMs: number): Group {
  return {
    groupId,
    state: "Empty",
    stateSinceMs: nowMs,
    generation: 0,
    protocolType: null,
    protocolName: null,
    leader: null,
    members: new Map(),
    pendingMembers: new Map(),
    joinTimer: null,
    pendingSync: null,
    writes: new Map(),
    nextWriteId: 1,
  };
}

/** True when nothing of the group is lost by forgetting it: whatever counts is in the log. */
export function isIdle(group: Group): boolean {
  if (group.state !== "Empty" && group.state !== "Dead") return false;
  return group.pendingMembers.size === 0 && group.writes.size === 0;
}

/** When the group needs a `tick`, or undefined when it waits for nobody. */
export function nextDeadline(group: Group): number | undefined {
  let next = Number.POSITIVE_INFINITY;
  for (const deadlineMs of group.pendingMembers.values()) next = Math.min(next, deadlineMs);
  for (const member of group.members.values()) {
    if (canExpire(member)) next = Math.min(next, member.deadlineMs);
  }
  if (group.joinTimer !== null) next = Math.min(next, group.joinTimer.deadlineMs);
  if (group.pendingSync !== null) next = Math.min(next, group.pendingSync.deadlineMs);
  return next === Number.POSITIVE_INFINITY ? undefined : next;
}

/** A member that waits for a reply is not expected to heartbeat, except for its very first one (see KAFKA-7610). */
export function canExpire(member: Member): boolean {
  return member.isNew || (member.joining === null && member.syncing === null);
}
