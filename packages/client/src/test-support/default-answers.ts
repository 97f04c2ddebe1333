import type { ApiName, ApiTypes } from "@streambed/protocol";
import type { ScriptedCluster, SeenRequest } from "./scripted-cluster.ts";
import type { ScriptedLog } from "./scripted-log.ts";

const UNSUPPORTED_VERSION = 35;
const UNKNOWN_TOPIC = 3;
const NOT_LEADER = 6;
const OUT_OF_RANGE = 1;

type Respond<Name extends ApiName> = (
  cluster: ScriptedCluster,
  seen: SeenRequest<Name>,
) => ApiTypes[Name]["responseInput"];

const respondApiVersions: Respond<"ApiVersions"> = (cluster, { version }) => {
  const known = version <= (cluster.maxVersions.get("ApiVersions") ?? version);
  return { errorCode: known ? 0 : UNSUPPORTED_VERSION, apiKeys: cluster.offered };
};

const respondMetadata: Respond<"Metadata"> = (cluster, { request, version }) => {
  const names = request.topics?.map(({ name }) => name ?? "") ?? [...cluster.topics.keys()];
  return {
    brokers: [...cluster.nodes].map(([nodeId, { host, port }]) => ({ nodeId, host, port })),
    clusterId: "scripted",
    controllerId: 0,
    topics: names.map((name) => {
      const topic = cluster.topics.get(name);
      if (topic === undefined) return { errorCode: UNKNOWN_TOPIC, name, partitions: [] };
      const partitions = topic.logs.map(({ leader, leaderEpoch }, partitionIndex) => ({
        errorCode: 0,
        partitionIndex,
        leaderId: leader,
        leaderEpoch,
        replicaNodes: [leader],
        isrNodes: [leader],
      }));
      return { errorCode: 0, name, ...(version >= 10 && { topicId: topic.topicId }), partitions };
    }),
  };
};

/** Finds the log, or says what is wrong with the request. */
function findLog(
  cluster: ScriptedCluster,
  at: { readonly name: string; readonly topicId: string; readonly partition: number; readonly nodeId: number },
): ScriptedLog | number {
  const topic =
    cluster.topics.get(at.name) ?? [...cluster.topics.values()].find(({ topicId }) => topicId === at.topicId);
  const log = topic?.logs[at.partition];
  if (log === undefined) return UNKNOWN_TOPIC;
  return log.leader === at.nodeId ? log : NOT_LEADER;
}

const respondProduce: Respond<"Produce"> = (cluster, { request, nodeId, version }) => ({
  responses: request.topicData.map(({ name, topicId, partitionData }) => ({
    ...(version >= 13 ? { topicId } : { name }),
    partitionResponses: partitionData.map(({ index, records }) => {
      const log = findLog(cluster, { name, topicId, partition: index, nodeId });
      if (typeof log === "number") return { index, errorCode: log, baseOffset: -1n };
      const { errorCode, baseOffset } = log.append(records?.[0] ?? new Uint8Array(0));
      return { index, errorCode, baseOffset: BigInt(baseOffset) };
    }),
  })),
});

const respondFetch: Respond<"Fetch"> = (cluster, { request, nodeId, version }) => ({
  responses: request.topics.map(({ topic, topicId, partitions }) => ({
    ...(version >= 13 ? { topicId } : { topic }),
    partitions: partitions.map(({ partition, fetchOffset }) => {
      const log = findLog(cluster, { name: topic, topicId, partition, nodeId });
      const refuse = (errorCode: number): ReturnType<Respond<"Fetch">>["responses"][number]["partitions"][number] => ({
        partitionIndex: partition,
        errorCode,
        highWatermark: -1n,
        records: null,
      });
      if (typeof log === "number") return refuse(log);
      const offset = Number(fetchOffset);
      if (offset > log.endOffset) return refuse(OUT_OF_RANGE);
      const highWatermark = BigInt(log.endOffset);
      return {
        partitionIndex: partition,
        errorCode: 0,
        highWatermark,
        logStartOffset: 0n,
        records: [log.read(offset)],
      };
    }),
  })),
});

