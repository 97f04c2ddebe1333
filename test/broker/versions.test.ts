import { ZERO_UUID } from "@streambed/kernel";
import { apiByKey, errorName } from "@streambed/protocol";
import type { ApiName, ApiTypes } from "@streambed/protocol";
import { inProcessBroker } from "@streambed/testing";
import { expect, it } from "vitest";
import { kafkaSession } from "./kafka-session.ts";

/** The smallest request of each API that every version can carry. APIs that are not here must not be advertised. */
const SMALLEST: { readonly [Name in ApiName]?: (version: number) => ApiTypes[Name]["requestInput"] } = {
  Produce: () => ({ acks: 1, timeoutMs: 1, topicData: [] }),
  Fetch: () => ({ maxWaitMs: 0, minBytes: 0, topics: [] }),
  ListOffsets: () => ({ replicaId: -1, topics: [{ name: "t", partitions: [{ partitionIndex: 0, timestamp: -1n }] }] }),
  Metadata: () => ({ topics: [{ name: "t" }] }),
  ApiVersions: (version) => (version >= 3 ? { clientSoftwareName: "a", clientSoftwareVersion: "1" } : {}),
  CreateTopics: (version) => ({
    timeoutMs: 1,
    topics: [{ name: `v${version}`, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
  }),
  DeleteTopics: (version) =>
    version >= 6 ? { timeoutMs: 1, topics: [{ name: "x", topicId: ZERO_UUID }] } : { timeoutMs: 1, topicNames: ["x"] },
  DeleteRecords: () => ({ timeoutMs: 1, topics: [{ name: "t", partitions: [{ partitionIndex: 0, offset: 0n }] }] }),
  InitProducerId: () => ({ transactionalId: null, transactionTimeoutMs: 1 }),
  OffsetForLeaderEpoch: () => ({ topics: [{ topic: "t", partitions: [{ partition: 0, leaderEpoch: 0 }] }] }),
  DescribeConfigs: () => ({ resources: [{ resourceType: 2, resourceName: "t", configurationKeys: null }] }),
  AlterConfigs: () => ({ resources: [{ resourceType: 2, resourceName: "t", configs: [] }], validateOnly: false }),
  IncrementalAlterConfigs: () => ({
    resources: [{ resourceType: 2, resourceName: "t", configs: [] }],
    validateOnly: false,
  }),
  CreatePartitions: () => ({ timeoutMs: 1, validateOnly: true, topics: [{ name: "t", count: 9, assignments: null }] }),
  DescribeCluster: () => ({ includeClusterAuthorizedOperations: true }),
  SaslHandshake: () => ({ mechanism: "PLAIN" }),
  SaslAuthenticate: () => ({ authBytes: new Uint8Array(1) }),
  OffsetCommit: () => ({ groupId: "g", topics: [] }),
  OffsetFetch: (version) => (version >= 8 ? { groups: [{ groupId: "g", topics: [] }] } : { groupId: "g", topics: [] }),
  FindCoordinator: (version) => (version >= 4 ? { keyType: 0, coordinatorKeys: ["g"] } : { key: "g" }),
  JoinGroup: (version) => ({
    groupId: "",
    sessionTimeoutMs: 6000,
    memberId: "",
    protocolType: "consumer",
    protocols: [],
    ...(version >= 1 ? { rebalanceTimeoutMs: 1 } : {}),
  }),
  Heartbeat: () => ({ groupId: "g", generationId: 1, memberId: "m" }),
  LeaveGroup: (version) => (version >= 3 ? { groupId: "g", members: [] } : { groupId: "g", memberId: "m" }),
  SyncGroup: () => ({ groupId: "g", generationId: 1, memberId: "m", assignments: [] }),
  DescribeGroups: () => ({ groups: ["g"] }),
  ListGroups: () => ({}),
  DeleteGroups: () => ({ groupsNames: ["g"] }),
  OffsetDelete: () => ({ groupId: "g", topics: [] }),
};

it("answers every version it advertises in that version's own layout", async () => {
  await using kafka = await inProcessBroker();
  const session = kafkaSession(kafka.broker);
  await session.call("CreateTopics", 7, {
    timeoutMs: 1,
    topics: [{ name: "t", numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
  });
  const { apiVersions } = kafka.broker.core;
  expect(apiVersions.length).toBeGreaterThan(15);
  for (const { apiKey, minVersion, maxVersion } of apiVersions) {
    const api = apiByKey(apiKey);
    // The table above is keyed by the names of this one.
    const name = api?.name as ApiName;
    const smallest = SMALLEST[name];
    if (api === undefined || smallest === undefined) throw new Error(`No request for ${name} in this test`);
    for (let version = Math.max(minVersion, api.minVersion); version <= maxVersion; version++) {
      const answer = await session.call(name, version, smallest(version));
      const code = "errorCode" in answer && typeof answer.errorCode === "number" ? answer.errorCode : 0;
      expect(errorName(code), `${name} version ${version}`).not.toBe("UNKNOWN_SERVER_ERROR");
    }
  }
});
