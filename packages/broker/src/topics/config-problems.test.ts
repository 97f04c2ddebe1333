import { expect, test } from "vitest";
import { DEFAULT_SETTINGS } from "../settings.ts";
import { configProblem, configsContradiction } from "./config-problems.ts";

// Apache Kafka 4.3.1 answered these texts.
test.each([
  ["retention.ms", "abc", "Invalid value abc for configuration retention.ms: Not a number of type LONG"],
  ["retention.ms", "-2", "Invalid value -2 for configuration retention.ms: Value must be at least -1"],
  [
    "retention.ms",
    "9223372036854775808",
    "Invalid value 9223372036854775808 for configuration retention.ms: Not a number of type LONG",
  ],
  [
    "segment.bytes",
    "99999999999",
    "Invalid value 99999999999 for configuration segment.bytes: Not a number of type INT",
  ],
  [
    "cleanup.policy",
    "compact,foo",
    "Invalid value foo for configuration cleanup.policy: String must be one of: compact, delete",
  ],
  [
    "min.cleanable.dirty.ratio",
    "2",
    "Invalid value 2.0 for configuration min.cleanable.dirty.ratio: Value must be no more than 1",
  ],
  [
    "compression.gzip.level",
    "0",
    "Invalid value 0 for configuration compression.gzip.level: Value must be between 1 and 9 or equal to -1",
  ],
  [
    "leader.replication.throttled.replicas",
    "x",
    "Invalid value [x] for configuration leader.replication.throttled.replicas: leader.replication.throttled.replicas must be the literal '*' or a list of replicas in the following format: [partitionId]:[brokerId],[partitionId]:[brokerId],...",
  ],
  [
    "preallocate",
    "maybe",
    "Invalid value maybe for configuration preallocate: Expected value to be either true or false",
  ],
  ["no.such", "1", "Unknown topic config name: no.such"],
])("%s=%s is refused in Kafka's words", (name, value, text) => {
  expect(configProblem(name, value)).toBe(text);
});

test.each([
  ["retention.ms", " 5 "],
  ["retention.ms", "+5"],
  ["retention.bytes", "-2"],
  ["cleanup.policy", ""],
  ["cleanup.policy", "compact, delete"],
  ["min.cleanable.dirty.ratio", "1e-1"],
  ["preallocate", "TRUE"],
  ["max.compaction.lag.ms", "9223372036854775807"],
])("%s=%j is taken, as in Kafka", (name, value) => {
  expect(configProblem(name, value)).toBeUndefined();
});

test("a lag of the topic must fit the other one, be it the topic's or the broker's", () => {
  const text = "conflict topic config setting min.compaction.lag.ms (5) > max.compaction.lag.ms (4)";
  const least = ["min.compaction.lag.ms", "5"] as const;
  const most = ["max.compaction.lag.ms", "4"] as const;
  expect(configsContradiction(new Map([least, most]), DEFAULT_SETTINGS)).toBe(text);
  expect(configsContradiction(new Map([least]), DEFAULT_SETTINGS)).toBeUndefined();
  const settings = { ...DEFAULT_SETTINGS, logCleanerMaxCompactionLagMs: 4 };
  expect(configsContradiction(new Map([least]), settings)).toBe(text);
});
