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
  /** Broker config of the same meaning and unit, shown as a synonym. Null where Kafka shows none. */
  readonly brokerName: string | null;
  readonly min?: number;
  readonly max?: number;
  readonly values?: readonly string[];
  /** What a value must be like where a range or a choice cannot say it. Returns the reason, in words. */
  readonly rule?: (value: string) => string | undefined;
}

const LONG_MAX = "9223372036854775807";

function number(
  name: string,
  type: "int" | "long",
  rest: { value: string; broker: string | null; min?: number; max?: number },
): TopicConfig {
  const { value, broker, ...range } = rest;
  return { name, type, defaultValue: value, brokerName: broker, ...range };
}

function choice(name: string, value: string, values: readonly string[], broker: string | null = name): TopicConfig {
  return { name, type: "string", defaultValue: value, brokerName: broker, values };
}

function flag(name: string, value: string, broker: string | null): TopicConfig {
  return { name, type: "boolean", defaultValue: value, brokerName: broker };
}

function throttledReplicas(role: "leader" | "follower"): TopicConfig {
  const name = `${role}.replication.throttled.replicas`;
  const says = `${name} must be the literal '*' or a list of replicas in the following format: [partitionId]:[brokerId],[partitionId]:[brokerId],...`;
  const rule = (value: string): string | undefined =>
    value === "*" || listItems(value).every((item) => /^\d+:\d+$/.test(item)) ? undefined : says;
  return { name, type: "list", defaultValue: "", brokerName: null, rule };
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
    {
      ...number("compression.gzip.level", "int", { value: "-1", broker: "compression.gzip.level" }),
      rule: (value: string): string | undefined =>
        /^(?:-1|[1-9])$/.test(value) ? undefined : "Value must be between 1 and 9 or equal to -1",
    },
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
    number("retention.bytes", "long", { value: "-1", broker: "log.retention.bytes" }),
    number("retention.ms", "long", { value: "604800000", broker: "log.retention.ms", min: -1 }),
    number("segment.bytes", "int", { value: "1073741824", broker: "log.segment.bytes", min: 1_048_576 }),
    number("segment.index.bytes", "int", { value: "10485760", broker: "log.index.size.max.bytes", min: 4 }),
    number("segment.jitter.ms", "long", { value: "0", broker: null, min: 0 }),
    number("segment.ms", "long", { value: "604800000", broker: "log.roll.ms", min: 1 }),
    flag("unclean.leader.election.enable", "false", "unclean.leader.election.enable"),
  ].map((config) => [config.name, config]),
);

/** The items of a list config. An empty text is an empty list. */
export function listItems(text: string): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}
