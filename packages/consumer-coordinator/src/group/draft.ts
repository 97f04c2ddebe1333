import type { ErrorName } from "@streambed/protocol";
import type { Effect, GroupRecord, GroupSettings, StepContext, StepResult } from "./event.ts";
import type {
  AddressedReply,
  Group,
  GroupState,
  JoinTimer,
  Member,
  PendingSync,
  Protocol,
  Token,
  Write,
} from "./group.ts";
import { nextDeadline } from "./group.ts";
import type { Reply } from "./reply.ts";
import { joinError, syncError } from "./reply.ts";

/**
 * The working copy of a group inside one step. Rules change it in place, which keeps them short; the group it was made
 * from stays as it was, and members are values that are replaced.
 */
export class Draft {
  readonly groupId: string;
  readonly settings: GroupSettings;
  readonly elapsedMs: number;
  readonly nowMs: number;
  generation: number;
  protocolType: string | null;
  protocolName: string | null;
  leader: string | null;
  joinTimer: JoinTimer | null;
  pendingSync: PendingSync | null;
  readonly members: Map<string, Member>;
  readonly pendingMembers: Map<string, number>;
  readonly writes: Map<number, Write>;
  #state: GroupState;
  #stateSinceMs: number;
  #nextWriteId: number;
  readonly #effects: Effect[] = [];

  constructor(group: Group, context: StepContext) {
    this.groupId = group.groupId;
    this.settings = context.settings;
    this.elapsedMs = context.elapsedMs;
    this.nowMs = context.nowMs;
    this.generation = group.generation;
    this.protocolType = group.protocolType;
    this.protocolName = group.protocolName;
    this.leader = group.leader;
    this.joinTimer = group.joinTimer;
    this.pendingSync = group.pendingSync;
    this.members = new Map(group.members);
    this.pendingMembers = new Map(group.pendingMembers);
    this.writes = new Map(group.writes);
    this.#state = group.state;
    this.#stateSinceMs = group.stateSinceMs;
    this.#nextWriteId = group.nextWriteId;
  }

  get state(): GroupState {
    return this.#state;
  }

  get stateSinceMs(): number {
    return this.#stateSinceMs;
  }

  enter(state: GroupState): void {
    this.#state = state;
    this.#stateSinceMs = this.nowMs;
  }

  /** Forgets everything that waits or is waited for. */
  end(): void {
    this.pendingMembers.clear();
    this.joinTimer = null;
    this.pendingSync = null;
    this.enter("Dead");
  }

  reply(token: Token, reply: Reply): void {
    this.#effects.push({ kind: "reply", token, reply });
  }

  replyAll(replies: readonly AddressedReply[]): void {
    for (const { token, reply } of replies) this.reply(token, reply);
  }

  /** Hands out records; `write` says what follows when they are durable. */
  append(records: readonly GroupRecord[], write: Write): void {
    const writeId = this.#nextWriteId++;
    this.writes.set(writeId, write);
    this.#effects.push({ kind: "append", writeId, records });
  }

  /** Largest rebalance timeout of all members, milliseconds. */
  rebalanceTimeoutMs(): number {
    let longest = 0;
    for (const { rebalanceTimeoutMs } of this.members.values()) longest = Math.max(longest, rebalanceTimeoutMs);
    return longest;
  }

  add(member: Member): void {
    this.members.set(member.memberId, member);
    this.leader ??= member.memberId;
  }

  update(member: Member, changes: Partial<Omit<Member, "memberId">>): void {
    this.members.set(member.memberId, { ...member, ...changes });
  }

  /** The member was heard of: its session starts again. */
  renew(memberId: string): void {
    const member = this.members.get(memberId);
    if (member !== undefined) this.update(member, { deadlineMs: this.elapsedMs + member.sessionTimeoutMs });
  }

  /** Takes a member out; what it still waits for is refused with `error`. Does not start a rebalance. */
  remove(member: Member, error: ErrorName): void {
    this.refuseWaiting(member, error);
    this.members.delete(member.memberId);
    this.synced(member.memberId);
    if (this.leader === member.memberId) this.leader = this.members.keys().next().value ?? null;
  }

  /** Refuses the requests that wait for the member, if there are any. */
  refuseWaiting(member: Member, error: ErrorName): void {
    if (member.joining !== null) this.reply(member.joining, joinError(error, member.memberId));
    if (member.syncing !== null) this.reply(member.syncing, syncError(error));
  }

  /** The member need not be waited for any more. */
  synced(memberId: string): void {
    if (this.pendingSync === null) return;
    const memberIds = new Set(this.pendingSync.memberIds);
    memberIds.delete(memberId);
    this.pendingSync = memberIds.size === 0 ? null : { ...this.pendingSync, memberIds };
  }

  /** The member that holds this `group.instance.id`. */
  staticMember(instanceId: string): Member | undefined {
    for (const member of this.members.values()) if (member.instanceId === instanceId) return member;
    return undefined;
  }

  /** Metadata of a member for the protocol that was chosen. */
  metadataOf(protocols: readonly Protocol[]): Uint8Array {
    return protocols.find(({ name }) => name === this.protocolName)?.metadata ?? new Uint8Array(0);
  }

  finish(): StepResult {
    const { groupId, generation, protocolType, protocolName, leader, joinTimer, pendingSync } = this;
    const { members, pendingMembers, writes } = this;
    const group: Group = {
      groupId,
      state: this.#state,
      stateSinceMs: this.#stateSinceMs,
      generation,
      protocolType,
      protocolName,
      leader,
      members,
      pendingMembers,
      joinTimer,
      pendingSync,
      writes,
      nextWriteId: this.#nextWriteId,
    };
    return { group, effects: this.#effects, deadlineMs: nextDeadline(group) };
  }
}
