import type { NewTopic, TopicDescription } from "@streambed/client";
import { type V3CreateTopic, v3CreateTopic, v3PartitionsCount } from "@streambed/contracts";
import type { Hono } from "hono";
import { describeTopic } from "../describe-topic.ts";
import { invalidPayload, unknownTopic } from "../errors.ts";
import { shape } from "../http/body.ts";
import { noContent, type Proxy, segment, v3Body, v3Json } from "../proxy.ts";
import { isUnknownTopic } from "../rest-error.ts";
import { type Resources, resourcesOf } from "./resources.ts";

const TOPICS = "/v3/clusters/:cluster/topics";
/** Names Kafka allows: 1 to 249 of these characters, and neither dot alone. */
const TOPIC_NAME = /^(?!\.{1,2}$)[\w.-]{1,249}$/;

/** Topics. */
export function topicRoutes(app: Hono, proxy: Proxy): void {
  app.get(TOPICS, async (c) => {
    const at = await resourcesOf(c, proxy);
    const names = (await proxy.client.admin.listTopics()).map((topic) => topic.name).sort();
    const described = await proxy.client.admin.describeTopics(names);
    // A topic deleted between the two calls is simply no longer there.
    const topics = described.filter((topic) => topic.ok).map((topic) => toTopic(at, factsOf(topic)));
    return v3Json(c, at.list("KafkaTopicList", ["topics"], topics));
  });

  app.post(TOPICS, async (c) => {
    const at = await resourcesOf(c, proxy);
    const body = await v3Body(c, proxy);
    if (body === null) throw invalidPayload("Request body is empty. Data is required.");
    return createTopic(at, proxy, shape(v3CreateTopic, body, { missing: 400 })).then(({ topic, created }) => {
      const response = v3Json(c, topic, created ? 201 : 200);
      response.headers.set("location", topic.metadata.self);
      return response;
    });
  });

  app.get(`${TOPICS}/:topic`, async (c) => {
    const at = await resourcesOf(c, proxy);
    return v3Json(c, toTopic(at, factsOf(await describeTopic(proxy, segment(c, "topic")))));
  });

  app.patch(`${TOPICS}/:topic`, async (c) => {
    const at = await resourcesOf(c, proxy);
    const name = segment(c, "topic");
    const body = await v3Body(c, proxy);
    if (body === null) throw invalidPayload("Request body is empty. Partitions_count is required.");
    const { partitions_count: totalCount } = shape(v3PartitionsCount, body, { missing: 400 });
    const [outcome] = await proxy.client.admin.createPartitions([{ name, totalCount }]);
    if (outcome?.ok === false) throw isUnknownTopic(outcome.error) ? unknownTopic(name) : outcome.error;
    return v3Json(c, toTopic(at, factsOf(await describeTopic(proxy, name))));
  });

  app.delete(`${TOPICS}/:topic`, async (c) => {
    await resourcesOf(c, proxy);
    const name = segment(c, "topic");
    const [outcome] = await proxy.client.admin.deleteTopics([name]);
    if (outcome?.ok === false) throw isUnknownTopic(outcome.error) ? unknownTopic(name) : outcome.error;
    return noContent();
  });
}

interface Facts {
  readonly name: string;
  readonly internal: boolean;
  readonly replicationFactor: number;
  readonly partitionCount: number;
}

interface TopicBody {
  readonly metadata: { readonly self: string };
}

async function createTopic(
  at: Resources,
  proxy: Proxy,
  request: V3CreateTopic,
): Promise<{ readonly topic: TopicBody; readonly created: boolean }> {
  const topic = toNewTopic(request);
  const validateOnly = request.validate_only ?? false;
  const [outcome] = await proxy.client.admin.createTopics([topic], { validateOnly });
  if (outcome === undefined || !outcome.ok) throw outcome?.error ?? invalidPayload("The broker did not answer.");
  const facts: Facts = {
    name: topic.name,
    internal: false,
    replicationFactor: outcome.replicationFactor >= 0 ? outcome.replicationFactor : (topic.replicationFactor ?? 0),
    partitionCount: outcome.numPartitions >= 0 ? outcome.numPartitions : (topic.numPartitions ?? 0),
  };
  return { topic: toTopic(at, facts), created: !validateOnly };
}

/** @throws RestError 422 for a name Kafka does not allow */
function toNewTopic(request: V3CreateTopic): NewTopic {
  const name = request.topic_name;
  if (!TOPIC_NAME.test(name)) {
    throw invalidPayload("Invalid topic name. Use 1 to 249 of the characters a-z, A-Z, 0-9, '.', '_' and '-'.");
  }
  const configs = (request.configs ?? []).filter((config) => typeof config.value === "string");
  const assignments = Object.entries(request.replicas_assignments ?? {});
  const counts =
    assignments.length > 0
      ? { assignments: assignments.map(([partition, brokerIds]) => ({ partition: Number(partition), brokerIds })) }
      : {
          ...(typeof request.partitions_count === "number" ? { numPartitions: request.partitions_count } : {}),
          ...(typeof request.replication_factor === "number" ? { replicationFactor: request.replication_factor } : {}),
        };
  return { name, ...counts, configs: Object.fromEntries(configs.map((config) => [config.name, config.value ?? ""])) };
}

function factsOf(topic: TopicDescription): Facts {
  return {
    name: topic.name,
    internal: topic.internal,
    replicationFactor: topic.partitions[0]?.replicas.length ?? 0,
    partitionCount: topic.partitions.length,
  };
}

function toTopic(at: Resources, topic: Facts): TopicBody {
  const path = ["topics", topic.name];
  return {
    ...at.head("KafkaTopic", path, [["topic", topic.name]]),
    topic_name: topic.name,
    is_internal: topic.internal,
    replication_factor: topic.replicationFactor,
    partitions_count: topic.partitionCount,
    partitions: at.related(...path, "partitions"),
    configs: at.related(...path, "configs"),
    partition_reassignments: at.related(...path, "partitions", "-", "reassignment"),
    authorized_operations: [],
  } as object as TopicBody;
}
