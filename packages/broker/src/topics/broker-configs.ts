import { DEFAULT_SETTINGS } from "../settings.ts";
import type { BrokerSettings } from "../settings.ts";
import { longText, topicDefault } from "./config-values.ts";
import type { ConfigType } from "./topic-configs.ts";
import { TOPIC_CONFIGS } from "./topic-configs.ts";

/** Where a value comes from, with Kafka's numbers on the wire. */
export const CONFIG_SOURCE = { topic: 1, "static-broker": 4, default: 5 } as const;

/** A value that is in force, or would be if those before it were not there. */
export interface ConfigSynonym {
  readonly name: string;
  readonly value: string;
  readonly source: keyof typeof CONFIG_SOURCE;
}

/** A broker config as DescribeConfigs shows it. */
export interface BrokerConfig {
  readonly name: string;
  /** Null: not given, and another config says the same in another unit. */
  readonly value: string | null;
  readonly type: ConfigType;
  readonly source: keyof typeof CONFIG_SOURCE;
  readonly synonyms: readonly ConfigSynonym[];
}

type Valued = Pick<BrokerConfig, "name" | "value" | "type">;

/** Configs that say the same in other units; the finest that is given counts. */
const SAME_TIME: readonly (readonly string[])[] = [
  ["log.retention.ms", "log.retention.minutes", "log.retention.hours"],
  ["log.roll.ms", "log.roll.hours"],
];
/** These say where this broker is, which nobody can leave to a default. */
const OWN_PLACE: readonly string[] = ["node.id", "broker.id", "advertised.listeners"];

/** The broker's configs under Kafka's names: its settings, and the defaults that topics fall back to. */
export function brokerConfigs(settings: BrokerSettings): BrokerConfig[] {
  const all = synonymsOf(settings);
  return configsOf(settings).map((config) => {
    const synonyms = all(config.name);
    return { ...config, source: synonyms[0]?.source ?? "default", synonyms };
  });
}

/**
 * Gives a broker config's synonyms in Kafka's order: what was set, then defaults. As in Kafka, those of other units are
 * shown behind the config itself only, so a config that is not given has none.
 */
export function synonymsOf(settings: BrokerSettings): (name: string) => readonly ConfigSynonym[] {
  const values = valuesByName(settings);
  const defaults = valuesByName(DEFAULT_SETTINGS);
  for (const name of OWN_PLACE) defaults.delete(name);
  return (asked) => {
    const names = SAME_TIME.find((units) => units.includes(asked)) ?? [asked];
    const from = (source: ConfigSynonym["source"], known: ReadonlyMap<string, string | null>): ConfigSynonym[] =>
      names.flatMap((name) => {
        const value = known.get(name) ?? null;
        return value === null ? [] : [{ name, value, source }];
      });
    const isSet = ({ name, value }: ConfigSynonym): boolean => defaults.get(name) !== value;
    const found = [...from("static-broker", values).filter(isSet), ...from("default", defaults)];
    const own = found.findIndex(({ name }) => name === asked);
    return own === -1 ? [] : found.slice(own);
  };
}

function valuesByName(settings: BrokerSettings): Map<string, string | null> {
  return new Map(configsOf(settings).map(({ name, value }) => [name, value]));
}

function configsOf(settings: BrokerSettings): Valued[] {
  const own: Valued[] = [
    { name: "node.id", value: String(settings.nodeId), type: "int" },
    { name: "broker.id", value: String(settings.nodeId), type: "int" },
    {
      name: "advertised.listeners",
      value: `PLAINTEXT://${settings.advertisedHost}:${settings.advertisedPort}`,
      type: "string",
    },
    { name: "auto.create.topics.enable", value: String(settings.autoCreateTopicsEnable), type: "boolean" },
    { name: "delete.topic.enable", value: String(settings.deleteTopicEnable), type: "boolean" },
    { name: "num.partitions", value: String(settings.numPartitions), type: "int" },
    { name: "default.replication.factor", value: String(settings.defaultReplicationFactor), type: "int" },
    { name: "socket.request.max.bytes", value: String(settings.socketRequestMaxBytes), type: "int" },
    { name: "fetch.max.bytes", value: String(settings.fetchMaxBytes), type: "int" },
    ...retentionConfigs(settings),
    { name: "offsets.topic.num.partitions", value: String(settings.offsetsTopicNumPartitions), type: "int" },
    { name: "offsets.topic.replication.factor", value: "1", type: "int" },
    { name: "offsets.retention.minutes", value: String(settings.offsetsRetentionMinutes), type: "int" },
    { name: "offset.metadata.max.bytes", value: String(settings.offsetMetadataMaxBytes), type: "int" },
    { name: "group.initial.rebalance.delay.ms", value: String(settings.groupInitialRebalanceDelayMs), type: "int" },
    { name: "group.min.session.timeout.ms", value: String(settings.groupMinSessionTimeoutMs), type: "int" },
    { name: "group.max.session.timeout.ms", value: String(settings.groupMaxSessionTimeoutMs), type: "int" },
    { name: "group.max.size", value: String(settings.groupMaxSize), type: "int" },
  ];
  const names = new Set(own.map(({ name }) => name));
  for (const { name, brokerName, type } of TOPIC_CONFIGS.values()) {
    if (brokerName === null || names.has(brokerName)) continue;
    names.add(brokerName);
    own.push({ name: brokerName, value: topicDefault(name, settings), type });
  }
  return own.toSorted((left, right) => (left.name < right.name ? -1 : 1));
}

function retentionConfigs(settings: BrokerSettings): Valued[] {
  const { logRetentionMs, logRetentionMinutes, logRetentionHours, logRollMs, logRollHours } = settings;
  return [
    { name: "log.roll.ms", value: logRollMs === undefined ? null : longText(logRollMs), type: "long" },
    { name: "log.roll.hours", value: String(logRollHours), type: "int" },
    { name: "log.retention.ms", value: logRetentionMs === undefined ? null : longText(logRetentionMs), type: "long" },
    {
      name: "log.retention.minutes",
      value: logRetentionMinutes === undefined ? null : String(logRetentionMinutes),
      type: "int",
    },
    { name: "log.retention.hours", value: String(logRetentionHours), type: "int" },
    { name: "log.retention.check.interval.ms", value: longText(settings.logRetentionCheckIntervalMs), type: "long" },
    { name: "log.cleaner.enable", value: String(settings.logCleanerEnable), type: "boolean" },
    { name: "log.cleaner.backoff.ms", value: longText(settings.logCleanerBackoffMs), type: "long" },
    { name: "log.cleaner.dedupe.buffer.size", value: longText(settings.logCleanerDedupeBufferSize), type: "long" },
    {
      name: "log.cleaner.io.buffer.load.factor",
      value: String(settings.logCleanerIoBufferLoadFactor),
      type: "double",
    },
  ];
}
