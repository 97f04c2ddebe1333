import { ZERO_UUID } from "@streambed/kernel";
import type { ApiTypes } from "@streambed/protocol";
import { ask } from "../conformance-case.ts";
import type { ConformanceCase, Scene, Step } from "../conformance-case.ts";
import { createTopic } from "../requests.ts";

const UNKNOWN_ID = "00000000-0000-4000-8000-00000000abcd";
type MetadataInput = ApiTypes["Metadata"]["requestInput"];

const metadata = (topics: (scene: Scene) => MetadataInput["topics"], rest: Partial<MetadataInput> = {}): Step =>
  ask("Metadata", (scene) => ({ topics: topics(scene), ...rest }));

function meta(title: string, step: Step, rest: Partial<ConformanceCase> = {}): ConformanceCase {
  return { api: "Metadata", title, topic: { partitions: 2 }, steps: [step], ...rest };
}

const onlyOwn = (answer: ApiTypes["Metadata"]["response"], { topic }: Scene): unknown =>
  answer.topics.filter(({ name }) => name === topic);

const metadataCases: readonly ConformanceCase[] = [
  meta(
    "a topic",
    metadata(({ topic }) => [{ name: topic }]),
  ),
  meta(
    "a topic twice",
    metadata(({ topic }) => [{ name: topic }, { name: topic }]),
  ),
  meta("all topics, asked with null", ask("Metadata", { topics: null }, { view: onlyOwn }), { from: 1 }),
  meta("all topics, asked with an empty list", ask("Metadata", { topics: [] }, { view: onlyOwn }), { to: 0 }),
  meta(
    "no topics",
    metadata(() => []),
    { from: 1 },
  ),
  meta(
    "an unknown topic that must not be created",
    metadata(({ name }) => [{ name: name("nope") }], { allowAutoTopicCreation: false }),
    { from: 4 },
  ),
  meta(
    "an unknown topic, created on demand",
    metadata(({ name }) => [{ name: name("auto") }], { allowAutoTopicCreation: true }),
  ),
  meta(
    "names that cannot be",
    metadata(() => [{ name: "" }, { name: "." }, { name: "a/b" }, { name: "x".repeat(250) }]),
  ),
  meta(
    "the name of the controllers' log",
    metadata(() => [{ name: "__cluster_metadata" }], { allowAutoTopicCreation: true }),
  ),
  meta(
    "names that cannot be, and need not",
    metadata(() => [{ name: "" }, { name: ".." }, { name: "a b" }], { allowAutoTopicCreation: false }),
    { from: 4 },
  ),
  meta(
    "an id",
    metadata(({ topicId }) => [{ name: null, topicId }]),
    { from: 12 },
  ),
  meta(
    "an unknown id",
    metadata(() => [{ name: null, topicId: UNKNOWN_ID }]),
    { from: 12 },
  ),
  meta(
    "an id and a name",
    metadata(({ topic, topicId }) => [{ name: topic, topicId }]),
    { from: 12 },
  ),
  meta(
    "neither an id nor a name",
    metadata(() => [{ name: null, topicId: ZERO_UUID }]),
    { from: 12 },
  ),
  meta(
    "an id in a version without them",
    metadata(({ topicId }) => [{ name: "x", topicId }]),
    { from: 10, to: 11 },
  ),
  meta(
    "no name in a version without ids",
    metadata(() => [{ name: null }]),
    { from: 10, to: 11 },
  ),
  meta(
    "authorized operations",
    metadata(({ topic }) => [{ name: topic }], { includeTopicAuthorizedOperations: true }),
    { from: 8 },
  ),
  meta(
    "authorized operations of the cluster",
    metadata(() => [], { includeClusterAuthorizedOperations: true }),
    { from: 8, to: 10 },
  ),
];

