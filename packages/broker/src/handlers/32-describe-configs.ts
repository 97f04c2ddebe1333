import type { ApiTypes } from "@streambed/protocol";
import type { BrokerCore } from "../broker-core.ts";
import { code, itemError } from "../kafka-error.ts";
import { brokerConfigs, CONFIG_SOURCE } from "../topics/broker-configs.ts";
import type { BrokerConfig } from "../topics/broker-configs.ts";
import { RESOURCE_TYPE } from "../topics/config-resources.ts";
import { describeTopicConfigs } from "../topics/describe-configs.ts";
import type { DescribedConfig } from "../topics/describe-configs.ts";
import { CONFIG_TYPE_NUMBERS } from "../topics/topic-configs.ts";
import { topicNameProblem } from "../topics/topic-name.ts";
import type { AnyHandler } from "./handler.ts";
import { handler } from "./handler.ts";

type Resource = ApiTypes["DescribeConfigs"]["request"]["resources"][number];
type Result = ApiTypes["DescribeConfigs"]["responseInput"]["results"][number];
type Config = Result["configs"][number];

/** DescribeConfigs: all configs in force with their source, for topics and for this broker. */
export const describeConfigsHandler: AnyHandler = handler({
  name: "DescribeConfigs",
  async handle(request, { broker }) {
    await broker.log.verifyTail([]);
    const results = request.resources.map((resource): Result => {
      const { resourceType, resourceName, configurationKeys } = resource;
      const described = describe(broker, resource, request.includeSynonyms);
      if ("errorCode" in described) return { ...described, resourceType, resourceName, configs: [] };
      // No names at all stand for all of them, like null.
      const wantsAll = configurationKeys === null || configurationKeys.length === 0;
      const configs = described.filter(({ name }) => wantsAll || configurationKeys.includes(name));
      return { errorCode: code("NONE"), errorMessage: null, resourceType, resourceName, configs };
    });
    return { throttleTimeMs: 0, results };
  },
});

function describe(
  broker: BrokerCore,
  resource: Resource,
  includeSynonyms: boolean,
): Config[] | ReturnType<typeof itemError> {
  const { resourceType, resourceName } = resource;
  switch (resourceType) {
    case RESOURCE_TYPE.topic: {
      const topic = broker.log.view.topicNamed(resourceName);
      const nameProblem = topicNameProblem(resourceName);
      if (nameProblem !== undefined) return itemError("INVALID_TOPIC_EXCEPTION", nameProblem);
      if (topic === undefined)
        return itemError("UNKNOWN_TOPIC_OR_PARTITION", `Topic '${resourceName}' does not exist.`);
      return describeTopicConfigs(topic.configs, broker.settings).map((config) =>
        configOf(config, { readOnly: false, includeSynonyms }),
      );
    }
    case RESOURCE_TYPE.broker:
      return describeBroker(broker, resourceName, includeSynonyms);
    default:
      return itemError(
        "INVALID_REQUEST",
        `Configs of resource type ${resourceType} are not served here; topics (2) and brokers (4) are.`,
      );
  }
}

/** The empty name asks for cluster-wide dynamic defaults, of which there are none. */
function describeBroker(
  broker: BrokerCore,
  name: string,
  includeSynonyms: boolean,
): Config[] | ReturnType<typeof itemError> {
  const { settings } = broker;
  if (name === "") return [];
  if (name !== String(settings.nodeId)) {
    return itemError(
      "INVALID_REQUEST",
      `Unexpected broker id, expected ${settings.nodeId} or empty string, but received ${name}`,
    );
  }
  return brokerConfigs(settings).map((config) => configOf(config, { readOnly: true, includeSynonyms }));
}

function configOf(
  { name, value, type, source, synonyms }: DescribedConfig | BrokerConfig,
  { readOnly, includeSynonyms }: { readonly readOnly: boolean; readonly includeSynonyms: boolean },
): Config {
  return {
    name,
    value,
    readOnly,
    configSource: CONFIG_SOURCE[source],
    isSensitive: false,
    synonyms: includeSynonyms ? synonyms.map((each) => ({ ...each, source: CONFIG_SOURCE[each.source] })) : [],
    configType: CONFIG_TYPE_NUMBERS[type],
    documentation: null,
  };
}
