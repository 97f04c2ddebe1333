import { configValue, TOPIC_CONFIGS } from "./topic-configs.ts";
import type { ConfigType } from "./topic-configs.ts";

/** Where a value comes from, with Kafka's numbers on the wire. */
export const CONFIG_SOURCE = { topic: 1, "static-broker": 4, default: 5 } as const;

/** A config with the value in force. */
export interface DescribedConfig {
  readonly name: string;
  readonly value: string;
  readonly type: ConfigType;
  readonly source: keyof typeof CONFIG_SOURCE;
  /** All values that could be in force, the one in force first. */
  readonly synonyms: readonly {
    readonly name: string;
    readonly value: string;
    readonly source: keyof typeof CONFIG_SOURCE;
  }[];
}

/** All topic configs in force, sorted by name. */
export function describeTopicConfigs(overrides: ReadonlyMap<string, string>): DescribedConfig[] {
  return [...TOPIC_CONFIGS.values()].map((config) => {
    const own = overrides.get(config.name);
    const set = own === undefined ? [] : [{ name: config.name, value: own, source: "topic" } as const];
    // Configs without a broker config behind them have no other value to fall back to.
    const { brokerName, defaultValue } = config;
    const fallback = brokerName === null ? [] : [{ name: brokerName, value: defaultValue, source: "default" } as const];
    const synonyms = [...set, ...fallback];
    const source = own === undefined ? "default" : "topic";
    return { name: config.name, value: configValue(overrides, config.name), type: config.type, source, synonyms };
  });
}