const config = (name: string, value: string | null) => ({ configs: [{ name, value }] });
const lookUp = ask("Metadata", ({ name }) => ({ topics: [{ name: name("new") }], allowAutoTopicCreation: false }), {
  version: 4,
  view: ({ topics }) => topics.map(({ errorCode, partitions }) => [errorCode, partitions.length]),
});
/** Kafka answers when its controller knows; its brokers follow. */
const lookUpCreated: Step = {
  ...lookUp,
  until: ({ topics }: ApiTypes["Metadata"]["response"]) => topics[0]?.errorCode === 0,
};

function create(
  title: string,
  topic: Parameters<typeof createTopic>[0],
  rest: Partial<ConformanceCase> = {},
): ConformanceCase {
  return { api: "CreateTopics", title, steps: [createTopic(topic), lookUp], ...rest };
}
function works(
  title: string,
  topic: Parameters<typeof createTopic>[0],
  rest: Partial<ConformanceCase> = {},
): ConformanceCase {
  return create(title, topic, { steps: [createTopic(topic), lookUpCreated], ...rest });
}
const assigned = (...lists: readonly (readonly number[])[]) => ({
  numPartitions: -1,
  replicationFactor: -1,
  assignments: lists.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds })),
});

const createCases: readonly ConformanceCase[] = [
  works("one partition", {}),
  works("five partitions", { numPartitions: 5 }),
  works("the broker's defaults", { numPartitions: -1, replicationFactor: -1 }, { from: 4 }),
  works("configs", {
    configs: [
      { name: "retention.ms", value: "1000" },
      { name: "cleanup.policy", value: "compact,delete" },
    ],
  }),
  works("an assignment", assigned([1], [1])),
  create("twice", {}, { steps: [createTopic({}), lookUpCreated, createTopic({})] }),
  create(
    "a name like another but for a dot",
    {},
    {
      steps: [
        createTopic({}),
        ask("CreateTopics", ({ name }) => ({
          timeoutMs: 10_000,
          topics: [
            {
              name: name("new").replaceAll("-", "."),
              numPartitions: 1,
              replicationFactor: 1,
              assignments: [],
              configs: [],
            },
          ],
        })),
        ask("CreateTopics", ({ name }) => ({
          timeoutMs: 10_000,
          topics: [
            {
              name: name("new").replaceAll("-", "_"),
              numPartitions: 1,
              replicationFactor: 1,
              assignments: [],
              configs: [],
            },
          ],
        })),
      ],
    },
  ),
  create(
    "the same name twice in a request",
    {},
    {
      steps: [
        ask("CreateTopics", ({ name }) => ({
          timeoutMs: 10_000,
          topics: [1, 2].map((numPartitions) => ({
            name: name("new"),
            numPartitions,
            replicationFactor: 1,
            assignments: [],
            configs: [],
          })),
        })),
        lookUp,
      ],
    },
  ),
  ...["", ".", "..", "a/b", "ä", "x".repeat(250)].map((name, at) => create(`name ${at} that cannot be`, { name })),
  create("the name of the controllers' log", { name: "__cluster_metadata" }),
  create("no partitions", { numPartitions: 0 }),
  create("less than no partitions", { numPartitions: -2 }),
  works("the default number of partitions in a version before it", { numPartitions: -1 }, { to: 3 }),
  create(
    "too many partitions",
    {},
    {
      steps: [createTopic({ numPartitions: 20_000 }, { validateOnly: true }), lookUp],
    },
  ),
  create("no replicas", { replicationFactor: 0 }),
  create("less than no replicas", { replicationFactor: -2 }),
  create("more replicas than brokers", { replicationFactor: 30 }),
  works("three replicas", { replicationFactor: 3 }),
  create("an unknown config", config("no.such", "1")),
  create("a config that is no number", config("retention.ms", "soon")),
  create("a config below its least", config("retention.ms", "-2")),
  create("a config above its most", config("max.message.bytes", "3000000000")),
  create("a small segment", config("segment.bytes", "14")),
  create("a config without a value", config("retention.ms", null)),
  works("an empty list", config("cleanup.policy", "")),
  create("a list with an unknown word", config("cleanup.policy", "delete,shred")),
  works("a list with a word twice", config("cleanup.policy", "delete,delete")),
  create("a flag that is none", config("preallocate", "yes")),
  create("a codec nobody knows", config("compression.type", "brotli")),
  create("an upper-case codec", config("compression.type", "GZIP")),
  create("replicas that throttle, misspelled", config("leader.replication.throttled.replicas", "x")),
  works("a retention shorter than the local one", {
    configs: [
      { name: "retention.ms", value: "1000" },
      { name: "local.retention.ms", value: "2000" },
    ],
  }),
  works("a config twice", {
    configs: [
      { name: "retention.ms", value: "1000" },
      { name: "retention.ms", value: "2000" },
    ],
  }),
  create("a ratio above one", config("min.cleanable.dirty.ratio", "1.5")),
  create("tiered storage that is not there", config("remote.storage.enable", "true")),
  create("a lag that contradicts", {
    configs: [
      { name: "min.compaction.lag.ms", value: "10" },
      { name: "max.compaction.lag.ms", value: "5" },
    ],
  }),
  create("an assignment and a number", { ...assigned([1]), numPartitions: 1 }),
  create("an assignment and a factor", { ...assigned([1]), replicationFactor: 1 }),
  create("an assignment with a gap", {
    ...assigned(),
    assignments: [
      { partitionIndex: 0, brokerIds: [1] },
      { partitionIndex: 2, brokerIds: [1] },
    ],
  }),
  create("an assignment that begins at one", { ...assigned(), assignments: [{ partitionIndex: 1, brokerIds: [1] }] }),
  create("an assignment of a partition twice", {
    ...assigned(),
    assignments: [
      { partitionIndex: 0, brokerIds: [1] },
      { partitionIndex: 0, brokerIds: [1] },
    ],
  }),
  create("an assignment to nobody", assigned([])),
  create("an assignment to a broker twice", assigned([1, 1])),
  create("an assignment to an unknown broker", assigned([99])),
  create("an assignment of different lengths", assigned([1], [1, 2])),
  create(
    "only to see whether it would work",
    {},
    { steps: [createTopic({ numPartitions: 4 }, { validateOnly: true }), lookUp] },
  ),
  create(
    "only to see whether it would fail",
    {},
    { steps: [createTopic({ numPartitions: 0 }, { validateOnly: true }), lookUp] },
  ),
  create("nothing", {}, { steps: [ask("CreateTopics", { timeoutMs: 1000, topics: [] })] }),
  create("a negative timeout", {}, { steps: [ask("CreateTopics", { timeoutMs: -1, topics: [] })] }),
];

