import type { BrokerCore } from "../broker-core.ts";
import { code, controllerError, itemError } from "../kafka-error.ts";
import type { ItemError } from "../kafka-error.ts";
import { configProblem, configsContradiction } from "./config-problems.ts";

/** Kafka's numbers for what has configs. */
export const RESOURCE_TYPE = { topic: 2, broker: 4 } as const;

/** A resource whose configs are to change. */
export interface ConfigResource {
  readonly resourceType: number;
  readonly resourceName: string;
}

/** New overrides of a topic: null removes one. */
export type ConfigChanges = ReadonlyMap<string, string | null>;

/** Success, in the shape of an {@link ItemError}. */
export const NO_ERROR: { readonly errorCode: number; readonly errorMessage: null } = {
  errorCode: code("NONE"),
  errorMessage: null,
};

/** Why a resource that a request names must not be changed by it; undefined for those named once. */
export function repeatedResource(all: readonly ConfigResource[], one: ConfigResource): ItemError | undefined {
  const same = all.filter(
    ({ resourceType, resourceName }) => resourceType === one.resourceType && resourceName === one.resourceName,
  );
  return same.length > 1 ? itemError("INVALID_REQUEST", "Each resource must appear at most once.") : undefined;
}

function applied(current: ReadonlyMap<string, string>, changes: ConfigChanges): ReadonlyMap<string, string> {
  const merged = new Map(current);
  for (const [name, value] of changes) {
    if (value === null) merged.delete(name);
    else merged.set(name, value);
  }
  return merged;
}

/**
 * Changes a topic's configs. `changesFor` turns the present overrides into changes, or says what is wrong with the
 * request. Broker configs are set where the broker is started.
 */
export async function changeConfigs(
  broker: BrokerCore,
  resource: ConfigResource,
  changesFor: (current: ReadonlyMap<string, string>) => ConfigChanges | ItemError,
  validateOnly: boolean,
): Promise<ItemError | typeof NO_ERROR> {
  const { resourceType, resourceName } = resource;
  if (resourceType === RESOURCE_TYPE.broker) {
    return itemError(
      "INVALID_REQUEST",
      "Broker configs cannot be changed while it runs; start it with other settings.",
    );
  }
  if (resourceType !== RESOURCE_TYPE.topic) {
    return itemError(
      "INVALID_REQUEST",
      `Configs of resource type ${resourceType} are not served here; topics (2) are.`,
    );
  }
  if (resourceName === "") return itemError("INVALID_REQUEST", "Default topic resources are not allowed.");
  const topic = broker.log.view.topicNamed(resourceName);
  if (topic === undefined) return itemError("UNKNOWN_TOPIC_OR_PARTITION", `Topic '${resourceName}' does not exist.`);
  const changes = changesFor(topic.configs);
  if (!(changes instanceof Map)) return changes as ItemError;
  for (const [name, value] of changes as ConfigChanges) {
    const problem = value === null ? undefined : configProblem(name, value);
    if (problem !== undefined) return itemError("INVALID_CONFIG", problem);
  }
  const contradiction = configsContradiction(applied(topic.configs, changes as ConfigChanges), broker.settings);
  if (contradiction !== undefined) return itemError("INVALID_CONFIG", contradiction);
  if (validateOnly || changes.size === 0) return NO_ERROR;
  try {
    await broker.log.command({ kind: "alter-configs", topicId: topic.topicId, changes });
    return NO_ERROR;
  } catch (error) {
    return controllerError(error);
  }
}
