import { utf8, ZERO_UUID } from "@streambed/kernel";
import {
  decodeAssignment,
  encodeAssignment,
  encodeSubscription,
  ERROR_CODES,
  errorName,
  rangeAssignor,
} from "@streambed/protocol";
import { inProcessBroker } from "@streambed/testing";
import type { InProcessBroker } from "@streambed/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { kafkaSession } from "./kafka-session.ts";
import type { KafkaSession } from "./kafka-session.ts";
import { VirtualClock } from "./virtual-clock.ts";

const GROUP = "g";

let kafka: InProcessBroker;
let session: KafkaSession;
beforeEach(async () => {
  kafka = await inProcessBroker();
  session = kafkaSession(kafka.broker);
  const configs = { replicationFactor: 1, assignments: [], configs: [] };
  const { topics } = await session.call("CreateTopics", 7, {
    timeoutMs: 1000,
    topics: [{ name: "t", numPartitions: 6, ...configs }],
  });
  expect(topics[0]?.errorCode).toBe(0);
});
afterEach(() => kafka.close());

async function join(memberId: string) {
  return session.call("JoinGroup", 9, {
    groupId: GROUP,
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 20_000,
    memberId,
    protocolType: "consumer",
    protocols: [{ name: "range", metadata: encodeSubscription({ topics: ["t"] }) }],
  });
}

/** Gets a member id first, as KIP-394 asks. */
async function newMemberId(): Promise<string> {
  const { errorCode, memberId } = await join("");
  expect(errorName(errorCode)).toBe("MEMBER_ID_REQUIRED");
  return memberId;
}

/** Joins and syncs; the leader divides by range. */
async function enter(memberId: string): Promise<{ generation: number; partitions: readonly number[] }> {
  const joined = await join(memberId);
  expect(errorName(joined.errorCode)).toBe("NONE");
  const members = joined.members.map((member) => ({ memberId: member.memberId, groupInstanceId: null, topics: ["t"] }));
  const assignments = [...rangeAssignor(members, new Map([["t", 6]]))].map(([id, assignedPartitions]) => ({
    memberId: id,
    assignment: encodeAssignment({ assignedPartitions }),
  }));
  const synced = await session.call("SyncGroup", 5, {
    groupId: GROUP,
    generationId: joined.generationId,
    memberId,
    protocolType: "consumer",
    protocolName: "range",
    assignments,
  });
  expect(errorName(synced.errorCode)).toBe("NONE");
  const { assignedPartitions } = decodeAssignment(synced.assignment);
  return { generation: joined.generationId, partitions: assignedPartitions.flatMap(({ partitions }) => partitions) };
}

function heartbeat(memberId: string, generationId: number) {
  return session.call("Heartbeat", 4, { groupId: GROUP, memberId, generationId });
}

function commit(offsets: Record<number, bigint>, member: { memberId?: string; generation?: number } = {}) {
  return session.call("OffsetCommit", 9, {
    groupId: GROUP,
    memberId: member.memberId ?? "",
    generationIdOrMemberEpoch: member.generation ?? -1,
    topics: [
      {
        name: "t",
        partitions: Object.entries(offsets).map(([partition, committedOffset]) => ({
          partitionIndex: Number(partition),
          committedOffset,
          committedMetadata: `m${partition}`,
        })),
      },
    ],
  });
}

async function committed(to: KafkaSession = session): Promise<Record<number, bigint>> {
  const { groups } = await to.call("OffsetFetch", 9, { topics: [], groups: [{ groupId: GROUP, topics: null }] });
  expect(groups[0]?.errorCode).toBe(0);
  const partitions = groups[0]?.topics.flatMap((topic) => topic.partitions) ?? [];
  return Object.fromEntries(partitions.map((each) => [each.partitionIndex, each.committedOffset]));
}

