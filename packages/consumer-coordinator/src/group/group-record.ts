import {
  decodeGroupMetadataValue,
  decodeVersioned,
  encodeGroupMetadataKey,
  encodeGroupMetadataValue,
  encodeRecordKey,
  encodeVersioned,
  GROUP_METADATA_KEY_TYPE,
} from "@streambed/protocol";
import type { Draft } from "./draft.ts";
import type { GroupRecord } from "./event.ts";
import type { Group, Member } from "./group.ts";
import { newGroup } from "./group.ts";

/** What Kafka writes today; every tool that reads `__consumer_offsets` knows it. */
const VALUE_VERSION = 3;

/** The group as a record, as it is now or with the assignments it is about to get. */
export function groupRecord(draft: Draft, assignments?: ReadonlyMap<string, Uint8Array>): GroupRecord {
  const members = [...draft.members.values()].map((member) => ({
    memberId: member.memberId,
    groupInstanceId: member.instanceId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    rebalanceTimeout: member.rebalanceTimeoutMs,
    sessionTimeout: member.sessionTimeoutMs,
    subscription: draft.metadataOf(member.protocols),
    assignment: assignments === undefined ? member.assignment : (assignments.get(member.memberId) ?? new Uint8Array(0)),
  }));
  const value = {
    protocolType: draft.protocolType ?? "",
    generation: draft.generation,
    protocol: draft.protocolName,
    leader: draft.leader,
    currentStateTimestamp: BigInt(draft.nowMs),
    members,
  };
  return {
    key: groupKey(draft.groupId),
    value: encodeVersioned(encodeGroupMetadataValue, value, VALUE_VERSION),
  };
}

/** The record that ends a group. */
export function groupTombstone(groupId: string): GroupRecord {
  return { key: groupKey(groupId), value: null };
}

function groupKey(groupId: string): Uint8Array {
  return encodeRecordKey(encodeGroupMetadataKey, { group: groupId }, GROUP_METADATA_KEY_TYPE);
}

/**
 * A group from its last record; `value` is null for a group that only has offsets. Members get a whole session to be
 * heard of again, so a restart of the coordinator does not start a rebalance.
 */
export function loadGroup(
  groupId: string,
  value: Uint8Array | null,
  { elapsedMs, nowMs }: { readonly elapsedMs: number; readonly nowMs: number },
): Group {
  const group = newGroup(groupId, nowMs);
  if (value === null) return group;
  const { protocolType, protocol, leader, generation, currentStateTimestamp, members } = decodeVersioned(
    decodeGroupMetadataValue,
    value,
  );
  const loaded = members.map((stored): [string, Member] => [
    stored.memberId,
    {
      memberId: stored.memberId,
      instanceId: stored.groupInstanceId,
      clientId: stored.clientId,
      clientHost: stored.clientHost,
      sessionTimeoutMs: stored.sessionTimeout,
      rebalanceTimeoutMs: stored.rebalanceTimeout < 0 ? stored.sessionTimeout : stored.rebalanceTimeout,
      protocols: protocol === null ? [] : [{ name: protocol, metadata: stored.subscription }],
      assignment: stored.assignment,
      joining: null,
      syncing: null,
      isNew: false,
      deadlineMs: elapsedMs + stored.sessionTimeout,
    },
  ]);
  return {
    ...group,
    state: loaded.length === 0 ? "Empty" : "Stable",
    stateSinceMs: currentStateTimestamp < 0n ? nowMs : Number(currentStateTimestamp),
    generation,
    protocolType: protocolType === "" ? null : protocolType,
    protocolName: protocol,
    leader,
    members: new Map(loaded),
  };
}
