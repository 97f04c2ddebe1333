/** How a config's text is read; numbers are Kafka's `ConfigDef.Type` on the wire. */
export type ConfigType = "boolean" | "string" | "int" | "long" | "double" | "list";

/** Kafka's numbers for config types in DescribeConfigs (version 3 and up). */
export const CONFIG_TYPE_NUMBERS: Readonly<Record<ConfigType, number>> = {
  boolean: 1,
  string: 2,
  int: 3,
  long: 5,
  double: 6,
  list: 7,
};

/** One topic config: its default, its type, the broker config it falls back to, and what values it takes. */
export interface TopicConfig {
  readonly name: string;
  readonly type: ConfigType;
  readonly defaultValue: string;
  /** Broker config of the same meaning and unit, shown as a synonym. */
  readonly brokerName: string | null;
  readonly min?: number;
  readonly max?: number;
  readonly values?: readonly string[];
  /** What each item of a list must look like, and in words. */
  readonly pattern?: { readonly matches: RegExp; readonly says: string };
}

const INT_MAX = 2_147_483_647;
const LONG_MAX = "9223372036854775807";

function number(
  name: string,
  type: "int" | "long",
  rest: { value: string; broker: string | null; min?: number; max?: number },
): TopicConfig {
  const { value, broker, min, max = type === "int" ? INT_MAX : Number(LONG_MAX) } = rest;
  return {
    name,
    type,
    defaultValue: value,
    brokerName: broker,
    max,
    ...(min === undefined ? {} : { min }),
  };
}

function choice(name: string, value: string, values: readonly string[], broker: string | null = name): TopicConfig {
  return { name, type: "string", defaultValue: value, brokerName: broker, values };
}

function flag(name: string, value: string, broker: string | null): TopicConfig {
  return { name, type: "boolean", defaultValue: value, brokerName: broker };
}

function throttledReplicas(role: "leader" | "follower"): TopicConfig {
  const pattern = { matches: /^(?:\*|\d+:\d+)$/, says: "* or partition:broker" };
  return { name: `${role}.replication.throttled.replicas`, type: "list", defaultValue: "", brokerName: null, pattern };
}

