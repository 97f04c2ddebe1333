import type { StreambedError } from "@streambed/kernel";
import { CONSUMER_PROTOCOL_TYPE, decodeAssignment, type DescribeGroupsResponse } from "@streambed/protocol";
import type { GroupDescription, GroupMember, ItemResult } from "../admin-types.ts";
import { DELETE_GROUPS, DESCRIBE_GROUPS, OFFSET_DELETE } from "../apis/admin-apis.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { byTopic } from "../cluster/per-leader.ts";
import { asStreambedError, codeError, namedError } from "../errors.ts";
import type { TopicPartition } from "../types.ts";

type Signal = { readonly signal?: AbortSignal | undefined };

/** One call per group: each has its own coordinator, and one that fails does not fail the others. */
async function perGroup<T extends { readonly groupId: string }>(
  groupIds: readonly string[],
  signal: AbortSignal | undefined,
  act: (groupId: string) => Promise<T>,
): Promise<readonly ItemResult<T>[]> {
  return Promise.all(
    groupIds.map(async (groupId) => {
      try {
        return { ok: true as const, ...(await act(groupId)) };
      } catch (thrown) {
        signal?.throwIfAborted();
        return { ok: false as const, groupId, error: asStreambedError(thrown, `Group ${groupId}`) };
      }
    }),
  );
}

export function describeGroups(
  cluster: Cluster,
  groupIds: readonly string[],
  options: Signal,
): Promise<readonly ItemResult<GroupDescription>[]> {
  return perGroup(groupIds, options.signal, async (groupId) => {
    const context = `Description of group ${groupId}`;
    const response = await cluster.call({
      api: DESCRIBE_GROUPS,
      to: { coordinatorOf: groupId },
      signal: options.signal,
      body: () => ({ groups: [groupId] }),
      check: ({ groups: [group] }) => {
        if (group === undefined) throw namedError("UNKNOWN_SERVER_ERROR", context, "the answer does not mention it");
        if (group.errorCode !== 0) throw codeError(group.errorCode, context, group.errorMessage);
      },
    });
    const [group] = response.groups;
    // Before version 6 a group nobody knows is described as dead.
    if (group === undefined || group.groupState === "Dead") throw namedError("GROUP_ID_NOT_FOUND", context);
    const { host, port } = await cluster.coordinator(groupId, options.signal);
    const coordinator = cluster.metadata.brokers.find((broker) => broker.host === host && broker.port === port);
    return {
      groupId,
      state: group.groupState,
      protocolType: group.protocolType,
      protocol: group.protocolData,
      coordinator: coordinator?.nodeId ?? -1,
      members: group.members.map((member) => memberOf(member, group.protocolType)),
    };
  });
}

function memberOf(
  member: DescribeGroupsResponse["groups"][number]["members"][number],
  protocolType: string,
): GroupMember {
  const { memberId, groupInstanceId, clientId, clientHost, memberAssignment } = member;
  // Other protocol types (connect, sr) have bytes of their own.
  const assignment = protocolType === CONSUMER_PROTOCOL_TYPE ? partitionsOf(memberAssignment) : [];
  return { memberId, groupInstanceId, clientId, clientHost, assignment };
}

function partitionsOf(bytes: Uint8Array): readonly TopicPartition[] {
  return decodeAssignment(bytes).assignedPartitions.flatMap(({ topic, partitions }) =>
    partitions.map((partition) => ({ topic, partition })),
  );
}

export function deleteGroups(
  cluster: Cluster,
  groupIds: readonly string[],
  options: Signal,
): Promise<readonly ItemResult<{ readonly groupId: string }>[]> {
  return perGroup(groupIds, options.signal, async (groupId) => {
    await cluster.call({
      api: DELETE_GROUPS,
      to: { coordinatorOf: groupId },
      signal: options.signal,
      body: () => ({ groupsNames: [groupId] }),
      check: ({ results: [result] }) => {
        const code = result?.errorCode ?? -1;
        if (code !== 0) throw codeError(code, `Deleting group ${groupId}`, result?.errorMessage);
      },
    });
    return { groupId };
  });
}

export async function deleteOffsets(
  cluster: Cluster,
  call: Signal & { readonly groupId: string },
  partitions: readonly TopicPartition[],
): Promise<readonly ItemResult<TopicPartition>[]> {
  if (partitions.length === 0) return [];
  const { groupId, signal } = call;
  const response = await cluster.call({
    api: OFFSET_DELETE,
    to: { coordinatorOf: groupId },
    signal,
    body: () => ({
      groupId,
      topics: byTopic(partitions).map(([name, members]) => ({
        name,
        partitions: members.map(({ partition }) => ({ partitionIndex: partition })),
      })),
    }),
    check: ({ errorCode }) => {
      if (errorCode !== 0) throw codeError(errorCode, `Deleting offsets of group ${groupId}`);
    },
  });
  return partitions.map(({ topic, partition }) => {
    const answer = response.topics
      .find(({ name }) => name === topic)
      ?.partitions.find(({ partitionIndex }) => partitionIndex === partition);
    const code = answer?.errorCode ?? -1;
    const context = `Deleting the offset of ${topic}-${partition} for group ${groupId}`;
    return partitionResult({ topic, partition }, code === 0 ? null : codeError(code, context));
  });
}

/** Result of an item that only has topic and partition. */
export function partitionResult(of: TopicPartition, error: StreambedError | null): ItemResult<TopicPartition> {
  const { topic, partition } = of;
  return error === null ? { ok: true, topic, partition } : { ok: false, topic, partition, error };
}
