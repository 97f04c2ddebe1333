import type { ApiTypes } from "@streambed/protocol";
import { itemError } from "../kafka-error.ts";
import type { ItemError } from "../kafka-error.ts";
import type { BrokerSettings } from "../settings.ts";
import type { ConfigChanges } from "../topics/config-resources.ts";
import { changeConfigs, repeatedResource } from "../topics/config-resources.ts";
import { configValue } from "../topics/config-values.ts";
import { listItems, TOPIC_CONFIGS } from "../topics/topic-configs.ts";
import type { AnyHandler } from "./handler.ts";
import { handler } from "./handler.ts";

type Config = ApiTypes["IncrementalAlterConfigs"]["request"]["resources"][number]["configs"][number];

const OPERATION = { set: 0, delete: 1, append: 2, subtract: 3 } as const;

/** IncrementalAlterConfigs (KIP-339): sets, removes, or adds to and takes from lists. */
export const incrementalAlterConfigsHandler: AnyHandler = handler({
  name: "IncrementalAlterConfigs",
  async handle(request, { broker }) {
    await broker.log.verifyTail([]);
    const responses = request.resources.map(async ({ resourceType, resourceName, configs }) => {
      const resource = { resourceType, resourceName };
      const repeated = repeatedResource(request.resources, resource);
      const changesFor = (current: ReadonlyMap<string, string>) => change(current, configs, broker.settings);
      const outcome = repeated ?? (await changeConfigs(broker, resource, changesFor, request.validateOnly));
      return { ...outcome, resourceType, resourceName };
    });
    return { throttleTimeMs: 0, responses: await Promise.all(responses) };
  },
});

function change(
  current: ReadonlyMap<string, string>,
  configs: readonly Config[],
  settings: BrokerSettings,
): ConfigChanges | ItemError {
  const changes = new Map<string, string | null>();
  for (const config of configs) {
    if (changes.has(config.name))
      return itemError("INVALID_REQUEST", `Error due to duplicate config keys: ${config.name}`);
    const value = newValue(current, config, settings);
    if (value !== null && typeof value !== "string") return value;
    changes.set(config.name, value);
  }
  return changes;
}

function newValue(
  current: ReadonlyMap<string, string>,
  config: Config,
  settings: BrokerSettings,
): string | null | ItemError {
  const { name, value, configOperation } = config;
  if (configOperation === OPERATION.delete) return null;
  if (!TOPIC_CONFIGS.has(name)) return itemError("INVALID_CONFIG", `Unknown topic config name: ${name}`);
  if (value === null) return itemError("INVALID_REQUEST", `Null value not supported for: ${name}`);
  if (configOperation === OPERATION.set) return value;
  if (configOperation !== OPERATION.append && configOperation !== OPERATION.subtract) {
    return itemError("INVALID_REQUEST", `Unknown config operation ${configOperation} for: ${name}`);
  }
  if (TOPIC_CONFIGS.get(name)?.type !== "list") {
    return itemError("INVALID_CONFIG", `Config value append or subtract is not allowed for config key: ${name}`);
  }
  const items = listItems(configValue(current, name, settings));
  const given = listItems(value);
  if (configOperation === OPERATION.subtract) return items.filter((item) => !given.includes(item)).join(",");
  return [...new Set([...items, ...given])].join(",");
}
