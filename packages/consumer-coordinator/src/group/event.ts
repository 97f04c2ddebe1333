import type { ErrorName } from "@streambed/protocol";
import type { AddressedReply, Group, Protocol, Token } from "./group.ts";

/** A member as requests of a generation name it. */
export interface MemberReference {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly generation: number;
}

/** JoinGroup. */
export interface JoinEvent {
  readonly kind: "join";
  readonly token: Token;
  /** Empty for the first join. */
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocolType: string;
  readonly protocols: readonly Protocol[];
  /** Version 4 and later: a new member first gets an id and comes again with it (KIP-394). */
  readonly requiresMemberId: boolean;
  /** Version 9 and later (KIP-814). */
  readonly canSkipAssignment: boolean;
  /** Text that no other member has; becomes part of a new member's id. */
  readonly uniqueId: string;
}

/** SyncGroup; only the leader sends assignments. */
export interface SyncEvent extends MemberReference {
  readonly kind: "sync";
  readonly token: Token;
  /** Null when the version does not carry it. */
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[];
}

/** Heartbeat. */
export interface HeartbeatEvent extends MemberReference {
  readonly kind: "heartbeat";
  readonly token: Token;
}

/** LeaveGroup of one or several members; by instance id when the member id is empty. */
export interface LeaveEvent {
  readonly kind: "leave";
  readonly token: Token;
  readonly members: readonly { readonly memberId: string; readonly instanceId: string | null }[];
}

/** OffsetCommit: the records are stored when the sender may commit. */
export interface CommitEvent extends MemberReference {
  readonly kind: "commit";
  readonly token: Token;
  readonly records: readonly GroupRecord[];
  /** Version 9 and later. */
  readonly knowsGroupIdNotFound: boolean;
}

/** OffsetDelete: tombstones by topic. */
export interface OffsetDeleteEvent {
  readonly kind: "offset-delete";
  readonly token: Token;
  readonly topics: readonly { readonly topic: string; readonly tombstones: readonly GroupRecord[] }[];
}

/** DeleteGroups, or the expiry of a group that has nothing left (`token` null). */
export interface DeleteEvent {
  readonly kind: "delete";
  readonly token: Token | null;
  /** Of all offsets of the group. */
  readonly tombstones: readonly GroupRecord[];
}

/** Records that an `append` effect handed out are durable, or the log refused them with `error`. */
export interface WrittenEvent {
  readonly kind: "written";
  readonly writeId: number;
  readonly error: ErrorName | null;
}

/** Time has passed. */
export interface TickEvent {
  readonly kind: "tick";
}

/** Another coordinator has taken the group over: its state here counts no more. */
export interface SupersededEvent {
  readonly kind: "superseded";
}

/** What a client asks of a group. */
export type RequestEvent =
  | JoinEvent
  | SyncEvent
  | HeartbeatEvent
  | LeaveEvent
  | CommitEvent
  | OffsetDeleteEvent
  | DeleteEvent;

/** Whatever can happen to a group. */
export type GroupEvent = RequestEvent | WrittenEvent | TickEvent | SupersededEvent;

/** A record of `__consumer_offsets`; a null value removes what the key names. */
export interface GroupRecord {
  /** The topic that a committed offset is of. */
  readonly topic?: string;
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}

/** What the caller has to do, in this order. */
export type Effect =
  | ({ readonly kind: "reply" } & AddressedReply)
  /** Append to the group's partition of `__consumer_offsets`, then report with a `written` event. */
  | { readonly kind: "append"; readonly writeId: number; readonly records: readonly GroupRecord[] };

/** Kafka's broker settings for groups. */
export interface GroupSettings {
  /** `group.initial.rebalance.delay.ms` */
  readonly initialRebalanceDelayMs: number;
  /** `group.min.session.timeout.ms` */
  readonly minSessionTimeoutMs: number;
  /** `group.max.session.timeout.ms` */
  readonly maxSessionTimeoutMs: number;
  /** `group.max.size` */
  readonly maxSize: number;
}

/** Kafka's defaults. */
export const DEFAULT_GROUP_SETTINGS: GroupSettings = {
  initialRebalanceDelayMs: 3_000,
  minSessionTimeoutMs: 6_000,
  maxSessionTimeoutMs: 1_800_000,
  maxSize: 2_147_483_647,
};

/** What a step may know besides the group. */
export interface StepContext {
  /** Milliseconds on the clock that never goes back; for deadlines. */
  readonly elapsedMs: number;
  /** Wall clock, milliseconds since 1970; for records. */
  readonly nowMs: number;
  readonly settings: GroupSettings;
}

/** The next group, and what to do about it. */
export interface StepResult {
  readonly group: Group;
  readonly effects: readonly Effect[];
  /** When the next `tick` is due, in `elapsedMs`; undefined when there is nothing to wait for. */
  readonly deadlineMs: number | undefined;
}
