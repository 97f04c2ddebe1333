import { beforeEach, expect, test } from "vitest";
import { errorOf, type Harness, ORIGIN, restHarness } from "./rest-harness.ts";

const C = "/v3/clusters/cluster-1";
const G = `${C}/consumer-groups/g`;
const BASE = `${ORIGIN}${C}`;
const related = (path: string): object => ({ related: `${BASE}${path}` });

let rest: Harness;
beforeEach(() => {
  rest = restHarness();
  rest.cluster.create("orders", 2);
  for (let at = 0; at < 10; at++) rest.cluster.append("orders", { value: null, partition: at % 2 });
  rest.cluster.groups.set("g", {
    groupId: "g",
    state: "PreparingRebalance",
    protocolType: "consumer",
    protocol: "range",
    coordinator: 1,
    members: [
      {
        memberId: "m-1",
        groupInstanceId: null,
        clientId: "c",
        clientHost: "/127.0.0.1",
        assignment: [{ topic: "orders", partition: 0 }],
      },
    ],
  });
});

function commit(partition: number, offset: number): void {
  const group = rest.cluster.committed.get("g") ?? new Map();
  group.set(`orders-${partition}`, { topic: "orders", partition, offset, metadata: null, leaderEpoch: -1 });
  rest.cluster.committed.set("g", group);
}

const group = {
  kind: "KafkaConsumerGroup",
  metadata: { self: `${BASE}/consumer-groups/g`, resource_name: "crn:///kafka=cluster-1/consumer-group=g" },
  cluster_id: "cluster-1",
  consumer_group_id: "g",
  is_simple: false,
  partition_assignor: "range",
  state: "PREPARING_REBALANCE",
  type: "CLASSIC",
  is_mixed_consumer_group: false,
  coordinator: related("/brokers/1"),
  consumers: related("/consumer-groups/g/consumers"),
  lag_summary: related("/consumer-groups/g/lag-summary"),
};

const consumer = {
  kind: "KafkaConsumer",
  metadata: {
    self: `${BASE}/consumer-groups/g/consumers/m-1`,
    resource_name: "crn:///kafka=cluster-1/consumer-group=g/consumer=m-1",
  },
  cluster_id: "cluster-1",
  consumer_group_id: "g",
  consumer_id: "m-1",
  instance_id: null,
  client_id: "c",
  assignments: related("/consumer-groups/g/consumers/m-1/assignments"),
};

test("groups are listed and read", async () => {
  expect((await rest.call("GET", `${C}/consumer-groups`)).body).toEqual({
    kind: "KafkaConsumerGroupList",
    metadata: { self: `${BASE}/consumer-groups`, next: null },
    data: [group],
  });
  expect((await rest.call("GET", G)).body).toEqual(group);
});

test("members and what they read", async () => {
  expect((await rest.call("GET", `${G}/consumers`)).body).toMatchObject({
    kind: "KafkaConsumerList",
    data: [consumer],
  });
  expect((await rest.call("GET", `${G}/consumers/m-1`)).body).toEqual(consumer);
  const path = "/consumer-groups/g/consumers/m-1/assignments";
  const assignment = {
    kind: "KafkaConsumerAssignment",
    metadata: {
      self: `${BASE}${path}/orders/partitions/0`,
      resource_name: "crn:///kafka=cluster-1/consumer-group=g/consumer=m-1/assignment=orders/partition=0",
    },
    cluster_id: "cluster-1",
    consumer_group_id: "g",
    consumer_id: "m-1",
    topic_name: "orders",
    partition_id: 0,
    partition: related("/topics/orders/partitions/0"),
    lag: related("/consumer-groups/g/lags/orders/partitions/0"),
  };
  expect((await rest.call("GET", `${C}${path}`)).body).toEqual({
    kind: "KafkaConsumerAssignmentList",
    metadata: { self: `${BASE}${path}`, next: null },
    data: [assignment],
  });
  expect((await rest.call("GET", `${C}${path}/orders/partitions/0`)).body).toEqual(assignment);
  expect((await rest.call("GET", `${C}${path}/orders/partitions/1`)).status).toBe(404);
  expect(errorOf(await rest.call("GET", `${G}/consumers/other`))).toEqual([
    404,
    404,
    "Consumer other does not exist. Members leave after a while without a heartbeat.",
  ]);
});

test("lags of all partitions with a committed offset", async () => {
  commit(0, 4);
  commit(1, 2);
  const lag = (partition: number, current: number, memberId: string): object => ({
    kind: "KafkaConsumerLag",
    metadata: {
      self: `${BASE}/consumer-groups/g/lags/orders/partitions/${partition}`,
      resource_name: `crn:///kafka=cluster-1/consumer-group=g/lag=orders/partition=${partition}`,
    },
    cluster_id: "cluster-1",
    consumer_group_id: "g",
    topic_name: "orders",
    partition_id: partition,
    consumer_id: memberId,
    instance_id: null,
    client_id: memberId === "" ? "" : "c",
    current_offset: current,
    log_end_offset: 5,
    lag: 5 - current,
  });
  expect((await rest.call("GET", `${G}/lags`)).body).toEqual({
    kind: "KafkaConsumerLagList",
    metadata: { self: `${BASE}/consumer-groups/g/lags`, next: null },
    data: [lag(0, 4, "m-1"), lag(1, 2, "")],
  });
  expect((await rest.call("GET", `${G}/lags/orders/partitions/0`)).body).toEqual(lag(0, 4, "m-1"));
  expect((await rest.call("GET", `${G}/lags/orders/partitions/9`)).status).toBe(404);
});

test("the summary names the worst partition", async () => {
  commit(0, 1);
  commit(1, 2);
  expect((await rest.call("GET", `${G}/lag-summary`)).body).toEqual({
    kind: "KafkaConsumerGroupLagSummary",
    metadata: {
      self: `${BASE}/consumer-groups/g/lag-summary`,
      resource_name: "crn:///kafka=cluster-1/consumer-group=g/lag-summary",
    },
    cluster_id: "cluster-1",
    consumer_group_id: "g",
    max_lag_consumer_id: "m-1",
    max_lag_instance_id: null,
    max_lag_client_id: "c",
    max_lag_topic_name: "orders",
    max_lag_partition_id: 0,
    max_lag: 4,
    total_lag: 7,
    max_lag_consumer: related("/consumer-groups/g/consumers/m-1"),
    max_lag_partition: related("/topics/orders/partitions/0"),
  });
});

test("a group without committed offsets has no lags", async () => {
  for (const path of ["lags", "lag-summary"]) {
    expect(errorOf(await rest.call("GET", `${G}/${path}`))).toEqual([
      404,
      404,
      "Consumer group offsets could not be found. The group has committed none yet.",
    ]);
  }
});

test("an unknown group is 404 everywhere", async () => {
  for (const path of ["", "/consumers", "/consumers/m-1", "/consumers/m-1/assignments", "/lags", "/lag-summary"]) {
    expect(errorOf(await rest.call("GET", `${C}/consumer-groups/nope${path}`))).toEqual([
      404,
      404,
      "Consumer Group nope could not be found. GET /v3/clusters/{cluster_id}/consumer-groups lists them.",
    ]);
  }
});
