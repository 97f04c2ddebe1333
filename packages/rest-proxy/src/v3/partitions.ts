import type { PartitionDescription } from "@streambed/client";
import type { Context, Hono } from "hono";
import { describePartition, describeTopic, edgeOffsets, partitionsOf } from "../describe-topic.ts";
import { badRequest, partitionNotFound } from "../errors.ts";
import { numberSegment } from "../http/numbers.ts";
import { type Proxy, segment, v3Json } from "../proxy.ts";
import { type Resources, resourcesOf } from "./resources.ts";

const PARTITIONS = "/v3/clusters/:cluster/topics/:topic/partitions";

/** Partitions of a topic, their offsets and replicas. */
export function partitionRoutes(app: Hono, proxy: Proxy): void {
  app.get(PARTITIONS, async (c) => {
    const at = await resourcesOf(c, proxy);
    const topic = segment(c, "topic");
    const partitions = partitionsOf(await describeTopic(proxy, topic));
    const data = partitions.map((partition) => toPartition(at, topic, partition));
    return v3Json(c, at.list("KafkaPartitionList", ["topics", topic, "partitions"], data));
  });

  app.get(`${PARTITIONS}/:partition`, async (c) => {
    const at = await resourcesOf(c, proxy);
    return v3Json(c, toPartition(at, segment(c, "topic"), await partitionOf(c, proxy)));
  });

  app.get(`${PARTITIONS}/:partition/offset`, async (c) => {
    const at = await resourcesOf(c, proxy);
    const type = c.req.query("offset_type") ?? "earliest_and_latest";
    if (type !== "earliest_and_latest") {
      throw badRequest(`offset_type:${type.slice(0, 40)} is invalid; use earliest_and_latest.`);
    }
    const topic = segment(c, "topic");
    const { partition } = await partitionOf(c, proxy);
    const { earliest, latest } = await edgeOffsets(proxy, topic, partition);
    const head = at.head(
      "KafkaPartitionWithOffsets",
      ["topics", topic, "partitions", partition, "offset"],
      [
        ["topic", topic],
        ["partition", partition],
        ["offset_type", type],
      ],
    );
    const ids = { topic_name: topic, partition_id: partition };
    return v3Json(c, { ...head, ...ids, earliest_offset: earliest, latest_offset: latest });
  });

  app.get(`${PARTITIONS}/:partition/replicas`, async (c) => {
    const at = await resourcesOf(c, proxy);
    const topic = segment(c, "topic");
    const partition = await partitionOf(c, proxy);
    const data = partition.replicas.map((broker) => toReplica(at, { topic, partition, broker }));
    const path = ["topics", topic, "partitions", partition.partition, "replicas"];
    return v3Json(c, at.list("KafkaReplicaList", path, data));
  });

  app.get(`${PARTITIONS}/:partition/replicas/:broker`, async (c) => {
    const at = await resourcesOf(c, proxy);
    const partition = await partitionOf(c, proxy);
    const broker = partition.replicas.find((id) => id === numberSegment(segment(c, "broker")));
    const topic = segment(c, "topic");
    if (broker === undefined) throw partitionNotFound(topic, `with a replica on broker ${segment(c, "broker")}`);
    return v3Json(c, toReplica(at, { topic, partition, broker }));
  });
}

/** The partition a path names. @throws RestError 404/40403 without such a topic, 404/40402 without such a partition */
export async function partitionOf(c: Context, proxy: Proxy): Promise<PartitionDescription> {
  const [topic, number] = [segment(c, "topic"), segment(c, "partition")];
  const partition = await describePartition(proxy, topic, number);
  if (partition === null) throw partitionNotFound(topic, number);
  return partition;
}

function toPartition(at: Resources, topic: string, { partition, leader }: PartitionDescription): object {
  const path = ["topics", topic, "partitions", partition];
  return {
    ...at.head("KafkaPartition", path, [
      ["topic", topic],
      ["partition", partition],
    ]),
    topic_name: topic,
    partition_id: partition,
    ...(leader < 0 ? {} : { leader: at.related(...path, "replicas", leader) }),
    replicas: at.related(...path, "replicas"),
    reassignment: at.related(...path, "reassignment"),
  };
}

interface Replica {
  readonly topic: string;
  readonly partition: PartitionDescription;
  readonly broker: number;
}

function toReplica(at: Resources, { topic, partition, broker }: Replica): object {
  return {
    ...at.head(
      "KafkaReplica",
      ["topics", topic, "partitions", partition.partition, "replicas", broker],
      [
        ["topic", topic],
        ["partition", partition.partition],
        ["replica", broker],
      ],
    ),
    topic_name: topic,
    partition_id: partition.partition,
    broker_id: broker,
    is_leader: broker === partition.leader,
    is_in_sync: partition.isr.includes(broker),
    broker: at.related("brokers", broker),
  };
}
