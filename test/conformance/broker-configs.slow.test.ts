import { expect, test } from "vitest";
import { ask } from "./conformance-case.ts";
import type { ConformanceCase } from "./conformance-case.ts";
import { differencesOf } from "./differences.ts";
import { startPeersWith } from "./peers.ts";
import { runCase } from "./run-case.ts";

// What a broker is started with, and how it shows in DescribeConfigs: value, source and synonyms as in Apache Kafka.

const TOPIC = 2;
const BROKER = 4;
const TOPIC_CONFIGS = [
  "cleanup.policy",
  "delete.retention.ms",
  "max.compaction.lag.ms",
  "max.message.bytes",
  "min.cleanable.dirty.ratio",
  "min.compaction.lag.ms",
  "retention.bytes",
  "retention.ms",
  "segment.bytes",
  "segment.ms",
];
const BROKER_CONFIGS = [
  "log.cleaner.backoff.ms",
  "log.cleaner.dedupe.buffer.size",
  "log.cleaner.delete.retention.ms",
  "log.cleaner.enable",
  "log.cleaner.io.buffer.load.factor",
  "log.cleaner.max.compaction.lag.ms",
  "log.cleaner.min.cleanable.ratio",
  "log.cleaner.min.compaction.lag.ms",
  "log.cleanup.policy",
  "log.retention.bytes",
  "log.retention.check.interval.ms",
  "log.retention.hours",
  "log.retention.minutes",
  "log.retention.ms",
  "log.roll.hours",
  "log.roll.ms",
  "log.segment.bytes",
  "message.max.bytes",
  "num.partitions",
];

const describe = (resourceType: number, configurationKeys: readonly string[]) =>
  ask(
    "DescribeConfigs",
    ({ topic }) => ({
      resources: [{ resourceType, resourceName: resourceType === TOPIC ? topic : "1", configurationKeys }],
      includeSynonyms: true,
    }),
    {
      // Ours are set where the broker is started, Kafka's also while it runs.
      view: ({ results }) =>
        results.flatMap(({ configs }) =>
          configs.map(({ name, value, configSource, configType, synonyms }) => ({
            name,
            value,
            configSource,
            configType,
            synonyms: synonyms.map((synonym) => `${synonym.name}=${synonym.value} (${synonym.source})`),
          })),
        ),
    },
  );

const withTopic = (title: string, configs: Readonly<Record<string, string>>): ConformanceCase => ({
  api: "DescribeConfigs",
  title,
  topic: { configs },
  steps: [describe(TOPIC, TOPIC_CONFIGS), describe(BROKER, BROKER_CONFIGS)],
});

const COMPACTION = {
  "log.cleanup.policy": "compact,delete",
  "log.cleaner.delete.retention.ms": "5",
  "log.cleaner.max.compaction.lag.ms": "600000",
  "log.cleaner.min.cleanable.ratio": "0.25",
  "log.cleaner.min.compaction.lag.ms": "6",
  "log.retention.bytes": "1000000",
  "log.retention.check.interval.ms": "10000",
  "log.segment.bytes": "2000000",
  "message.max.bytes": "2000000",
  "num.partitions": "3",
};

test.each([
  ["nothing", {}],
  ["hours, and compaction", { "log.retention.hours": "24", ...COMPACTION }],
  ["minutes and hours", { "log.retention.hours": "24", "log.retention.minutes": "90", "log.roll.hours": "48" }],
  [
    "all units",
    {
      "log.retention.hours": "24",
      "log.retention.minutes": "90",
      "log.retention.ms": "7000000",
      "log.roll.ms": "60000",
    },
  ],
  ["no limit", { "log.retention.ms": "-1" }],
])("%s", async (_title, configs) => {
  await using peers = await startPeersWith(configs);
  const cases = [
    withTopic("a topic of its own mind", { "retention.ms": "1000", "cleanup.policy": "delete" }),
    withTopic("a topic without overrides", {}),
  ];
  for (const tried of cases) {
    const run = { version: 4, run: "run" };
    const [kafka, ours] = await Promise.all([
      runCase(peers.kafkaPort, tried, run),
      runCase(peers.oursPort, tried, run),
    ]);
    expect(differencesOf(kafka, ours)).toEqual([]);
  }
});
