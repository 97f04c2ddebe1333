import { encodeRecordBatch, ERROR_CODES } from "@streambed/protocol";

import { utf8, ZERO_UUID } from "@streambed/kernel";
import { beforeEach, expect, test } from "vitest";
import { homeOf, VirtualCluster } from "./virtual-cluster.ts";
import type { VirtualNode } from "./virtual-cluster.ts";

const { NOT_LEADER_OR_FOLLOWER, FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH, NOT_COORDINATOR } = ERROR_CODES;

let cluster: VirtualCluster;
let owner: VirtualNode;
let follower: VirtualNode;
let topicId: string;
beforeEach(async () => {
  cluster = new VirtualCluster();
  for (const name of ["alpha", "beta", "gamma"]) await cluster.start(name);
  await cluster.untilTrue(() => cluster.nodes.every(({ open }) => open.broker.core.cluster.controllerId !== -1));
  const found = cluster.owner;
  const other = cluster.nodes.find(({ isOwner }) => !isOwner);
  if (found === undefined || other === undefined) throw new Error("no owner or no follower");
  [owner, follower] = [found, other];
  const topics = [{ name: "t", numPartitions: 2, replicationFactor: -1, assignments: [], configs: [] }];
  const created = await cluster.until(owner.session.call("CreateTopics", 7, { topics }));
  topicId = created.topics[0]?.topicId ?? ZERO_UUID;
  await cluster.clock.advance(1_000);
});

const BATCH = encodeRecordBatch({ records: [{ key: null, value: utf8("v"), timestamp: 1, headers: [] }] });

function produce(version: number) {
  const name = version >= 13 ? "" : "t";
  const topic = { name, topicId: version >= 13 ? topicId : ZERO_UUID };
  const partitionData = [{ index: 0, records: [BATCH] }];
  return { transactionalId: null, acks: -1, timeoutMs: 1_000, topicData: [{ ...topic, partitionData }] };
}

function fetchFrom(version: number, currentLeaderEpoch = -1) {
  const partitions = [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 1_000, currentLeaderEpoch }];
  const topic = version >= 13 ? { topicId } : { topic: "t" };
  return { replicaId: -1, maxWaitMs: 0, minBytes: 0, topics: [{ ...topic, partitions }] };
}

test("every broker names the same brokers, leader, epoch and controller", async () => {
  const answers = await Promise.all(
    cluster.nodes.map(({ session }) => session.call("Metadata", 12, { topics: [{ name: "t" }] })),
  );
  for (const { brokers, controllerId, topics } of answers) {
    expect(brokers.map(({ nodeId, host }) => `${nodeId} ${host}`).toSorted()).toEqual(["1 alpha", "2 beta", "3 gamma"]);
    expect(controllerId).toBe(owner.nodeId);
    const { epoch: leaderEpoch } = homeOf(owner.open).ownership;
    expect(leaderEpoch).toBeGreaterThan(0);
    const led = { errorCode: 0, leaderId: owner.nodeId, leaderEpoch, replicaNodes: [owner.nodeId] };
    expect(topics[0]?.partitions).toMatchObject([led, led]);
  }
  const described = await follower.session.call("DescribeCluster", 1, { includeClusterAuthorizedOperations: false });
  expect(described).toMatchObject({ controllerId: owner.nodeId });
  expect(described.brokers).toHaveLength(3);
});

test.each([9, 10, 12, 13])(
  "produce version %i to another broker is refused, with a hint where there is room",
  async (version) => {
    const { responses, nodeEndpoints } = await follower.session.call("Produce", version, produce(version));
    const [partition] = responses[0]?.partitionResponses ?? [];
    expect(partition).toMatchObject({ errorCode: NOT_LEADER_OR_FOLLOWER.code, baseOffset: -1n });
    if (version < 10) return;
    expect(partition?.currentLeader).toEqual({ leaderId: owner.nodeId, leaderEpoch: 1 });
    expect(nodeEndpoints).toEqual([{ nodeId: owner.nodeId, host: owner.name, port: 9092, rack: null }]);
  },
);

test.each([12, 15, 16, 17])(
  "fetch version %i at another broker is refused, with a hint where there is room",
  async (version) => {
    const { responses, nodeEndpoints } = await follower.session.call("Fetch", version, fetchFrom(version));
    const [partition] = responses[0]?.partitions ?? [];
    expect(partition).toMatchObject({ errorCode: NOT_LEADER_OR_FOLLOWER.code });
    if (version < 16) return;
    expect(partition?.currentLeader).toEqual({ leaderId: owner.nodeId, leaderEpoch: 1 });
    expect(nodeEndpoints).toMatchObject([{ host: owner.name }]);
  },
);

