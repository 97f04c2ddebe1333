import type { ConfigEntry } from "@streambed/client";
import { ZERO_UUID } from "@streambed/kernel";
import { expect, test } from "vitest";
import { topicText } from "./describe.ts";
import type { TopicsOptions } from "./options.ts";

const TOPIC = {
  name: "test",
  topicId: "00000000-0000-0000-0000-000000000001",
  internal: false,
  partitions: [1, 0].map((partition) => ({
    partition,
    leader: partition === 1 ? -1 : 1,
    leaderEpoch: 0,
    replicas: [1],
    isr: [1],
    offlineReplicas: [],
  })),
};

function config(name: string, source: ConfigEntry["source"]): ConfigEntry {
  return { name, value: "1", source, readOnly: false, sensitive: false, documentation: null, type: 0, synonyms: [] };
}

function text(options: TopicsOptions, topic: Partial<typeof TOPIC> = {}): string {
  const configs = [config("retention.ms", "DYNAMIC_TOPIC_CONFIG"), config("segment.bytes", "DEFAULT_CONFIG")];
  return topicText({ topic: { ...TOPIC, ...topic }, configs, live: new Set([1]), options });
}

test("a topic and its partitions in Kafka's format", () => {
  expect(text({})).toBe(
    "Topic: test\tTopicId: AAAAAAAAAAAAAAAAAAAAAQ\tPartitionCount: 2\tReplicationFactor: 1\tConfigs: retention.ms=1\n" +
      "\tTopic: test\tPartition: 0\tLeader: 1\tReplicas: 1\tIsr: 1\tElr: N/A\tLastKnownElr: N/A\n" +
      "\tTopic: test\tPartition: 1\tLeader: none\tReplicas: 1\tIsr: 1\tElr: N/A\tLastKnownElr: N/A\n",
  );
});

test("a topic without id leaves the id out", () => {
  expect(text({ topicsWithOverrides: true }, { topicId: ZERO_UUID })).toBe(
    "Topic: test\tPartitionCount: 2\tReplicationFactor: 1\tConfigs: retention.ms=1\n",
  );
});

test("reports show partitions only", () => {
  expect(text({ unavailablePartitions: true })).toMatch(/^\tTopic: test\tPartition: 1\t[^\n]*\n$/);
  expect(text({ underReplicatedPartitions: true })).toBe("");
});