const remove = (
  topics:
    | readonly { name?: string | null; topicId?: string }[]
    | ((scene: Scene) => readonly { name?: string | null; topicId?: string }[]),
): Step =>
  ask("DeleteTopics", (scene) => {
    const wanted = typeof topics === "function" ? topics(scene) : topics;
    if (scene.version < 6) return { timeoutMs: 10_000, topicNames: wanted.map(({ name }) => name ?? "") };
    return { timeoutMs: 10_000, topics: wanted.map(({ name = null, topicId = ZERO_UUID }) => ({ name, topicId })) };
  });
const gone = ask("Metadata", ({ topic }) => ({ topics: [{ name: topic }], allowAutoTopicCreation: false }), {
  version: 4,
  until: ({ topics }) => topics[0]?.errorCode === 3,
  view: ({ topics }) => topics.map(({ errorCode }) => errorCode),
});
const removal = (title: string, steps: readonly Step[], rest: Partial<ConformanceCase> = {}): ConformanceCase => ({
  api: "DeleteTopics",
  title,
  topic: {},
  steps,
  ...rest,
});

const deleteCases: readonly ConformanceCase[] = [
  removal("a topic", [remove(({ topic: name }) => [{ name }]), gone, remove(({ topic: name }) => [{ name }])]),
  removal("an id", [remove(({ topicId }) => [{ topicId }]), gone, remove(({ topicId }) => [{ topicId }])], { from: 6 }),
  removal("an unknown topic", [remove(({ name }) => [{ name: name("nope") }])]),
  removal("an unknown id", [remove([{ topicId: UNKNOWN_ID }])], { from: 6 }),
  removal("a name and an id", [remove(({ topic: name, topicId }) => [{ name, topicId }])], { from: 6 }),
  removal("neither a name nor an id", [remove([{}])], { from: 6 }),
  removal("a topic twice", [remove(({ topic: name }) => [{ name }, { name }])]),
  removal("a topic by name and by id", [remove(({ topic: name, topicId }) => [{ name }, { topicId }])], { from: 6 }),
  removal("names that cannot be", [remove([{ name: "" }]), remove([{ name: "a/b" }])]),
  removal("nothing", [remove([])]),
];

