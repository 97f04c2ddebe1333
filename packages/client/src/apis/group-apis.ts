import {
  decodeHeartbeatResponse,
  decodeJoinGroupResponse,
  decodeLeaveGroupResponse,
  decodeOffsetCommitResponse,
  decodeOffsetFetchResponse,
  decodeSyncGroupResponse,
  encodeHeartbeatRequest,
  encodeJoinGroupRequest,
  encodeLeaveGroupRequest,
  encodeOffsetCommitRequest,
  encodeOffsetFetchRequest,
  encodeSyncGroupRequest,
  type HeartbeatRequestInput,
  type HeartbeatResponse,
  type JoinGroupRequestInput,
  type JoinGroupResponse,
  type LeaveGroupRequestInput,
  type LeaveGroupResponse,
  type OffsetCommitRequestInput,
  type OffsetCommitResponse,
  type OffsetFetchRequestInput,
  type OffsetFetchResponse,
  type SyncGroupRequestInput,
  type SyncGroupResponse,
} from "@streambed/protocol";
import type { Api } from "../net/api.ts";

export const JOIN_GROUP: Api<JoinGroupRequestInput, JoinGroupResponse> = {
  key: 11,
  name: "JoinGroup",
  minVersion: 0,
  maxVersion: 9,
  flexibleFrom: 6,
  encodeRequest: encodeJoinGroupRequest,
  decodeResponse: decodeJoinGroupResponse,
};

export const SYNC_GROUP: Api<SyncGroupRequestInput, SyncGroupResponse> = {
  key: 14,
  name: "SyncGroup",
  minVersion: 0,
  maxVersion: 5,
  flexibleFrom: 4,
  encodeRequest: encodeSyncGroupRequest,
  decodeResponse: decodeSyncGroupResponse,
};

export const HEARTBEAT: Api<HeartbeatRequestInput, HeartbeatResponse> = {
  key: 12,
  name: "Heartbeat",
  minVersion: 0,
  maxVersion: 4,
  flexibleFrom: 4,
  encodeRequest: encodeHeartbeatRequest,
  decodeResponse: decodeHeartbeatResponse,
};

export const LEAVE_GROUP: Api<LeaveGroupRequestInput, LeaveGroupResponse> = {
  key: 13,
  name: "LeaveGroup",
  minVersion: 0,
  maxVersion: 5,
  flexibleFrom: 4,
  encodeRequest: encodeLeaveGroupRequest,
  decodeResponse: decodeLeaveGroupResponse,
};

// Version 10 replaces names by topic ids, which a commit for a topic deleted meanwhile does not have.
export const OFFSET_COMMIT: Api<OffsetCommitRequestInput, OffsetCommitResponse> = {
  key: 8,
  name: "OffsetCommit",
  minVersion: 2,
  maxVersion: 9,
  flexibleFrom: 8,
  encodeRequest: encodeOffsetCommitRequest,
  decodeResponse: decodeOffsetCommitResponse,
};

// As OffsetCommit: offsets of deleted topics are listed by name.
export const OFFSET_FETCH: Api<OffsetFetchRequestInput, OffsetFetchResponse> = {
  key: 9,
  name: "OffsetFetch",
  minVersion: 1,
  maxVersion: 9,
  flexibleFrom: 6,
  encodeRequest: encodeOffsetFetchRequest,
  decodeResponse: decodeOffsetFetchResponse,
};
