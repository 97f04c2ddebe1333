import type { ApiTypes } from "@streambed/protocol";
import { ask } from "../conformance-case.ts";
import type { ConformanceCase, Scene, Step } from "../conformance-case.ts";

const TOPIC = 2;
const BROKER = 4;
const LOGGER = 8;

type DescribeInput = ApiTypes["DescribeConfigs"]["requestInput"];
type Resource = DescribeInput["resources"][number];

const describeConfigs = (
  resource: Partial<Resource> | ((scene: Scene) => Partial<Resource>),
  rest: Partial<DescribeInput> = {},
): Step =>
  ask("DescribeConfigs", (scene) => ({
    resources: [
      {
        resourceType: TOPIC,
        resourceName: scene.topic,
        configurationKeys: null,
        ...(typeof resource === "function" ? resource(scene) : resource),
      },
    ],
    ...rest,
  }));
const describeCase = (title: string, step: Step, rest: Partial<ConformanceCase> = {}): ConformanceCase => ({
  api: "DescribeConfigs",
  title,
  topic: { configs: { "retention.ms": "1000", "cleanup.policy": "compact" } },
  steps: [step],
  ...rest,
});

const describeCases: readonly ConformanceCase[] = [
  describeCase("a topic", describeConfigs({})),
  describeCase("a topic without overrides", describeConfigs({}), { topic: {} }),
  describeCase("a topic with synonyms", describeConfigs({}, { includeSynonyms: true })),
  describeCase(
    "some configs of a topic",
    describeConfigs({ configurationKeys: ["retention.ms", "segment.bytes", "no.such"] }),
  ),
  describeCase("no configs of a topic", describeConfigs({ configurationKeys: [] })),
  describeCase(
    "documentation",
    describeConfigs({ configurationKeys: ["retention.ms"] }, { includeDocumentation: true }),
    { from: 3 },
  ),
  describeCase(
    "an unknown topic",
    describeConfigs(({ name }) => ({ resourceName: name("nope") })),
  ),
  describeCase("a name that cannot be", describeConfigs({ resourceName: "a/b" })),
  describeCase("no topic", describeConfigs({ resourceName: "" })),
  describeCase(
    "this broker",
    describeConfigs(
      {
        resourceType: BROKER,
        resourceName: "1",
        configurationKeys: [
          "num.partitions",
          "log.retention.hours",
          "message.max.bytes",
          "auto.create.topics.enable",
          "default.replication.factor",
        ],
      },
      { includeSynonyms: true },
    ),
  ),
  describeCase("all brokers", describeConfigs({ resourceType: BROKER, resourceName: "" })),
  describeCase("another broker", describeConfigs({ resourceType: BROKER, resourceName: "99" })),
  describeCase("a broker that is no number", describeConfigs({ resourceType: BROKER, resourceName: "one" })),
  describeCase("a type nobody knows", describeConfigs({ resourceType: 77, resourceName: "x" })),
  describeCase("type 0", describeConfigs({ resourceType: 0, resourceName: "x" })),
  describeCase("nothing", ask("DescribeConfigs", { resources: [] })),
];

/** What the topic's configs are afterwards. */
const overrides = ask(
  "DescribeConfigs",
  ({ topic }) => ({ resources: [{ resourceType: TOPIC, resourceName: topic, configurationKeys: null }] }),
  {
    version: 4,
    // Kafka answers when its controller knows; its brokers follow.
    afterMs: 200,
    view: ({ results }) =>
      results
        .flatMap(({ configs }) => configs.filter(({ configSource }) => configSource === 1))
        .map(({ name, value }) => `${name}=${value}`),
  },
);

type AlterConfig = ApiTypes["AlterConfigs"]["requestInput"]["resources"][number];
const alter = (resource: Partial<AlterConfig> | ((scene: Scene) => Partial<AlterConfig>), validateOnly = false): Step =>
  ask("AlterConfigs", (scene) => ({
    validateOnly,
    resources: [
      {
        resourceType: TOPIC,
        resourceName: scene.topic,
        configs: [],
        ...(typeof resource === "function" ? resource(scene) : resource),
      },
    ],
  }));
const alterCase = (title: string, step: Step): ConformanceCase => ({
  api: "AlterConfigs",
  title,
  topic: { configs: { "retention.ms": "1000" } },
  steps: [step, overrides],
});
const one = (name: string, value: string | null) => ({ configs: [{ name, value }] });

const alterCases: readonly ConformanceCase[] = [
  alterCase("another config, which takes the place of all", alter(one("segment.ms", "5000"))),
  alterCase("no configs", alter({})),
  alterCase("only to see", alter(one("segment.ms", "5000"), true)),
  alterCase("an unknown config", alter(one("no.such", "1"))),
  alterCase("a bad value", alter(one("segment.ms", "soon"))),
  alterCase("no value", alter(one("segment.ms", null))),
  alterCase(
    "a config twice",
    alter({
      configs: [
        { name: "segment.ms", value: "1000" },
        { name: "segment.ms", value: "2000" },
      ],
    }),
  ),
  alterCase(
    "an unknown topic",
    alter(({ name }) => ({ resourceName: name("nope"), ...one("segment.ms", "5000") })),
  ),
  alterCase("no topic", alter({ resourceName: "", ...one("segment.ms", "5000") })),
  alterCase("a type nobody knows", alter({ resourceType: 77, resourceName: "x" })),
  alterCase("another broker", alter({ resourceType: BROKER, resourceName: "99", ...one("num.partitions", "2") })),
  alterCase(
    "a topic twice",
    ask("AlterConfigs", ({ topic }) => ({
      validateOnly: false,
      resources: ["1000", "2000"].map((value) => ({
        resourceType: TOPIC,
        resourceName: topic,
        configs: [{ name: "segment.ms", value }],
      })),
    })),
  ),
  alterCase("nothing", ask("AlterConfigs", { validateOnly: false, resources: [] })),
];

