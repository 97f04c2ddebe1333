import type { GroupDescription, GroupMember } from "@streambed/client";
import type { Context, Hono } from "hono";
import { notFound } from "../errors.ts";
import { type Proxy, segment, v3Json } from "../proxy.ts";
import { groupOf } from "./consumer-groups.ts";
import { type Resources, resourcesOf } from "./resources.ts";

const GROUP = "/v3/clusters/:cluster/consumer-groups/:group";

/** How far a group is behind. */
export function lagRoutes(app: Hono, proxy: Proxy): void {
  app.get(`${GROUP}/lag-summary`, async (c) => {
    const at = await resourcesOf(c, proxy);
    const { group, lags } = await lagsOf(c, proxy);
    return v3Json(c, toSummary(at, group, lags));
  });

  app.get(`${GROUP}/lags`, async (c) => {
    const at = await resourcesOf(c, proxy);
    const { group, lags } = await lagsOf(c, proxy);
    const data = lags.map((lag) => toLag(at, group, lag));
    return v3Json(c, at.list("KafkaConsumerLagList", ["consumer-groups", group.groupId, "lags"], data));
  });

  app.get(`${GROUP}/lags/:topic/partitions/:partition`, async (c) => {
    const at = await resourcesOf(c, proxy);
    const { group, lags } = await lagsOf(c, proxy);
    const [topic, number] = [segment(c, "topic"), segment(c, "partition")];
    const lag = lags.find((entry) => entry.topic === topic && String(entry.partition) === number);
    if (lag === undefined) throw notFound("HTTP 404 Not Found. The group has committed no offset for that partition.");
    return v3Json(c, toLag(at, group, lag));
  });
}

interface Lag {
  readonly topic: string;
  readonly partition: number;
  readonly member: GroupMember | undefined;
  readonly current: number;
  readonly end: number;
}

/** Partitions the group has committed offsets for, and whose end can be told. */
async function lagsOf(c: Context, proxy: Proxy): Promise<{ readonly group: GroupDescription; readonly lags: Lag[] }> {
  const group = await groupOf(c, proxy);
  const committed = await proxy.client.admin.fetchOffsets(group.groupId);
  if (committed.length === 0) {
    throw notFound("Consumer group offsets could not be found. The group has committed none yet.");
  }
  const ends = await proxy.client.admin.listOffsets(
    committed.map(({ topic, partition }) => ({ topic, partition, spec: "latest" })),
  );
  const lags = committed.flatMap((place, at): Lag[] => {
    const end = ends[at];
    if (end?.ok !== true) return [];
    const member = group.members.find((candidate) =>
      candidate.assignment.some((entry) => entry.topic === place.topic && entry.partition === place.partition),
    );
    return [{ topic: place.topic, partition: place.partition, member, current: place.offset, end: end.offset }];
  });
  return { group, lags };
}

function toLag(at: Resources, { groupId }: GroupDescription, lag: Lag): object {
  return {
    ...at.head(
      "KafkaConsumerLag",
      ["consumer-groups", groupId, "lags", lag.topic, "partitions", lag.partition],
      [
        ["consumer-group", groupId],
        ["lag", lag.topic],
        ["partition", lag.partition],
      ],
    ),
    consumer_group_id: groupId,
    topic_name: lag.topic,
    partition_id: lag.partition,
    consumer_id: lag.member?.memberId ?? "",
    instance_id: lag.member?.groupInstanceId ?? null,
    client_id: lag.member?.clientId ?? "",
    current_offset: lag.current,
    log_end_offset: lag.end,
    lag: lag.end - lag.current,
  };
}

/** @throws RestError 404 when the end of no partition could be told */
function toSummary(at: Resources, { groupId }: GroupDescription, lags: readonly Lag[]): object {
  const [worst] = lags.toSorted((left, right) => right.end - right.current - (left.end - left.current));
  if (worst === undefined) throw notFound("Consumer group offsets could not be found. Its topics are gone.");
  const consumerId = worst.member?.memberId ?? "";
  return {
    ...at.head(
      "KafkaConsumerGroupLagSummary",
      ["consumer-groups", groupId, "lag-summary"],
      [
        ["consumer-group", groupId],
        ["lag-summary", null],
      ],
    ),
    consumer_group_id: groupId,
    max_lag_consumer_id: consumerId,
    max_lag_instance_id: worst.member?.groupInstanceId ?? null,
    max_lag_client_id: worst.member?.clientId ?? "",
    max_lag_topic_name: worst.topic,
    max_lag_partition_id: worst.partition,
    max_lag: worst.end - worst.current,
    total_lag: lags.reduce((sum, lag) => sum + lag.end - lag.current, 0),
    max_lag_consumer: at.related("consumer-groups", groupId, "consumers", consumerId),
    max_lag_partition: at.related("topics", worst.topic, "partitions", worst.partition),
  };
}