test("a client with another epoch hears that first, from the leader and from others", async () => {
  for (const { session } of [owner, follower]) {
    const [old] = (await session.call("Fetch", 12, fetchFrom(12, 0))).responses;
    expect(old?.partitions[0]?.errorCode).toBe(FENCED_LEADER_EPOCH.code);
    const [young] = (await session.call("Fetch", 12, fetchFrom(12, 9))).responses;
    expect(young?.partitions[0]?.errorCode).toBe(UNKNOWN_LEADER_EPOCH.code);
  }
});

test("offsets are told, and records deleted, by the leader alone", async () => {
  const { session } = follower;
  const list = { replicaId: -1, topics: [{ name: "t", partitions: [{ partitionIndex: 0, timestamp: -1n }] }] };
  const listed = await session.call("ListOffsets", 7, list);
  expect(listed.topics[0]?.partitions[0]?.errorCode).toBe(NOT_LEADER_OR_FOLLOWER.code);
  const asked = { topics: [{ topic: "t", partitions: [{ partition: 0, leaderEpoch: 0 }] }] };
  const ended = await session.call("OffsetForLeaderEpoch", 4, { replicaId: -1, ...asked });
  expect(ended.topics[0]?.partitions[0]?.errorCode).toBe(NOT_LEADER_OR_FOLLOWER.code);
  const deletion = { topics: [{ name: "t", partitions: [{ partitionIndex: 0, offset: 0n }] }], timeoutMs: 1_000 };
  const deleted = await session.call("DeleteRecords", 2, deletion);
  expect(deleted.topics[0]?.partitions[0]?.errorCode).toBe(NOT_LEADER_OR_FOLLOWER.code);
});

test("groups: every broker names the owner, and only the owner answers for them", async () => {
  const { session } = follower;
  const key = { keyType: 0, coordinatorKeys: ["g"] };
  const found = await cluster.until(session.call("FindCoordinator", 4, key));
  expect(found.coordinators).toMatchObject([{ nodeId: owner.nodeId, host: owner.name, port: 9092, errorCode: 0 }]);
  const errorCode = NOT_COORDINATOR.code;
  const member = { groupId: "g", generationId: 1, memberId: "m" };
  expect(await session.call("Heartbeat", 4, member)).toMatchObject({ errorCode });
  const join = { sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000, memberId: "", protocolType: "consumer" };
  expect(await session.call("JoinGroup", 9, { groupId: "g", ...join, protocols: [] })).toMatchObject({ errorCode });
  const offsets = await session.call("OffsetFetch", 8, { groups: [{ groupId: "g", topics: null }] });
  expect(offsets.groups).toMatchObject([{ groupId: "g", errorCode }]);
  const described = await session.call("DescribeGroups", 5, { groups: ["g"] });
  expect(described.groups).toMatchObject([{ groupId: "g", errorCode }]);
  expect(await session.call("DeleteGroups", 2, { groupsNames: ["g"] })).toMatchObject({ results: [{ errorCode }] });
  expect(await session.call("ListGroups", 4, {})).toMatchObject({ errorCode: 0, groups: [] });
});

test("what only the controller may do is handed on, and is seen at once where it was asked for", async () => {
  const { session } = follower;
  const topics = [{ name: "made", numPartitions: 3, replicationFactor: 1, assignments: [], configs: [] }];
  const created = await cluster.until(session.call("CreateTopics", 7, { topics }));
  expect(created.topics).toMatchObject([{ name: "made", errorCode: 0, numPartitions: 3 }]);
  const [made] = (await cluster.until(session.call("Metadata", 12, { topics: [{ name: "made" }] }))).topics;
  expect(made).toMatchObject({ errorCode: 0, name: "made" });
  expect(made?.partitions).toHaveLength(3);
  const grown = { topics: [{ name: "made", count: 5, assignments: null }], timeoutMs: 1_000, validateOnly: false };
  expect(await cluster.until(session.call("CreatePartitions", 3, grown))).toMatchObject({
    results: [{ errorCode: 0 }],
  });
  const producer = { transactionalId: null, transactionTimeoutMs: 1_000 };
  expect(await cluster.until(session.call("InitProducerId", 4, producer))).toMatchObject({ errorCode: 0 });
  const configs = [{ name: "retention.ms", configOperation: 0, value: "1000" }];
  const resources = [{ resourceType: 2, resourceName: "made", configs }];
  const altered = await cluster.until(session.call("IncrementalAlterConfigs", 1, { resources, validateOnly: false }));
  expect(altered.responses).toMatchObject([{ errorCode: 0 }]);
  const deleted = await cluster.until(
    session.call("DeleteTopics", 6, { topics: [{ name: "made", topicId: ZERO_UUID }], timeoutMs: 1_000 }),
  );
  expect(deleted.responses).toMatchObject([{ name: "made", errorCode: 0 }]);
});

