import type { BrokerSettings } from "@streambed/broker";
import { usageError } from "./usage-error.ts";

type NumberSetting = {
  [K in keyof BrokerSettings]: BrokerSettings[K] extends number ? K : never;
}[keyof BrokerSettings];
type BooleanSetting = {
  [K in keyof BrokerSettings]: BrokerSettings[K] extends boolean ? K : never;
}[keyof BrokerSettings];

type ConfigRow =
  | { readonly type: "number"; readonly setting: NumberSetting; readonly min: number }
  | { readonly type: "boolean"; readonly setting: BooleanSetting };

const number = (setting: NumberSetting, min: number): ConfigRow => ({ type: "number", setting, min });
const boolean = (setting: BooleanSetting): ConfigRow => ({ type: "boolean", setting });

/** Kafka's broker configs that mean something here, with the least value Kafka accepts. */
const CONFIGS: Readonly<Record<string, ConfigRow>> = {
  "auto.create.topics.enable": boolean("autoCreateTopicsEnable"),
  "delete.topic.enable": boolean("deleteTopicEnable"),
  "default.replication.factor": number("defaultReplicationFactor", 1),
  "fetch.max.bytes": number("fetchMaxBytes", 1024),
  "group.initial.rebalance.delay.ms": number("groupInitialRebalanceDelayMs", 0),
  "group.max.session.timeout.ms": number("groupMaxSessionTimeoutMs", 1),
  "group.max.size": number("groupMaxSize", 1),
  "group.min.session.timeout.ms": number("groupMinSessionTimeoutMs", 1),
  "message.max.bytes": number("messageMaxBytes", 0),
  "node.id": number("nodeId", 0),
  "num.partitions": number("numPartitions", 1),
  "offset.metadata.max.bytes": number("offsetMetadataMaxBytes", 0),
  "offsets.retention.minutes": number("offsetsRetentionMinutes", 1),
  "offsets.topic.num.partitions": number("offsetsTopicNumPartitions", 1),
  "socket.request.max.bytes": number("socketRequestMaxBytes", 1),
};

/** Names that `--config` takes. */
export const CONFIG_NAMES: readonly string[] = Object.keys(CONFIGS);

/** Broker settings from `name=value` pairs with Kafka's names. @throws code `USAGE` with the remedy */
export function brokerSettings(pairs: readonly string[]): Partial<BrokerSettings> {
  return Object.fromEntries(pairs.map(settingOf));
}

function settingOf(pair: string): readonly [string, number | boolean] {
  const at = pair.indexOf("=");
  const name = pair.slice(0, Math.max(at, 0)).trim();
  const text = pair.slice(at + 1).trim();
  if (at < 1) throw usageError(`--config takes name=value, but got "${pair}".`);
  const row = Object.hasOwn(CONFIGS, name) ? CONFIGS[name] : undefined;
  if (row === undefined) throw usageError(`--config does not know ${name}; it takes ${CONFIG_NAMES.join(", ")}.`);
  if (row.type === "boolean") {
    if (text !== "true" && text !== "false") throw usageError(`--config ${name} must be true or false, not "${text}".`);
    return [row.setting, text === "true"];
  }
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < row.min || value > 2_147_483_647) {
    throw usageError(`--config ${name} must be a whole number from ${row.min} to 2147483647, not "${text}".`);
  }
  return [row.setting, value];
}
