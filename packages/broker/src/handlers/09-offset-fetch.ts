import type { CommittedOffset } from "@streambed/consumer-coordinator";
import { ZERO_UUID } from "@streambed/kernel";
import type { ApiTypes } from "@streambed/protocol";
import type { BrokerCore } from "../broker-core.ts";
import { code } from "../kafka-error.ts";
import { findTopic } from "../topics/find-topic.ts";
import type { AnyHandler } from "./handler.ts";
import { handler } from "./handler.ts";

type Response = ApiTypes["OffsetFetch"]["responseInput"];
type Group = NonNullable<Response["groups"]>[number];
type Topic = Group["topics"][number];
type Partition = Topic["partitions"][number];
type TopicRequest = { readonly name: string; readonly topicId: string; readonly partitionIndexes: readonly number[] };

/** From this version on, one request asks for several groups. */
const SEVERAL_GROUPS_VERSION = 8;
/** From this version on, topics go by their id. */
const TOPIC_ID_VERSION = 10;

/**
 * OffsetFetch. A partition without a commit, and a group nobody knows, are no errors: the offset is -1. There are no
 * transactions yet, so every offset is stable.
 */
export const offsetFetchHandler: AnyHandler = handler({
  name: "OffsetFetch",
  async handle(request, { broker, version }): Promise<Response> {
    const groupIds =
      version >= SEVERAL_GROUPS_VERSION ? request.groups.map((group) => group.groupId) : [request.groupId];
    // A connection that sent a commit before must see it, whether or not that was answered yet.
    await Promise.all(groupIds.map((groupId) => broker.groups.whenSettled(groupId)));
    const isElsewhere = groupIds.every((groupId) => broker.groups.problem(groupId) !== undefined);
    const isCurrent = isElsewhere || (await catchUp(broker));
    const errorOf = (groupId: string): number =>
      code(broker.groups.problem(groupId) ?? (isCurrent ? "NONE" : "COORDINATOR_NOT_AVAILABLE"));
    const answer = (groupId: string, topics: readonly TopicRequest[] | null): Group => {
      const errorCode = errorOf(groupId);
      if (errorCode !== 0) return { groupId, topics: [], errorCode };
      const found = topics === null ? all(broker, groupId, version) : named(broker, groupId, topics);
      return { groupId, topics: found, errorCode };
    };
    if (version >= SEVERAL_GROUPS_VERSION)
      return { topics: [], groups: request.groups.map(({ groupId, topics }) => answer(groupId, topics)) };
    const topics = request.topics?.map((topic) => ({ ...topic, topicId: ZERO_UUID })) ?? null;
    const only = answer(request.groupId, topics);
    const byName = only.topics.map(({ name = "", partitions }) => ({ name, partitions }));
    return { topics: byName, groups: [], errorCode: errorOf(request.groupId) };
  },
});

/** Another process on the same bucket may have committed for the group. */
async function catchUp(broker: BrokerCore): Promise<boolean> {
  try {
    await broker.log.verifyTail();
    return true;
  } catch {
    // Whatever the store says, the client can only come again.
    return false;
  }
}

function all(broker: BrokerCore, groupId: string, version: number): Topic[] {
  return [...broker.groups.offsets(groupId)].flatMap(([name, offsets]) => {
    const topicId = broker.log.view.topicNamed(name)?.topicId ?? ZERO_UUID;
    // Without an id the topic could not be named.
    if (version >= TOPIC_ID_VERSION && topicId === ZERO_UUID) return [];
    return [{ name, topicId, partitions: [...offsets].map(([partition, commit]) => committed(partition, commit)) }];
  });
}

function named(broker: BrokerCore, groupId: string, topics: readonly TopicRequest[]): Topic[] {
  return topics.map(({ name, topicId, partitionIndexes }) => {
    const byId = topicId !== ZERO_UUID;
    const found = byId ? findTopic(broker, { name, topicId }) : undefined;
    const topic = found === undefined ? name : found.topic?.name;
    const partitions = partitionIndexes.map((partition) =>
      topic === undefined
        ? { ...absent(partition), errorCode: found?.errorCode ?? 0 }
        : committed(partition, broker.groups.committed(groupId, { topic, partition })),
    );
    return { name, topicId, partitions };
  });
}

function committed(partitionIndex: number, commit: CommittedOffset | undefined): Partition {
  if (commit === undefined) return absent(partitionIndex);
  const { offset, leaderEpoch, metadata } = commit;
  return { partitionIndex, committedOffset: BigInt(offset), committedLeaderEpoch: leaderEpoch, metadata, errorCode: 0 };
}

function absent(partitionIndex: number): Partition {
  return { partitionIndex, committedOffset: -1n, committedLeaderEpoch: -1, metadata: "", errorCode: 0 };
}