test("a topic is created on demand through any broker, the owner among them", async () => {
  for (const { name, session } of cluster.nodes) {
    const request = { topics: [{ name: `by-${name}` }], allowAutoTopicCreation: true };
    const { topics } = await cluster.until(session.call("Metadata", 12, request));
    expect(topics).toMatchObject([{ name: `by-${name}`, errorCode: 0, partitions: [{ leaderId: owner.nodeId }] }]);
  }
});

test.each(["owner", "follower"])("the %s finds the coordinator of the first group there is", async (asked) => {
  const { session } = asked === "owner" ? owner : follower;
  const found = await cluster.until(session.call("FindCoordinator", 4, { keyType: 0, coordinatorKeys: ["first"] }));
  expect(found.coordinators).toMatchObject([{ nodeId: owner.nodeId, errorCode: 0 }]);
});

test("while nobody owns the shard, topics have no leader and groups no coordinator, and clients may come again", async () => {
  for (const node of cluster.nodes) if (node !== follower) node.kill();
  follower.cutStore();
  await cluster.clock.advance(5_000);
  const { LEADER_NOT_AVAILABLE, COORDINATOR_NOT_AVAILABLE } = ERROR_CODES;
  const { session } = follower;
  const [known] = (await cluster.until(session.call("Metadata", 12, { topics: [{ name: "t" }] }))).topics;
  expect(known?.partitions[0]).toMatchObject({ leaderId: -1, errorCode: LEADER_NOT_AVAILABLE.code });
  const found = await cluster.until(session.call("FindCoordinator", 4, { keyType: 0, coordinatorKeys: ["g"] }));
  expect(found.coordinators).toMatchObject([{ nodeId: -1, errorCode: COORDINATOR_NOT_AVAILABLE.code }]);
});

test("between two owners nobody is told to come again: answers wait for the next one", async () => {
  const leaving = owner.open.leave();
  await cluster.untilTrue(() => owner.open.broker.core.cluster.leaderOf(topicId, 0).nodeId === -1);
  const answers = Promise.all([
    owner.session.call("Produce", 12, produce(12)),
    owner.session.call("Fetch", 16, fetchFrom(16)),
    owner.session.call("Metadata", 12, { topics: [{ name: "t" }] }),
    owner.session.call("FindCoordinator", 4, { keyType: 1, coordinatorKeys: ["t"] }),
  ]);
  const [produced, fetched, { controllerId, topics }, { coordinators }] = await cluster.until(answers);
  const answeredMs = cluster.clock.elapsed();
  await cluster.until(leaving);
  // What is sent before a client has read that answer gets one, too.
  expect(cluster.clock.elapsed() - answeredMs).toBeGreaterThanOrEqual(450);
  const next = cluster.owner?.nodeId ?? -1;
  expect(next).not.toBe(owner.nodeId);
  const hint = { errorCode: NOT_LEADER_OR_FOLLOWER.code, currentLeader: { leaderId: next, leaderEpoch: 2 } };
  expect(produced.responses[0]?.partitionResponses).toMatchObject([hint]);
  expect(fetched.responses[0]?.partitions).toMatchObject([hint]);
  expect(produced.nodeEndpoints).toMatchObject([{ nodeId: next }]);
  expect(controllerId).toBe(next);
  const led = { errorCode: 0, leaderId: next, leaderEpoch: 2 };
  expect(topics[0]?.partitions).toMatchObject([led, led]);
  expect(coordinators).toMatchObject([{ nodeId: next, errorCode: 0 }]);
});

test("when nobody becomes the owner, answers come after half a second, and without acks at once", async () => {
  for (const node of cluster.nodes) if (node !== owner) node.kill();
  await cluster.clock.advance(5_000);
  await cluster.until(owner.open.leave());
  const startMs = cluster.clock.elapsed();
  const { responses } = await cluster.until(owner.session.call("Produce", 12, produce(12)));
  expect(responses[0]?.partitionResponses[0]).toMatchObject({ errorCode: NOT_LEADER_OR_FOLLOWER.code });
  expect(responses[0]?.partitionResponses[0]?.currentLeader).toEqual({ leaderId: -1, leaderEpoch: -1 });
  expect(cluster.clock.elapsed() - startMs).toBe(500);
  const silent = { ...produce(12), acks: 0 };
  await expect(owner.session.call("Produce", 12, silent)).rejects.toThrow(/ended the connection/);
});

test("a request that was handed on is not handed on once more", async () => {
  const hello = { clientSoftwareName: "streambed-broker", clientSoftwareVersion: "1" };
  await follower.session.call("ApiVersions", 3, hello);
  await expect(follower.session.call("CreateTopics", 7, { topics: [] })).rejects.toThrow(/not the controller/);
});
