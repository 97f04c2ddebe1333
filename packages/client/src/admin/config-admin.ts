import type { DescribeConfigsResponse } from "@streambed/protocol";
import { codeError } from "../errors.ts";
import type {
  ConfigChange,
  ConfigEntry,
  ConfigResource,
  ConfigSource,
  ItemResult,
  ResourceConfigs,
} from "../admin-types.ts";
import { DESCRIBE_CONFIGS, INCREMENTAL_ALTER_CONFIGS } from "../apis/admin-apis.ts";
import type { Cluster, Destination } from "../cluster/cluster.ts";

type Signal = { readonly signal?: AbortSignal | undefined };
type Named = ItemResult<{ readonly type: ConfigResource["type"]; readonly name: string }>;

/** Kafka's ConfigResource.Type numbers. */
const TYPE_NUMBERS: { readonly [type in ConfigResource["type"]]: number } = { topic: 2, broker: 4, group: 32 };
/** Kafka's AlterConfigOp.OpType numbers. */
const OPERATION_NUMBERS: { readonly [operation in ConfigChange["operation"]]: number } = {
  set: 0,
  delete: 1,
  append: 2,
  subtract: 3,
};
/** Kafka's DescribeConfigsResponse.ConfigSource, by number. */
const SOURCES: readonly ConfigSource[] = [
  "UNKNOWN",
  "DYNAMIC_TOPIC_CONFIG",
  "DYNAMIC_BROKER_CONFIG",
  "DYNAMIC_DEFAULT_BROKER_CONFIG",
  "STATIC_BROKER_CONFIG",
  "DEFAULT_CONFIG",
  "DYNAMIC_BROKER_LOGGER_CONFIG",
  "CLIENT_METRICS_CONFIG",
  "GROUP_CONFIG",
];

/** Configs of a broker are known to that broker only; everybody knows the rest. */
function destinationOf({ type, name }: ConfigResource): Destination {
  return type === "broker" && /^\d+$/.test(name) ? { nodeId: Number(name) } : "any";
}

function destinationKey(resource: ConfigResource): string {
  return JSON.stringify(destinationOf(resource));
}

export async function describeConfigs(
  cluster: Cluster,
  resources: readonly ConfigResource[],
  options: Signal & { readonly includeSynonyms?: boolean; readonly includeDocumentation?: boolean },
): Promise<readonly ItemResult<ResourceConfigs>[]> {
  return perDestination(
    resources,
    (resource) => resource,
    async (to, members) => {
      const response = await cluster.call({
        api: DESCRIBE_CONFIGS,
        to,
        signal: options.signal,
        body: (version) => ({
          resources: members.map(({ type, name }) => ({
            resourceType: TYPE_NUMBERS[type],
            resourceName: name,
            configurationKeys: null,
          })),
          ...(version >= 1 && { includeSynonyms: options.includeSynonyms ?? false }),
          ...(version >= 3 && { includeDocumentation: options.includeDocumentation ?? false }),
        }),
      });
      return members.map(({ type, name }): ItemResult<ResourceConfigs> => {
        const answer = response.results.find(
          ({ resourceType, resourceName }) => resourceType === TYPE_NUMBERS[type] && resourceName === name,
        );
        if (answer?.errorCode === 0) return { ok: true, type, name, configs: answer.configs.map(entryOf) };
        const context = `Configs of ${type} ${name}`;
        return { ok: false, name, error: codeError(answer?.errorCode ?? -1, context, answer?.errorMessage) };
      });
    },
  );
}

function entryOf(config: DescribeConfigsResponse["results"][number]["configs"][number]): ConfigEntry {
  return {
    name: config.name,
    value: config.value,
    source: SOURCES[config.configSource] ?? "UNKNOWN",
    readOnly: config.readOnly,
    sensitive: config.isSensitive,
    documentation: config.documentation,
    type: config.configType,
    synonyms: config.synonyms.map(({ name, value, source }) => ({ name, value, source: SOURCES[source] ?? "UNKNOWN" })),
  };
}

export async function alterConfigs(
  cluster: Cluster,
  alterations: readonly { readonly resource: ConfigResource; readonly changes: readonly ConfigChange[] }[],
  options: Signal & { readonly validateOnly?: boolean },
): Promise<readonly Named[]> {
  return perDestination(
    alterations,
    ({ resource }) => resource,
    async (to, members) => {
      const response = await cluster.call({
        api: INCREMENTAL_ALTER_CONFIGS,
        to,
        signal: options.signal,
        body: () => ({
          resources: members.map(({ resource, changes }) => ({
            resourceType: TYPE_NUMBERS[resource.type],
            resourceName: resource.name,
            configs: changes.map(({ name, operation, value = null }) => ({
              name,
              configOperation: OPERATION_NUMBERS[operation],
              value,
            })),
          })),
          validateOnly: options.validateOnly ?? false,
        }),
      });
      return members.map(({ resource: { type, name } }): Named => {
        const answer = response.responses.find(
          ({ resourceType, resourceName }) => resourceType === TYPE_NUMBERS[type] && resourceName === name,
        );
        if (answer?.errorCode === 0) return { ok: true, type, name };
        const context = `Altering configs of ${type} ${name}`;
        return { ok: false, name, error: codeError(answer?.errorCode ?? -1, context, answer?.errorMessage) };
      });
    },
  );
}

/** One request per broker that must be asked; results in the order of the items. */
async function perDestination<Item, Result>(
  items: readonly Item[],
  resourceOf: (item: Item) => ConfigResource,
  ask: (to: Destination, members: readonly Item[]) => Promise<readonly Result[]>,
): Promise<readonly Result[]> {
  const results = new Map<Item, Result>();
  await Promise.all(
    [...Map.groupBy(items, (item) => destinationKey(resourceOf(item))).values()].map(async (members) => {
      const [first] = members;
      if (first === undefined) return;
      const to = destinationOf(resourceOf(first));
      const answers = await ask(to, members);
      members.forEach((item, at) => {
        const answer = answers[at];
        if (answer !== undefined) results.set(item, answer);
      });
    }),
  );
  return items.flatMap((item) => results.get(item) ?? []);
}