type Change = ApiTypes["IncrementalAlterConfigs"]["requestInput"]["resources"][number];
const SET = 0;
const DELETE = 1;
const APPEND = 2;
const SUBTRACT = 3;
const change = (resource: Partial<Change> | ((scene: Scene) => Partial<Change>), validateOnly = false): Step =>
  ask("IncrementalAlterConfigs", (scene) => ({
    validateOnly,
    resources: [
      {
        resourceType: TOPIC,
        resourceName: scene.topic,
        configs: [],
        ...(typeof resource === "function" ? resource(scene) : resource),
      },
    ],
  }));
const op = (name: string, configOperation: number, value: string | null) => ({
  configs: [{ name, configOperation, value }],
});
const changeCase = (title: string, step: Step): ConformanceCase => ({
  api: "IncrementalAlterConfigs",
  title,
  topic: { configs: { "retention.ms": "1000" } },
  steps: [step, overrides],
});

const incrementalCases: readonly ConformanceCase[] = [
  changeCase("set", change(op("segment.ms", SET, "5000"))),
  changeCase("set again", change(op("retention.ms", SET, "5000"))),
  changeCase("delete", change(op("retention.ms", DELETE, null))),
  changeCase("delete what is not set", change(op("segment.ms", DELETE, null))),
  changeCase("delete with a value", change(op("retention.ms", DELETE, "1"))),
  changeCase("append", change(op("cleanup.policy", APPEND, "compact"))),
  changeCase("append what is there", change(op("cleanup.policy", APPEND, "delete"))),
  changeCase("append two", change(op("cleanup.policy", APPEND, "compact,delete"))),
  {
    ...changeCase("subtract", change(op("cleanup.policy", SUBTRACT, "compact"))),
    topic: { configs: { "cleanup.policy": "compact,delete" } },
  },
  changeCase("subtract all", change(op("cleanup.policy", SUBTRACT, "delete"))),
  changeCase("subtract what is not there", change(op("cleanup.policy", SUBTRACT, "compact"))),
  changeCase("append to what is no list", change(op("segment.ms", APPEND, "5000"))),
  changeCase("subtract from what is no list", change(op("segment.ms", SUBTRACT, "5000"))),
  changeCase("an operation nobody knows", change(op("segment.ms", 9, "5000"))),
  changeCase("only to see", change(op("segment.ms", SET, "5000"), true)),
  changeCase("an unknown config", change(op("no.such", SET, "1"))),
  changeCase("delete an unknown config", change(op("no.such", DELETE, null))),
  changeCase("a bad value", change(op("segment.ms", SET, "soon"))),
  changeCase("no value", change(op("segment.ms", SET, null))),
  changeCase("append nothing", change(op("cleanup.policy", APPEND, null))),
  changeCase(
    "a config twice",
    change({ configs: ["1000", "2000"].map((value) => ({ name: "segment.ms", configOperation: SET, value })) }),
  ),
  changeCase(
    "one good and one bad",
    change({
      configs: [
        { name: "segment.ms", configOperation: SET, value: "5000" },
        { name: "retention.ms", configOperation: SET, value: "soon" },
      ],
    }),
  ),
  changeCase("no configs", change({})),
  changeCase(
    "an unknown topic",
    change(({ name }) => ({ resourceName: name("nope"), ...op("segment.ms", SET, "5000") })),
  ),
  changeCase("no topic", change({ resourceName: "", ...op("segment.ms", SET, "5000") })),
  changeCase("a type nobody knows", change({ resourceType: 77, resourceName: "x" })),
  changeCase(
    "another broker",
    change({ resourceType: BROKER, resourceName: "99", ...op("log.cleaner.threads", SET, "2") }),
  ),
  changeCase(
    "a broker's config that is read only",
    change({ resourceType: BROKER, resourceName: "1", ...op("node.id", SET, "2") }),
  ),
  changeCase("a logger nobody knows", change({ resourceType: LOGGER, resourceName: "99", ...op("root", SET, "INFO") })),
  changeCase(
    "a topic twice",
    ask("IncrementalAlterConfigs", ({ topic }) => ({
      validateOnly: false,
      resources: ["1000", "2000"].map((value) => ({
        resourceType: TOPIC,
        resourceName: topic,
        ...op("segment.ms", SET, value),
      })),
    })),
  ),
];

export const configCases: readonly ConformanceCase[] = [...describeCases, ...alterCases, ...incrementalCases];