type GrowTopic = ApiTypes["CreatePartitions"]["requestInput"]["topics"][number];
const grow = (topic: Partial<GrowTopic>, validateOnly = false): Step =>
  ask("CreatePartitions", ({ topic: name }) => ({
    timeoutMs: 10_000,
    validateOnly,
    topics: [{ name, count: 3, assignments: null, ...topic }],
  }));
const countNow = (count: number) =>
  ask("Metadata", ({ topic }) => ({ topics: [{ name: topic }] }), {
    version: 4,
    until: ({ topics }) => topics[0]?.partitions.length === count,
    view: ({ topics }) => topics[0]?.partitions.length,
  });
const growth = (title: string, ...steps: readonly Step[]): ConformanceCase => ({
  api: "CreatePartitions",
  title,
  topic: { partitions: 2 },
  steps,
});

const growCases: readonly ConformanceCase[] = [
  growth("more", grow({}), countNow(3)),
  growth("as many", grow({ count: 2 })),
  growth("fewer", grow({ count: 1 })),
  growth("none", grow({ count: 0 })),
  growth("less than none", grow({ count: -1 })),
  growth("an assignment", grow({ assignments: [{ brokerIds: [1] }] }), countNow(3)),
  growth("too few assignments", grow({ count: 4, assignments: [{ brokerIds: [1] }] })),
  growth("too many assignments", grow({ assignments: [{ brokerIds: [1] }, { brokerIds: [1] }] })),
  growth("an assignment to an unknown broker", grow({ assignments: [{ brokerIds: [99] }] })),
  growth("an assignment to a broker twice", grow({ assignments: [{ brokerIds: [1, 1] }] })),
  growth("an assignment to nobody", grow({ assignments: [{ brokerIds: [] }] })),
  growth("only to see", grow({}, true), countNow(2)),
  growth(
    "an unknown topic",
    ask("CreatePartitions", ({ name }) => ({
      timeoutMs: 1000,
      validateOnly: false,
      topics: [{ name: name("nope"), count: 3, assignments: null }],
    })),
  ),
  growth(
    "a topic twice",
    ask("CreatePartitions", ({ topic: name }) => ({
      timeoutMs: 1000,
      validateOnly: false,
      topics: [3, 4].map((count) => ({ name, count, assignments: null })),
    })),
  ),
  growth("nothing", ask("CreatePartitions", { timeoutMs: 1000, validateOnly: false, topics: [] })),
  {
    ...growth(
      "a topic made again",
      createTopic({}, {}, { version: 7 }),
      ask("DeleteTopics", ({ name }) => ({ timeoutMs: 10_000, topicNames: [name("new")] }), { version: 5 }),
      createTopic({}, {}, { version: 7 }),
    ),
    topic: undefined,
  },
];

export const topicCases: readonly ConformanceCase[] = [...metadataCases, ...createCases, ...deleteCases, ...growCases];
