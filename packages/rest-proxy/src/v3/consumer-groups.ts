import type { GroupDescription, GroupMember } from "@streambed/client";
import type { Context, Hono } from "hono";
import { notFound } from "../errors.ts";
import { type Proxy, segment, v3Json } from "../proxy.ts";
import { type Resources, resourcesOf } from "./resources.ts";

const GROUPS = "/v3/clusters/:cluster/consumer-groups";

/** Consumer groups, their members and what each member reads. */
export function consumerGroupRoutes(app: Hono, proxy: Proxy): void {
  app.get(GROUPS, async (c) => {
    const at = await resourcesOf(c, proxy);
    const listed = await proxy.client.admin.listGroups();
    const types = new Map(listed.map((group) => [group.groupId, group.type]));
    const described = await proxy.client.admin.describeGroups([...types.keys()].sort());
    const data = described
      .filter((group) => group.ok)
      .map((group) => toGroup(at, group, types.get(group.groupId) ?? ""));
    return v3Json(c, at.list("KafkaConsumerGroupList", ["consumer-groups"], data));
  });

  app.get(`${GROUPS}/:group`, async (c) => {
    const at = await resourcesOf(c, proxy);
    const group = await groupOf(c, proxy);
    const listed = await proxy.client.admin.listGroups();
    return v3Json(c, toGroup(at, group, listed.find((entry) => entry.groupId === group.groupId)?.type ?? ""));
  });

  app.get(`${GROUPS}/:group/consumers`, async (c) => {
    const at = await resourcesOf(c, proxy);
    const group = await groupOf(c, proxy);
    const data = group.members.map((member) => toConsumer(at, group, member));
    return v3Json(c, at.list("KafkaConsumerList", ["consumer-groups", group.groupId, "consumers"], data));
  });

  app.get(`${GROUPS}/:group/consumers/:consumer`, async (c) => {
    const at = await resourcesOf(c, proxy);
    const group = await groupOf(c, proxy);
    return v3Json(c, toConsumer(at, group, memberOf(c, group)));
  });

  app.get(`${GROUPS}/:group/consumers/:consumer/assignments`, async (c) => {
    const at = await resourcesOf(c, proxy);
    const group = await groupOf(c, proxy);
    const member = memberOf(c, group);
    const path = ["consumer-groups", group.groupId, "consumers", member.memberId, "assignments"];
    const data = member.assignment.map((partition) => toAssignment(at, group, { member, ...partition }));
    return v3Json(c, at.list("KafkaConsumerAssignmentList", path, data));
  });

  app.get(`${GROUPS}/:group/consumers/:consumer/assignments/:topic/partitions/:partition`, async (c) => {
    const at = await resourcesOf(c, proxy);
    const group = await groupOf(c, proxy);
    const member = memberOf(c, group);
    const [topic, number] = [segment(c, "topic"), segment(c, "partition")];
    const found = member.assignment.find((entry) => entry.topic === topic && String(entry.partition) === number);
    if (found === undefined) throw notFound("HTTP 404 Not Found. This consumer does not read that partition.");
    return v3Json(c, toAssignment(at, group, { member, ...found }));
  });
}

/** The group a path names. @throws RestError 404 when there is none; a dead group is none */
export async function groupOf(c: Context, proxy: Proxy): Promise<GroupDescription> {
  const groupId = segment(c, "group");
  const [group] = await proxy.client.admin.describeGroups([groupId]);
  if (group?.ok === true && group.state !== "Dead") return group;
  if (group?.ok === false && group.error.code !== "GROUP_ID_NOT_FOUND") throw group.error;
  throw notFound(
    `Consumer Group ${groupId} could not be found. GET /v3/clusters/{cluster_id}/consumer-groups lists them.`,
  );
}

function memberOf(c: Context, group: GroupDescription): GroupMember {
  const memberId = segment(c, "consumer");
  const member = group.members.find((candidate) => candidate.memberId === memberId);
  if (member !== undefined) return member;
  throw notFound(`Consumer ${memberId} does not exist. Members leave after a while without a heartbeat.`);
}

/** Kafka's `PreparingRebalance` as Confluent's `PREPARING_REBALANCE`. */
function upperSnake(name: string): string {
  return name === "" ? "UNKNOWN" : name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();
}

function toGroup(at: Resources, group: GroupDescription, type: string): object {
  const path = ["consumer-groups", group.groupId];
  return {
    ...at.head("KafkaConsumerGroup", path, [["consumer-group", group.groupId]]),
    consumer_group_id: group.groupId,
    is_simple: group.protocolType === "",
    partition_assignor: group.protocol,
    state: upperSnake(group.state),
    type: type === "" ? "CLASSIC" : type.toUpperCase(),
    is_mixed_consumer_group: false,
    coordinator: at.related("brokers", group.coordinator),
    consumers: at.related(...path, "consumers"),
    lag_summary: at.related(...path, "lag-summary"),
  };
}

function toConsumer(at: Resources, group: GroupDescription, member: GroupMember): object {
  const path = ["consumer-groups", group.groupId, "consumers", member.memberId];
  return {
    ...at.head("KafkaConsumer", path, [
      ["consumer-group", group.groupId],
      ["consumer", member.memberId],
    ]),
    consumer_group_id: group.groupId,
    consumer_id: member.memberId,
    instance_id: member.groupInstanceId,
    client_id: member.clientId,
    assignments: at.related(...path, "assignments"),
  };
}

interface Assignment {
  readonly member: GroupMember;
  readonly topic: string;
  readonly partition: number;
}

function toAssignment(at: Resources, { groupId }: GroupDescription, { member, topic, partition }: Assignment): object {
  const path = [
    "consumer-groups",
    groupId,
    "consumers",
    member.memberId,
    "assignments",
    topic,
    "partitions",
    partition,
  ];
  return {
    ...at.head("KafkaConsumerAssignment", path, [
      ["consumer-group", groupId],
      ["consumer", member.memberId],
      ["assignment", topic],
      ["partition", partition],
    ]),
    consumer_group_id: groupId,
    consumer_id: member.memberId,
    topic_name: topic,
    partition_id: partition,
    partition: at.related("topics", topic, "partitions", partition),
    lag: at.related("consumer-groups", groupId, "lags", topic, "partitions", partition),
  };
}