/** Topic configs of Kafka 4.4 with their defaults, by name. All are accepted and echoed; see the docs for those acted on. */
export const TOPIC_CONFIGS: ReadonlyMap<string, TopicConfig> = new Map(
  [
    {
      name: "cleanup.policy",
      type: "list",
      defaultValue: "delete",
      brokerName: "log.cleanup.policy",
      values: ["compact", "delete"],
    } as const,
    choice("compression.type", "producer", ["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]),
    number("compression.gzip.level", "int", { value: "-1", broker: "compression.gzip.level", min: -1, max: 9 }),
    number("compression.lz4.level", "int", { value: "9", broker: "compression.lz4.level", min: 1, max: 17 }),
    number("compression.zstd.level", "int", { value: "3", broker: "compression.zstd.level", min: -131072, max: 22 }),
    number("delete.retention.ms", "long", { value: "86400000", broker: "log.cleaner.delete.retention.ms", min: 0 }),
    number("file.delete.delay.ms", "long", { value: "60000", broker: "log.segment.delete.delay.ms", min: 0 }),
    number("flush.messages", "long", { value: LONG_MAX, broker: "log.flush.interval.messages", min: 1 }),
    number("flush.ms", "long", { value: LONG_MAX, broker: null, min: 0 }),
    throttledReplicas("follower"),
    number("index.interval.bytes", "int", { value: "4096", broker: "log.index.interval.bytes", min: 0 }),
    throttledReplicas("leader"),
    number("local.retention.bytes", "long", { value: "-2", broker: "log.local.retention.bytes", min: -2 }),
    number("local.retention.ms", "long", { value: "-2", broker: "log.local.retention.ms", min: -2 }),
    number("max.compaction.lag.ms", "long", { value: LONG_MAX, broker: "log.cleaner.max.compaction.lag.ms", min: 1 }),
    number("max.message.bytes", "int", { value: "1048588", broker: "message.max.bytes", min: 0 }),
    number("message.timestamp.after.max.ms", "long", {
      value: "3600000",
      broker: "log.message.timestamp.after.max.ms",
      min: 0,
    }),
    number("message.timestamp.before.max.ms", "long", {
      value: LONG_MAX,
      broker: "log.message.timestamp.before.max.ms",
      min: 0,
    }),
    choice("message.timestamp.type", "CreateTime", ["CreateTime", "LogAppendTime"], "log.message.timestamp.type"),
    {
      name: "min.cleanable.dirty.ratio",
      type: "double",
      defaultValue: "0.5",
      brokerName: "log.cleaner.min.cleanable.ratio",
      min: 0,
      max: 1,
    } as const,
    number("min.compaction.lag.ms", "long", { value: "0", broker: "log.cleaner.min.compaction.lag.ms", min: 0 }),
    number("min.insync.replicas", "int", { value: "1", broker: "min.insync.replicas", min: 1 }),
    flag("preallocate", "false", "log.preallocate"),
    flag("remote.log.copy.disable", "false", null),
    flag("remote.log.delete.on.disable", "false", null),
    // Tiered storage has no meaning where everything is in the bucket.
    { ...flag("remote.storage.enable", "false", null), values: ["false"] },
    number("retention.bytes", "long", { value: "-1", broker: "log.retention.bytes", min: -1 }),
    number("retention.ms", "long", { value: "604800000", broker: null, min: -1 }),
    number("segment.bytes", "int", { value: "1073741824", broker: "log.segment.bytes", min: 1_048_576 }),
    number("segment.index.bytes", "int", { value: "10485760", broker: "log.index.size.max.bytes", min: 4 }),
    number("segment.jitter.ms", "long", { value: "0", broker: null, min: 0 }),
    number("segment.ms", "long", { value: "604800000", broker: null, min: 1 }),
    flag("unclean.leader.election.enable", "false", "unclean.leader.election.enable"),
  ].map((config) => [config.name, config]),
);

/** Why a value is not allowed, in words; undefined when it is. */
export function configProblem(name: string, value: string): string | undefined {
  const config = TOPIC_CONFIGS.get(name);
  if (config === undefined) return `Unknown topic config name: ${name}`;
  const invalid = (why: string): string => `Invalid value ${value} for configuration ${name}: ${why}`;
  switch (config.type) {
    case "boolean":
      return ["true", "false"].includes(value.toLowerCase())
        ? choiceProblem(config, value.toLowerCase(), invalid)
        : invalid("Expected value to be either true or false");
    case "int":
    case "long":
      if (!/^[+-]?\d{1,19}$/.test(value.trim())) return invalid(`Not a number of type ${config.type.toUpperCase()}`);
      return rangeProblem(config, Number(value), invalid);
    case "double":
      if (value.trim() === "" || Number.isNaN(Number(value))) return invalid("Not a number of type DOUBLE");
      return rangeProblem(config, Number(value), invalid);
    case "string":
    case "list":
      return choiceProblem(config, value, invalid);
  }
}

function rangeProblem(config: TopicConfig, value: number, invalid: (why: string) => string): string | undefined {
  if (config.min !== undefined && value < config.min) return invalid(`Value must be at least ${config.min}`);
  if (config.max !== undefined && value > config.max) return invalid(`Value must be no more than ${config.max}`);
  return undefined;
}

function choiceProblem(config: TopicConfig, value: string, invalid: (why: string) => string): string | undefined {
  const { values, pattern } = config;
  const given = config.type === "list" ? listItems(value) : [value];
  if (pattern !== undefined && !given.every((item) => pattern.matches.test(item))) {
    return invalid(`Each item must be ${pattern.says}`);
  }
  if (values === undefined || given.every((item) => values.includes(item))) return undefined;
  return invalid(`String must be one of: ${values.join(", ")}`);
}

/** The items of a list config. An empty text is an empty list. */
export function listItems(text: string): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

/** Why configs do not go together, in words; undefined when they do. `overrides` are all that the topic will have. */
export function configsContradiction(overrides: ReadonlyMap<string, string>): string | undefined {
  const least = Number(configValue(overrides, "min.compaction.lag.ms"));
  const most = Number(configValue(overrides, "max.compaction.lag.ms"));
  if (least <= most) return undefined;
  return `min.compaction.lag.ms (${least}) must not be above max.compaction.lag.ms (${most})`;
}

/** The value in force: the topic's own or the default. */
export function configValue(overrides: ReadonlyMap<string, string>, name: string): string {
  return overrides.get(name) ?? TOPIC_CONFIGS.get(name)?.defaultValue ?? "";
}