const respondListOffsets: Respond<"ListOffsets"> = (cluster, { request, nodeId }) => ({
  topics: request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex, timestamp }) => {
      const log = findLog(cluster, { name, topicId: "", partition: partitionIndex, nodeId });
      if (typeof log === "number") return { partitionIndex, errorCode: log };
      return { partitionIndex, errorCode: 0, offset: timestamp === -1n ? BigInt(log.endOffset) : 0n };
    }),
  })),
});

const respondFindCoordinator: Respond<"FindCoordinator"> = (cluster, { request, version }) => {
  const { host, port } = cluster.nodes.get(0) ?? { host: "", port: 0 };
  const found = { nodeId: 0, host, port, errorCode: 0 };
  return version >= 4 ? { coordinators: request.coordinatorKeys.map((key) => ({ key, ...found })) } : found;
};

const respondOffsetFetch: Respond<"OffsetFetch"> = (cluster, { request }) => ({
  groups: request.groups.map(({ groupId, topics }) => ({
    groupId,
    topics: (topics ?? []).map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex) => {
        const { offset, metadata } = cluster.committed.get(`${name}-${partitionIndex}`) ?? {
          offset: -1n,
          metadata: "",
        };
        return { partitionIndex, committedOffset: offset, metadata, errorCode: 0 };
      }),
    })),
  })),
});

const respondOffsetCommit: Respond<"OffsetCommit"> = (cluster, { request }) => ({
  topics: request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex, committedOffset, committedMetadata }) => {
      cluster.committed.set(`${name}-${partitionIndex}`, { offset: committedOffset, metadata: committedMetadata });
      return { partitionIndex, errorCode: 0 };
    }),
  })),
});

/** A group of one: whoever joins leads. */
const respondJoinGroup: Respond<"JoinGroup"> = (_, { request }) => {
  const [protocol] = request.protocols;
  const memberId = request.memberId === "" ? "member-1" : request.memberId;
  const metadata = protocol?.metadata ?? new Uint8Array(0);
  return {
    errorCode: 0,
    generationId: 1,
    protocolType: "consumer",
    protocolName: protocol?.name ?? "",
    leader: memberId,
    memberId,
    members: [{ memberId, metadata }],
  };
};

const respondSyncGroup: Respond<"SyncGroup"> = (_, { request }) => ({
  errorCode: 0,
  protocolType: "consumer",
  protocolName: request.protocolName,
  assignment:
    request.assignments.find(({ memberId }) => memberId === request.memberId)?.assignment ?? new Uint8Array(0),
});

const ANSWERS: { readonly [Name in ApiName]?: Respond<Name> } = {
  ApiVersions: respondApiVersions,
  Metadata: respondMetadata,
  Produce: respondProduce,
  Fetch: respondFetch,
  ListOffsets: respondListOffsets,
  FindCoordinator: respondFindCoordinator,
  InitProducerId: (cluster) => ({
    errorCode: 0,
    throttleTimeMs: 0,
    producerId: cluster.producerIds++,
    producerEpoch: 0,
  }),
  OffsetFetch: respondOffsetFetch,
  OffsetCommit: respondOffsetCommit,
  JoinGroup: respondJoinGroup,
  SyncGroup: respondSyncGroup,
  Heartbeat: () => ({ errorCode: 0 }),
  LeaveGroup: (_, { request }) => ({
    errorCode: 0,
    members: request.members.map(({ memberId, groupInstanceId }) => ({ memberId, groupInstanceId, errorCode: 0 })),
  }),
};

/** What a healthy broker would say. */
export function answerByDefault(cluster: ScriptedCluster, seen: SeenRequest): object {
  // The table is keyed by API name, so the handler fits the request.
  const respond = ANSWERS[seen.api] as Respond<ApiName> | undefined;
  if (respond === undefined) throw new Error(`The scripted cluster has no answer to ${seen.api}`);
  return respond(cluster, seen);
}
