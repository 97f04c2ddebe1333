import type { PartitionDescription } from "@streambed/client";
import type { Hono } from "hono";
import { describePartition, describeTopic, edgeOffsets, partitionsOf } from "../describe-topic.ts";
import { partitionNotFound } from "../errors.ts";
import { type Proxy, segment, v2Json } from "../proxy.ts";

/** `GET /topics…`: names, one topic, its partitions and their offsets. */
export function topicRoutes(app: Hono, proxy: Proxy): void {
  app.get("/topics", async (c) => {
    const topics = await proxy.client.admin.listTopics();
    return v2Json(c, topics.map((topic) => topic.name).sort());
  });

  app.get("/topics/:topic", async (c) => {
    const name = segment(c, "topic");
    const topic = await describeTopic(proxy, name);
    const [described] = await proxy.client.admin.describeConfigs([{ type: "topic", name }]);
    if (described?.ok === false) throw described.error;
    const configs = Object.fromEntries((described?.configs ?? []).map((config) => [config.name, config.value]));
    return v2Json(c, { name: topic.name, configs, partitions: partitionsOf(topic).map(toPartition) });
  });

  app.get("/topics/:topic/partitions", async (c) => {
    const topic = await describeTopic(proxy, segment(c, "topic"));
    return v2Json(c, partitionsOf(topic).map(toPartition));
  });

  app.get("/topics/:topic/partitions/:partition", async (c) => {
    const [topic, number] = [segment(c, "topic"), segment(c, "partition")];
    const partition = await describePartition(proxy, topic, number);
    if (partition === null) throw partitionNotFound(topic, number);
    return v2Json(c, toPartition(partition));
  });

  app.get("/topics/:topic/partitions/:partition/offsets", async (c) => {
    const [topic, number] = [segment(c, "topic"), segment(c, "partition")];
    const partition = await describePartition(proxy, topic, number);
    if (partition === null) throw partitionNotFound(topic, number);
    const { earliest, latest } = await edgeOffsets(proxy, topic, partition.partition);
    return v2Json(c, { beginning_offset: earliest, end_offset: latest });
  });
}

function toPartition(description: PartitionDescription): object {
  const { partition, leader, replicas, isr } = description;
  return {
    partition,
    leader,
    replicas: replicas.map((broker) => ({ broker, leader: broker === leader, in_sync: isr.includes(broker) })),
  };
}
