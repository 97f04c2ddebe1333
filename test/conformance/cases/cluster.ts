import type { ApiTypes } from "@streambed/protocol";
import { answerOf, ask } from "../conformance-case.ts";
import type { ConformanceCase, Scene } from "../conformance-case.ts";
import { fill } from "../requests.ts";

const named = (clientSoftwareName: string, clientSoftwareVersion: string) => ({
  clientSoftwareName,
  clientSoftwareVersion,
});
const versions = (
  title: string,
  request: ApiTypes["ApiVersions"]["requestInput"],
  rest: Partial<ConformanceCase> = {},
): ConformanceCase => ({
  api: "ApiVersions",
  title,
  steps: [ask("ApiVersions", request)],
  ...rest,
});

const apiVersionsCases: readonly ConformanceCase[] = [
  versions("a list", named("conformance", "1.0")),
  versions("no name", named("", "1.0"), { from: 3 }),
  versions("no version", named("a", ""), { from: 3 }),
  versions("a name with a blank", named("a b", "1.0"), { from: 3 }),
  versions("a name with a dash at its end", named("a-", "1.0"), { from: 3 }),
  versions("a name with an underscore", named("a_b", "1.0"), { from: 3 }),
  versions("a version with a plus", named("a", "1.0+2"), { from: 3 }),
  versions("one letter", named("a", "1"), { from: 3 }),
];

const epochOf = (leaderEpoch: number, rest: { currentLeaderEpoch?: number; partition?: number } = {}, title = "") =>
  ({
    api: "OffsetForLeaderEpoch",
    title: title === "" ? `epoch ${String(leaderEpoch).replace("-", "minus ")}` : title,
    topic: {},
    steps: [
      fill(["a", "b"]),
      ask("OffsetForLeaderEpoch", ({ topic, version }: Scene) => ({
        ...(version >= 3 ? { replicaId: -1 } : {}),
        topics: [{ topic, partitions: [{ partition: 0, leaderEpoch, ...rest }] }],
      })),
    ],
  }) as const satisfies ConformanceCase;

const epochCases: readonly ConformanceCase[] = [
  {
    api: "OffsetForLeaderEpoch",
    title: "the epoch of the leader",
    topic: {},
    steps: [
      fill(["a", "b"]),
      ask("Metadata", ({ topic }) => ({ topics: [{ name: topic }] }), { version: 9, view: () => null }),
      ask("OffsetForLeaderEpoch", (scene) => {
        const epoch = answerOf(scene, 1, "Metadata").topics[0]?.partitions[0]?.leaderEpoch ?? -1;
        const partition = { partition: 0, currentLeaderEpoch: epoch, leaderEpoch: epoch };
        return {
          ...(scene.version >= 3 ? { replicaId: -1 } : {}),
          topics: [{ topic: scene.topic, partitions: [partition] }],
        };
      }),
    ],
  },
  epochOf(1_000_000),
  epochOf(-1),
  epochOf(-5),
  epochOf(0, { currentLeaderEpoch: 1_000_000 }, "a leader's epoch that is not there yet"),
  epochOf(0, { partition: 9 }, "an unknown partition"),
  {
    api: "OffsetForLeaderEpoch",
    title: "an unknown topic",
    steps: [
      ask("OffsetForLeaderEpoch", ({ name, version }) => ({
        ...(version >= 3 ? { replicaId: -1 } : {}),
        topics: [{ topic: name("nope"), partitions: [{ partition: 0, leaderEpoch: 0 }] }],
      })),
    ],
  },
];

const producer = (
  title: string,
  request: ApiTypes["InitProducerId"]["requestInput"],
  rest: Partial<ConformanceCase> = {},
): ConformanceCase => ({
  api: "InitProducerId",
  title,
  steps: [ask("InitProducerId", request, { until: ({ errorCode }) => ![14, 15, 51].includes(errorCode) })],
  ...rest,
});

const producerIdCases: readonly ConformanceCase[] = [
  producer("a new id", { transactionalId: null, transactionTimeoutMs: 1000 }),
  producer("no timeout", { transactionalId: null, transactionTimeoutMs: 0 }),
  producer("an empty transactional id", { transactionalId: "", transactionTimeoutMs: 1000 }),
  producer(
    "an id without an epoch",
    { transactionalId: null, transactionTimeoutMs: 1000, producerId: 5n },
    { from: 3 },
  ),
  producer(
    "an epoch without an id",
    { transactionalId: null, transactionTimeoutMs: 1000, producerEpoch: 5 },
    { from: 3 },
  ),
  producer(
    "an id and an epoch",
    { transactionalId: null, transactionTimeoutMs: 1000, producerId: 5n, producerEpoch: 1 },
    { from: 3 },
  ),
];

const cluster = (
  title: string,
  request: ApiTypes["DescribeCluster"]["requestInput"],
  rest: Partial<ConformanceCase> = {},
): ConformanceCase => ({
  api: "DescribeCluster",
  title,
  steps: [ask("DescribeCluster", request)],
  ...rest,
});

const describeClusterCases: readonly ConformanceCase[] = [
  cluster("brokers", { includeClusterAuthorizedOperations: false }),
  cluster("authorized operations", { includeClusterAuthorizedOperations: true }),
  cluster("controllers", { includeClusterAuthorizedOperations: false, endpointType: 2 }, { from: 1 }),
  cluster("endpoints of an unknown type", { includeClusterAuthorizedOperations: false, endpointType: 7 }, { from: 1 }),
  cluster("fenced brokers", { includeClusterAuthorizedOperations: false, includeFencedBrokers: true }, { from: 2 }),
];

const saslCases: readonly ConformanceCase[] = [
  { api: "SaslHandshake", title: "without login", steps: [ask("SaslHandshake", { mechanism: "PLAIN" })] },
  { api: "SaslHandshake", title: "an unknown mechanism", steps: [ask("SaslHandshake", { mechanism: "MAGIC" })] },
  {
    api: "SaslAuthenticate",
    title: "without login",
    steps: [ask("SaslAuthenticate", { authBytes: new Uint8Array([0, 97, 0, 98]) })],
  },
];

export const clusterCases: readonly ConformanceCase[] = [
  ...apiVersionsCases,
  ...epochCases,
  ...producerIdCases,
  ...describeClusterCases,
  ...saslCases,
];
