import type { BrokerSettings } from "@streambed/broker";
import { usageError } from "./usage-error.ts";

type SettingOf<Value> = {
  [K in keyof BrokerSettings]: BrokerSettings[K] extends Value ? K : never;
}[keyof BrokerSettings];

type WholeSetting = SettingOf<number | undefined>;

type ConfigRow =
  | { readonly type: "whole"; readonly setting: WholeSetting; readonly min: number; readonly max: number }
  /** Kafka takes any negative time for "without limit", but not 0. */
  | { readonly type: "time to live"; readonly setting: WholeSetting; readonly max: number }
  | { readonly type: "ratio"; readonly setting: SettingOf<number> }
  | { readonly type: "boolean"; readonly setting: SettingOf<boolean> }
  | { readonly type: "policies"; readonly setting: SettingOf<string> };

const INT_MAX = 2_147_483_647;
/** Kafka's `long` holds more, but nobody means it. */
const LONG_MAX = Number.MAX_SAFE_INTEGER;
/** As `limits.PARTITIONS_PER_TOPIC_MAX` of the log, which is loaded later: no topic could be made with more. */
const PARTITIONS_PER_TOPIC_MAX = 10_000;
const POLICIES: readonly string[] = ["compact", "delete"];

const whole = (setting: WholeSetting, min: number, max: number): ConfigRow => ({ type: "whole", setting, min, max });
const int = (setting: WholeSetting, min: number): ConfigRow => whole(setting, min, INT_MAX);
const long = (setting: WholeSetting, min: number): ConfigRow => whole(setting, min, LONG_MAX);
const timeToLive = (setting: WholeSetting, max: number): ConfigRow => ({ type: "time to live", setting, max });
const boolean = (setting: SettingOf<boolean>): ConfigRow => ({ type: "boolean", setting });
const ratio = (setting: SettingOf<number>): ConfigRow => ({ type: "ratio", setting });

/** Kafka's broker configs that mean something here, with the least value Kafka accepts. */
const CONFIGS: Readonly<Record<string, ConfigRow>> = {
  "auto.create.topics.enable": boolean("autoCreateTopicsEnable"),
  "delete.topic.enable": boolean("deleteTopicEnable"),
  "default.replication.factor": int("defaultReplicationFactor", 1),
  "fetch.max.bytes": int("fetchMaxBytes", 1024),
  "group.initial.rebalance.delay.ms": int("groupInitialRebalanceDelayMs", 0),
  "group.max.session.timeout.ms": int("groupMaxSessionTimeoutMs", 1),
  "group.max.size": int("groupMaxSize", 1),
  "group.min.session.timeout.ms": int("groupMinSessionTimeoutMs", 1),
  "log.cleaner.backoff.ms": long("logCleanerBackoffMs", 0),
  "log.cleaner.dedupe.buffer.size": long("logCleanerDedupeBufferSize", 1),
  "log.cleaner.delete.retention.ms": long("logCleanerDeleteRetentionMs", 0),
  "log.cleaner.enable": boolean("logCleanerEnable"),
  "log.cleaner.io.buffer.load.factor": ratio("logCleanerIoBufferLoadFactor"),
  "log.cleaner.max.compaction.lag.ms": long("logCleanerMaxCompactionLagMs", 1),
  "log.cleaner.min.cleanable.ratio": ratio("logCleanerMinCleanableRatio"),
  "log.cleaner.min.compaction.lag.ms": long("logCleanerMinCompactionLagMs", 0),
  "log.cleanup.policy": { type: "policies", setting: "logCleanupPolicy" },
  "log.retention.bytes": long("logRetentionBytes", -1),
  "log.retention.check.interval.ms": long("logRetentionCheckIntervalMs", 1),
  "log.retention.hours": timeToLive("logRetentionHours", INT_MAX),
  "log.retention.minutes": timeToLive("logRetentionMinutes", INT_MAX),
  "log.retention.ms": timeToLive("logRetentionMs", LONG_MAX),
  "log.roll.hours": int("logRollHours", 1),
  "log.roll.ms": long("logRollMs", 1),
  "log.segment.bytes": int("logSegmentBytes", 1_048_576),
  "message.max.bytes": int("messageMaxBytes", 0),
  "node.id": int("nodeId", 0),
  "num.partitions": whole("numPartitions", 1, PARTITIONS_PER_TOPIC_MAX),
  "offset.metadata.max.bytes": int("offsetMetadataMaxBytes", 0),
  "offsets.retention.minutes": int("offsetsRetentionMinutes", 1),
  "offsets.topic.num.partitions": whole("offsetsTopicNumPartitions", 1, PARTITIONS_PER_TOPIC_MAX),
  "socket.request.max.bytes": int("socketRequestMaxBytes", 1),
};

/** Names that `--config` takes. */
export const CONFIG_NAMES: readonly string[] = Object.keys(CONFIGS);

/** Broker settings from `name=value` pairs with Kafka's names. @throws code `USAGE` with the remedy */
export function brokerSettings(pairs: readonly string[]): Partial<BrokerSettings> {
  return Object.fromEntries(pairs.map(settingOf));
}

function settingOf(pair: string): readonly [string, number | boolean | string] {
  const at = pair.indexOf("=");
  const name = pair.slice(0, Math.max(at, 0)).trim();
  const text = pair.slice(at + 1).trim();
  if (at < 1) throw usageError(`--config takes name=value, but got "${pair}".`);
  const row = Object.hasOwn(CONFIGS, name) ? CONFIGS[name] : undefined;
  if (row === undefined) throw usageError(`--config does not know ${name}; it takes ${CONFIG_NAMES.join(", ")}.`);
  return [row.setting, valueOf(row, name, text)];
}

function valueOf(row: ConfigRow, name: string, text: string): number | boolean | string {
  const mustBe = (what: string): Error => usageError(`--config ${name} must be ${what}, not "${text}".`);
  switch (row.type) {
    case "boolean":
      if (text !== "true" && text !== "false") throw mustBe("true or false");
      return text === "true";
    case "ratio":
      if (!/^[\d.]+$/.test(text) || !(Number(text) <= 1)) throw mustBe("a number from 0 to 1");
      return Number(text);
    case "policies": {
      const policies = text.split(",").map((policy) => policy.trim());
      if (!policies.every((policy) => POLICIES.includes(policy))) throw mustBe("delete, compact, or both with a comma");
      return policies.join(",");
    }
    case "time to live":
      if (!isWhole(text, -row.max, row.max) || Number(text) === 0) throw mustBe("-1 (without limit) or at least 1");
      return Math.max(Number(text), -1);
    case "whole":
      if (!isWhole(text, row.min, row.max)) throw mustBe(`a whole number from ${row.min} to ${row.max}`);
      return Number(text);
  }
}

function isWhole(text: string, min: number, max: number): boolean {
  return /^-?\d+$/.test(text) && Number(text) >= min && Number(text) <= max;
}
