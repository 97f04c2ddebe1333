import { DEFAULT_SETTINGS } from "../settings.ts";
import type { BrokerSettings } from "../settings.ts";
import type { ConfigType } from "./topic-configs.ts";
import { TOPIC_CONFIGS } from "./topic-configs.ts";

/** A broker config as DescribeConfigs shows it. */
export interface BrokerConfig {
  readonly name: string;
  readonly value: string;
  readonly type: ConfigType;
  /** True when nobody set it to anything else. */
  readonly isDefault: boolean;
}

/** The broker's configs under Kafka's names: its settings, and the defaults that topics fall back to. */
export function brokerConfigs(settings: BrokerSettings): BrokerConfig[] {
  const defaults = new Map(configsOf(DEFAULT_SETTINGS).map(({ name, value }) => [name, value]));
  // These say where this broker is, which nobody can leave to a default.
  for (const name of ["node.id", "broker.id", "advertised.listeners"]) defaults.delete(name);
  return configsOf(settings).map((config) => ({ ...config, isDefault: defaults.get(config.name) === config.value }));
}

function configsOf(settings: BrokerSettings): Omit<BrokerConfig, "isDefault">[] {
  const own: Omit<BrokerConfig, "isDefault">[] = [
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
    { name: "log.retention.hours", value: "168", type: "int" },
    { name: "log.roll.hours", value: "168", type: "int" },
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
  for (const config of TOPIC_CONFIGS.values()) {
    if (config.brokerName === null || names.has(config.brokerName)) continue;
    names.add(config.brokerName);
    const value = config.name === "max.message.bytes" ? String(settings.messageMaxBytes) : config.defaultValue;
    own.push({ name: config.brokerName, value, type: config.type });
  }
  return own.toSorted((left, right) => (left.name < right.name ? -1 : 1));
}
