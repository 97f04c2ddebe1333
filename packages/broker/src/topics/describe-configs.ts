import type { BrokerSettings } from "../settings.ts";
import { synonymsOf } from "./broker-configs.ts";
import type { ConfigSynonym } from "./broker-configs.ts";
import { configValue } from "./config-values.ts";
import { TOPIC_CONFIGS } from "./topic-configs.ts";
import type { ConfigType } from "./topic-configs.ts";

/** A config with the value in force. */
export interface DescribedConfig {
  readonly name: string;
  readonly value: string;
  readonly type: ConfigType;
  readonly source: ConfigSynonym["source"];
  /** All values that could be in force, the one in force first. */
  readonly synonyms: readonly ConfigSynonym[];
}

/** All topic configs in force, sorted by name. */
export function describeTopicConfigs(
  overrides: ReadonlyMap<string, string>,
  settings: BrokerSettings,
): DescribedConfig[] {
  const brokerSynonyms = synonymsOf(settings);
  return [...TOPIC_CONFIGS.values()].map(({ name, type, brokerName }) => {
    const own = overrides.get(name);
    const set = own === undefined ? [] : [{ name, value: own, source: "topic" } as const];
    // Configs without a broker config behind them have no other value to fall back to.
    const synonyms = [...set, ...(brokerName === null ? [] : brokerSynonyms(brokerName))];
    const source = synonyms[0]?.source ?? "default";
    return { name, value: configValue(overrides, name, settings), type, source, synonyms };
  });
}
