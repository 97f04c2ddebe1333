import type { ConfigChange, ConfigEntry } from "@streambed/client";
import { v3AlterConfigs, v3UpdateConfig } from "@streambed/contracts";
import type { Context, Hono } from "hono";
import { invalidPayload, notFound, unknownTopic } from "../errors.ts";
import { shape } from "../http/body.ts";
import { noContent, type Proxy, segment, v3Body, v3Json } from "../proxy.ts";
import { isUnknownTopic } from "../rest-error.ts";
import { type Resources, resourcesOf } from "./resources.ts";

const CONFIGS = "/v3/clusters/:cluster/topics/:topic/configs";

/** Configs of a topic. */
export function topicConfigRoutes(app: Hono, proxy: Proxy): void {
  app.get(CONFIGS, async (c) => {
    const at = await resourcesOf(c, proxy);
    const topic = segment(c, "topic");
    const configs = await topicConfigs(proxy, topic);
    const data = configs.map((config) => toTopicConfig(at, topic, config));
    return v3Json(c, at.list("KafkaTopicConfigList", ["topics", topic, "configs"], data));
  });

  app.post(`${CONFIGS}:alter`, async (c) => {
    const at = await resourcesOf(c, proxy);
    const body = await v3Body(c, proxy);
    if (body === null) throw invalidPayload("Request body is empty. Data is required.");
    const { data, validate_only: validateOnly } = shape(v3AlterConfigs, body, { missing: 400 });
    const changes = data.map(({ name, value, operation }): ConfigChange =>
      operation === "DELETE" ? { name, operation: "delete" } : { name, operation: "set", value: value ?? null },
    );
    await alter(at, proxy, { topic: segment(c, "topic"), changes, validateOnly: validateOnly ?? false });
    return noContent();
  });

  app.get(`${CONFIGS}/:name`, async (c) => {
    const at = await resourcesOf(c, proxy);
    const [topic, name] = [segment(c, "topic"), segment(c, "name")];
    const config = (await topicConfigs(proxy, topic)).find((candidate) => candidate.name === name);
    if (config === undefined) throw notFound(`HTTP 404 Not Found. Topics have no config '${name}'.`);
    return v3Json(c, toTopicConfig(at, topic, config));
  });

  app.put(`${CONFIGS}/:name`, async (c) => {
    const body = shape(v3UpdateConfig, (await v3Body(c, proxy)) ?? {}, { missing: 400 });
    return change(c, proxy, { name: segment(c, "name"), operation: "set", value: body.value ?? null });
  });

  app.delete(`${CONFIGS}/:name`, (c) => change(c, proxy, { name: segment(c, "name"), operation: "delete" }));
}

async function change(c: Context, proxy: Proxy, wanted: ConfigChange): Promise<Response> {
  const at = await resourcesOf(c, proxy);
  await alter(at, proxy, { topic: segment(c, "topic"), changes: [wanted], validateOnly: false });
  return noContent();
}

interface Alteration {
  readonly topic: string;
  readonly changes: readonly ConfigChange[];
  readonly validateOnly: boolean;
}

/** Checks the names first: Kafka itself would accept a change of a config nobody knows on some versions. */
async function alter(at: Resources, proxy: Proxy, { topic, changes, validateOnly }: Alteration): Promise<void> {
  const known = new Set((await topicConfigs(proxy, topic)).map((config) => config.name));
  const unknown = changes.find((wanted) => !known.has(wanted.name));
  if (unknown !== undefined) {
    throw notFound(`Config ${unknown.name} cannot be found for TOPIC ${topic} in cluster ${at.clusterId}.`);
  }
  const [outcome] = await proxy.client.admin.alterConfigs([{ resource: { type: "topic", name: topic }, changes }], {
    validateOnly,
  });
  if (outcome?.ok === false) throw outcome.error;
}

async function topicConfigs(proxy: Proxy, topic: string): Promise<readonly ConfigEntry[]> {
  const resource = { type: "topic", name: topic } as const;
  const [described] = await proxy.client.admin.describeConfigs([resource], { includeSynonyms: true });
  if (described?.ok === false) throw isUnknownTopic(described.error) ? unknownTopic(topic) : described.error;
  return described?.configs ?? [];
}

function toTopicConfig(at: Resources, topic: string, config: ConfigEntry): object {
  return {
    ...at.head(
      "KafkaTopicConfig",
      ["topics", topic, "configs", config.name],
      [
        ["topic", topic],
        ["config", config.name],
      ],
    ),
    topic_name: topic,
    ...toConfig(config),
  };
}

/** Fields every config answer has. */
export function toConfig(config: ConfigEntry): object {
  return {
    name: config.name,
    value: config.value,
    is_default: config.source === "DEFAULT_CONFIG",
    is_read_only: config.readOnly,
    is_sensitive: config.sensitive,
    source: config.source,
    synonyms: config.synonyms.map(({ name, value, source }) => ({ name, value, source })),
  };
}
