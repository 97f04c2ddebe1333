export { refuseRequest, replyForAbsentGroup } from "./group/absent-group.ts";
export { describeAbsentGroup, describeGroup, GROUP_TYPE, matchesFilters } from "./group/describe.ts";
export type { GroupDescription, MemberDescription } from "./group/describe.ts";
export { DEFAULT_GROUP_SETTINGS } from "./group/event.ts";
export type {
  CommitEvent,
  DeleteEvent,
  Effect,
  GroupEvent,
  GroupRecord,
  GroupSettings,
  HeartbeatEvent,
  JoinEvent,
  LeaveEvent,
  MemberReference,
  OffsetDeleteEvent,
  RequestEvent,
  StepContext,
  StepResult,
  SyncEvent,
} from "./group/event.ts";
export { groupTombstone, loadGroup } from "./group/group-record.ts";
export { isIdle, newGroup } from "./group/group.ts";
export type { Group, GroupState, Member, Protocol, Token } from "./group/group.ts";
export type {
  JoinedMember,
  JoinReply,
  LeaveReply,
  LeftMember,
  OffsetDeleteReply,
  PlainReply,
  Reply,
  SyncReply,
} from "./group/reply.ts";
export { joinError, syncError } from "./group/reply.ts";
export { step } from "./group/step.ts";
export * as limits from "./limits.ts";
export type { CommittedOffset, GroupOffsets, TopicPartition } from "./offsets/committed-offset.ts";
export { expiredOffsets } from "./offsets/expiry.ts";
export type { RetentionTime } from "./offsets/expiry.ts";
export { GroupLogState } from "./offsets/group-log-state.ts";
export type { StoredGroup, StoredGroupMap, StoredGroups } from "./offsets/group-log-state.ts";
export { groupPartition, OFFSETS_TOPIC } from "./offsets/group-partition.ts";
export { offsetRecord, offsetTombstone } from "./offsets/offset-record.ts";
