import type { ErrorName } from "@streambed/protocol";

/** Answer to JoinGroup. */
export interface JoinReply {
  readonly kind: "join";
  readonly error: ErrorName;
  readonly memberId: string;
  /** -1 with an error. */
  readonly generation: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly leader: string;
  /** KIP-814: the leader came back and the stored assignment still holds. */
  readonly skipAssignment: boolean;
  /** For the leader only. */
  readonly members: readonly JoinedMember[];
}

/** A member as its leader sees it. */
export interface JoinedMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly metadata: Uint8Array;
}

/** Answer to SyncGroup. */
export interface SyncReply {
  readonly kind: "sync";
  readonly error: ErrorName;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignment: Uint8Array;
}

/** Answer to LeaveGroup, with one result for each member that was named. */
export interface LeaveReply {
  readonly kind: "leave";
  readonly error: ErrorName;
  readonly members: readonly LeftMember[];
}

/** What became of one leaving member. */
export interface LeftMember {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly error: ErrorName;
}

/** Answer to OffsetDelete. */
export interface OffsetDeleteReply {
  readonly kind: "offset-delete";
  readonly error: ErrorName;
  /** Topics that are subscribed to and therefore kept: GROUP_SUBSCRIBED_TO_TOPIC. */
  readonly subscribedTopics: readonly string[];
}

/** An answer that says no more than how it went. */
export interface PlainReply<Kind extends string> {
  readonly kind: Kind;
  readonly error: ErrorName;
}

/** What a group answers; `commit` speaks for the group as a whole. */
export type Reply =
  | JoinReply
  | SyncReply
  | LeaveReply
  | OffsetDeleteReply
  | PlainReply<"heartbeat">
  | PlainReply<"commit">
  | PlainReply<"delete">;

/** JoinGroup refused. */
export function joinError(error: ErrorName, memberId: string): JoinReply {
  const none = { generation: -1, protocolType: null, protocolName: null, leader: "", skipAssignment: false };
  return { kind: "join", error, memberId, ...none, members: [] };
}

/** SyncGroup refused. */
export function syncError(error: ErrorName): SyncReply {
  return { kind: "sync", error, protocolType: null, protocolName: null, assignment: new Uint8Array(0) };
}