describe("a group over the wire", () => {
  it("shares partitions, rebalances when a member comes and goes, and ends up empty", async () => {
    const a = await newMemberId();
    expect((await enter(a)).partitions).toEqual([0, 1, 2, 3, 4, 5]);

    const b = await newMemberId();
    const [second, first] = await Promise.all([enter(b), rejoinWhenAsked(a, 1)]);
    expect([first.partitions, second.partitions]).toEqual(
      [
        [0, 1, 2],
        [3, 4, 5],
      ].toSorted(() => (a < b ? 0 : -1)),
    );
    expect(first.generation).toBe(2);

    const left = await session.call("LeaveGroup", 5, { groupId: GROUP, members: [{ memberId: b }] });
    expect(left).toMatchObject({ errorCode: 0, members: [{ memberId: b, errorCode: 0 }] });
    expect((await rejoinWhenAsked(a, 2)).partitions).toEqual([0, 1, 2, 3, 4, 5]);

    await session.call("LeaveGroup", 2, { groupId: GROUP, memberId: a });
    const { groups } = await session.call("DescribeGroups", 6, { groups: [GROUP] });
    expect(groups[0]).toMatchObject({ groupState: "Empty", protocolType: "consumer", members: [] });
    expect(errorName((await heartbeat(a, 3)).errorCode)).toBe("UNKNOWN_MEMBER_ID");
  });

  async function rejoinWhenAsked(memberId: string, generation: number): ReturnType<typeof enter> {
    for (;;) {
      const { errorCode } = await heartbeat(memberId, generation);
      if (errorCode === ERROR_CODES.REBALANCE_IN_PROGRESS.code) return enter(memberId);
      expect(errorName(errorCode)).toBe("NONE");
    }
  }

  it("keeps members and offsets over a restart, without a rebalance", async () => {
    const a = await newMemberId();
    const { generation } = await enter(a);
    await commit({ 0: 5n, 3: 7n }, { memberId: a, generation });
    await kafka.close();

    kafka = await inProcessBroker({ store: kafka.store });
    session = kafkaSession(kafka.broker);
    expect(await committed()).toEqual({ 0: 5n, 3: 7n });
    expect(errorName((await heartbeat(a, generation)).errorCode)).toBe("NONE");
    const answer = await commit({ 0: 6n }, { memberId: a, generation });
    expect(answer.topics[0]?.partitions[0]?.errorCode).toBe(0);
    expect(await committed()).toEqual({ 0: 6n, 3: 7n });
    const { groups } = await session.call("DescribeGroups", 6, { groups: [GROUP] });
    expect(groups[0]).toMatchObject({ groupState: "Stable", protocolData: "range", members: [{ memberId: a }] });
  });

  it("shows a commit to a fetch that follows on the same connection, even unanswered", async () => {
    for (let offset = 1n; offset <= 20n; offset++) {
      const [, seen] = await Promise.all([commit({ 0: offset }), committed()]);
      expect(seen).toEqual({ 0: offset });
    }
  });

  it("notices members that died with a predecessor", async () => {
    const clock = new VirtualClock();
    const a = await newMemberId();
    await enter(a);
    await kafka.close();
    kafka = await inProcessBroker({ store: kafka.store, clock });
    kafka.broker.core.groups.resume();
    session = kafkaSession(kafka.broker);
    await clock.advance(9_999);
    expect((await session.call("ListGroups", 5, {})).groups).toMatchObject([{ groupState: "Stable" }]);
    await clock.advance(1);
    expect((await session.call("ListGroups", 5, {})).groups).toMatchObject([{ groupState: "Empty" }]);
  });

  it("lets an administrator set, delete and forget offsets of a group without members", async () => {
    const refused = await commit({ 0: 1n }, { generation: 3, memberId: "x" });
    expect(errorName(refused.topics[0]?.partitions[0]?.errorCode ?? 0)).toBe("GROUP_ID_NOT_FOUND");
    await commit({ 0: 1n, 1: 2n });
    expect(await committed()).toEqual({ 0: 1n, 1: 2n });
    const deleted = await session.call("OffsetDelete", 0, {
      groupId: GROUP,
      topics: [{ name: "t", partitions: [{ partitionIndex: 1 }, { partitionIndex: 9 }] }],
    });
    expect(deleted.topics[0]?.partitions.map(({ errorCode }) => errorName(errorCode))).toEqual([
      "NONE",
      "UNKNOWN_TOPIC_OR_PARTITION",
    ]);
    expect(await committed()).toEqual({ 0: 1n });
    const { groups } = await session.call("ListGroups", 5, { statesFilter: ["empty"], typesFilter: ["Classic"] });
    expect(groups).toMatchObject([{ groupId: GROUP, groupState: "Empty", groupType: "classic" }]);
    const { results } = await session.call("DeleteGroups", 2, { groupsNames: [GROUP, "nobody"] });
    expect(results.map(({ errorCode }) => errorName(errorCode))).toEqual(["NONE", "GROUP_ID_NOT_FOUND"]);
    expect(await committed()).toEqual({});
    expect((await session.call("ListGroups", 5, {})).groups).toEqual([]);
  });

  it("refuses what cannot be committed, partition by partition", async () => {
    const { topics } = await session.call("OffsetCommit", 9, {
      groupId: GROUP,
      topics: [
        {
          name: "t",
          partitions: [
            { partitionIndex: 0, committedOffset: 1n, committedMetadata: "x".repeat(4097) },
            { partitionIndex: 6, committedOffset: 1n, committedMetadata: null },
            { partitionIndex: 1, committedOffset: 1n, committedMetadata: null },
          ],
        },
        { name: "nope", partitions: [{ partitionIndex: 0, committedOffset: 1n, committedMetadata: null }] },
      ],
    });
    expect(topics.map(({ partitions }) => partitions.map(({ errorCode }) => errorName(errorCode)))).toEqual([
      ["OFFSET_METADATA_TOO_LARGE", "UNKNOWN_TOPIC_OR_PARTITION", "NONE"],
      ["UNKNOWN_TOPIC_OR_PARTITION"],
    ]);
    expect(await committed()).toEqual({ 1: 1n });
  });

  it("forgets offsets with their topic", async () => {
    await commit({ 0: 1n });
    await session.call("DeleteTopics", 6, { topics: [{ name: "t", topicId: ZERO_UUID }], timeoutMs: 1000 });
    expect(await committed()).toEqual({});
  });

  it("names itself as coordinator and makes the topic of groups", async () => {
    const { coordinators } = await session.call("FindCoordinator", 4, { keyType: 0, coordinatorKeys: ["a", "b"] });
    expect(coordinators).toMatchObject([
      { key: "a", nodeId: 1, errorCode: 0 },
      { key: "b", nodeId: 1, errorCode: 0 },
    ]);
    expect(kafka.log.view.topicNamed("__consumer_offsets")?.partitions).toHaveLength(50);
    expect(
      (await session.call("FindCoordinator", 6, { keyType: 2, coordinatorKeys: ["a"] })).coordinators[0],
    ).toMatchObject({ nodeId: -1, errorCode: ERROR_CODES.INVALID_REQUEST.code });
  });

  it("answers an empty group id and unknown groups as Kafka does", async () => {
    const protocols = [{ name: "range", metadata: utf8("") }];
    const nameless = { groupId: "", sessionTimeoutMs: 10_000, memberId: "", protocolType: "consumer", protocols };
    expect(errorName((await session.call("JoinGroup", 9, nameless)).errorCode)).toBe("INVALID_GROUP_ID");
    expect((await session.call("DescribeGroups", 5, { groups: ["no"] })).groups).toMatchObject([
      { errorCode: 0, groupState: "Dead" },
    ]);
    expect(errorName((await session.call("DescribeGroups", 6, { groups: ["no"] })).groups[0]?.errorCode ?? 0)).toBe(
      "GROUP_ID_NOT_FOUND",
    );
    const { topics } = await session.call("OffsetFetch", 7, {
      groupId: "no",
      topics: [{ name: "t", partitionIndexes: [0] }],
      groups: [],
    });
    expect(topics[0]?.partitions[0]).toMatchObject({ committedOffset: -1n, metadata: "", errorCode: 0 });
  });
});
