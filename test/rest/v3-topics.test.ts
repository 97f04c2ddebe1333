import { utf8 } from "@streambed/kernel";
import { beforeEach, expect, test } from "vitest";
import { errorOf, type Harness, ORIGIN, restHarness } from "./rest-harness.ts";

let rest: Harness;
beforeEach(() => {
  rest = restHarness();
  rest.cluster.create("orders", 2);
});

const C = "/v3/clusters/cluster-1";
const BASE = `${ORIGIN}${C}`;
const related = (path: string): object => ({ related: `${BASE}${path}` });

const topicBody = (name: string, partitions: number): object => ({
  kind: "KafkaTopic",
  metadata: { self: `${BASE}/topics/${name}`, resource_name: `crn:///kafka=cluster-1/topic=${name}` },
  cluster_id: "cluster-1",
  topic_name: name,
  is_internal: false,
  replication_factor: 1,
  partitions_count: partitions,
  partitions: related(`/topics/${name}/partitions`),
  configs: related(`/topics/${name}/configs`),
  partition_reassignments: related(`/topics/${name}/partitions/-/reassignment`),
  authorized_operations: [],
});

const clusterBody = {
  kind: "KafkaCluster",
  metadata: { self: BASE, resource_name: "crn:///kafka=cluster-1" },
  cluster_id: "cluster-1",
  controller: related("/brokers/1"),
  acls: related("/acls"),
  brokers: related("/brokers"),
  broker_configs: related("/broker-configs"),
  consumer_groups: related("/consumer-groups"),
  topics: related("/topics"),
  partition_reassignments: related("/topics/-/partitions/-/reassignment"),
};

const brokerBody = {
  kind: "KafkaBroker",
  metadata: { self: `${BASE}/brokers/1`, resource_name: "crn:///kafka=cluster-1/broker=1" },
  cluster_id: "cluster-1",
  broker_id: 1,
  host: "localhost",
  port: 9092,
  rack: null,
  configs: related("/brokers/1/configs"),
  partition_replicas: related("/brokers/1/partition-replicas"),
};

test("the cluster is listed and read", async () => {
  const list = await rest.call("GET", "/v3/clusters");
  expect([list.status, list.type]).toEqual([200, "application/json"]);
  expect(list.body).toEqual({
    kind: "KafkaClusterList",
    metadata: { self: `${ORIGIN}/v3/clusters`, next: null },
    data: [clusterBody],
  });
  expect((await rest.call("GET", C)).body).toEqual(clusterBody);
});

test("links and names take the advertised address and the authority", async () => {
  rest = restHarness({ advertisedUrl: "https://rest.example", resourceNameAuthority: "example.org" });
  expect(await rest.call("GET", C)).toMatchObject({
    body: {
      metadata: {
        self: "https://rest.example/v3/clusters/cluster-1",
        resource_name: "crn://example.org/kafka=cluster-1",
      },
    },
  });
});

test("another cluster is 404", async () => {
  expect(errorOf(await rest.call("GET", "/v3/clusters/other"))).toEqual([
    404,
    404,
    "HTTP 404 Not Found. GET /v3/clusters lists the cluster behind this proxy.",
  ]);
  for (const path of ["/brokers", "/topics", "/topics/orders", "/topics/orders/configs", "/consumer-groups"]) {
    expect(errorOf(await rest.call("GET", `/v3/clusters/other${path}`))).toEqual([
      404,
      404,
      "Cluster other cannot be found. GET /v3/clusters lists the one behind this proxy.",
    ]);
  }
});

test("brokers are listed and read", async () => {
  expect((await rest.call("GET", `${C}/brokers`)).body).toEqual({
    kind: "KafkaBrokerList",
    metadata: { self: `${BASE}/brokers`, next: null },
    data: [brokerBody],
  });
  expect((await rest.call("GET", `${C}/brokers/1`)).body).toEqual(brokerBody);
  for (const path of ["/brokers/2", "/brokers/x", "/brokers/2/configs"]) {
    expect(errorOf(await rest.call("GET", `${C}${path}`)).slice(0, 2)).toEqual([404, 404]);
  }
});

test("configs of a broker are listed and read", async () => {
  const body = {
    kind: "KafkaBrokerConfig",
    metadata: {
      self: `${BASE}/brokers/1/configs/retention.ms`,
      resource_name: "crn:///kafka=cluster-1/broker=1/config=retention.ms",
    },
    cluster_id: "cluster-1",
    broker_id: 1,
    name: "retention.ms",
    value: "604800000",
    is_default: true,
    is_read_only: false,
    is_sensitive: false,
    source: "DEFAULT_CONFIG",
    synonyms: [{ name: "retention.ms", value: "604800000", source: "DEFAULT_CONFIG" }],
  };
  const list = (await rest.call("GET", `${C}/brokers/1/configs`)).body;
  expect(list).toMatchObject({ kind: "KafkaBrokerConfigList", data: [{ name: "cleanup.policy" }, body] });
  expect((await rest.call("GET", `${C}/brokers/1/configs/retention.ms`)).body).toEqual(body);
  expect((await rest.call("GET", `${C}/brokers/1/configs/nope`)).status).toBe(404);
});

test("topics are listed and read", async () => {
  expect((await rest.call("GET", `${C}/topics`)).body).toEqual({
    kind: "KafkaTopicList",
    metadata: { self: `${BASE}/topics`, next: null },
    data: [topicBody("orders", 2)],
  });
  expect((await rest.call("GET", `${C}/topics/orders`)).body).toEqual(topicBody("orders", 2));
  expect(errorOf(await rest.call("GET", `${C}/topics/nope`))).toEqual([
    404,
    40403,
    "This server does not host this topic-partition. There is no topic 'nope'; GET /topics lists them.",
  ]);
});

test("a topic is created with partitions and configs", async () => {
  const body = {
    topic_name: "fresh",
    partitions_count: 3,
    replication_factor: 1,
    configs: [{ name: "cleanup.policy", value: "compact" }],
  };
  const answer = await rest.call("POST", `${C}/topics`, { body });
  expect([answer.status, answer.headers.get("location")]).toEqual([201, `${BASE}/topics/fresh`]);
  expect(answer.body).toEqual(topicBody("fresh", 3));
  expect(rest.cluster.topics.get("fresh")?.configs.get("cleanup.policy")).toBe("compact");
});

test("validate_only answers 200 and creates nothing", async () => {
  const answer = await rest.call("POST", `${C}/topics`, { body: { topic_name: "fresh", validate_only: true } });
  expect(answer.status).toBe(200);
  expect(rest.cluster.topics.has("fresh")).toBe(false);
});

test.each([
  [{ topic_name: "orders" }, 400, 40002, "Topic 'orders' already exists."],
  [{ topic_name: "a/b" }, 422, 42206, "Payload error. Invalid topic name. Use 1 to 249 of the characters"],
  [{ topic_name: ".." }, 422, 42206, "Payload error. Invalid topic name."],
  [{ partitions_count: 1 }, 400, 400, "topic_name: "],
  [{ topic_name: "x", partitions_count: "1" }, 400, 400, "partitions_count: "],
  ["", 422, 42206, "Payload error. Request body is empty. Data is required."],
  ["{", 400, 400, "Unexpected end of the body"],
])("case %#: a topic that cannot be created is refused", async (body, status, code, message) => {
  const answer = await rest.call("POST", `${C}/topics`, { body });
  expect(errorOf(answer).slice(0, 2)).toEqual([status, code]);
  expect(errorOf(answer)[2]).toContain(message);
  expect(answer.type).toBe("application/json");
});

test("another media type is 415", async () => {
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  expect(errorOf(await rest.call("POST", `${C}/topics`, { body: "{}", headers }))).toEqual([
    415,
    415,
    "HTTP 415 Unsupported Media Type. Content-Type is application/x-www-form-urlencoded; send application/json.",
  ]);
});

test("partitions are added and never taken away", async () => {
  const answer = await rest.call("PATCH", `${C}/topics/orders`, { body: { partitions_count: 5 } });
  expect([answer.status, answer.body]).toEqual([200, topicBody("orders", 5)]);
  expect(errorOf(await rest.call("PATCH", `${C}/topics/orders`, { body: { partitions_count: 2 } }))).toEqual([
    400,
    40002,
    "Topic already has 5 partitions.",
  ]);
  expect(errorOf(await rest.call("PATCH", `${C}/topics/nope`, { body: { partitions_count: 2 } }))[1]).toBe(40403);
  expect(errorOf(await rest.call("PATCH", `${C}/topics/orders`))[2]).toBe(
    "Payload error. Request body is empty. Partitions_count is required.",
  );
});

test("a topic is deleted once", async () => {
  const answer = await rest.call("DELETE", `${C}/topics/orders`);
  expect([answer.status, answer.text]).toEqual([204, ""]);
  expect(errorOf(await rest.call("DELETE", `${C}/topics/orders`)).slice(0, 2)).toEqual([404, 40403]);
});

const configBody = (value: string, source: string): object => ({
  kind: "KafkaTopicConfig",
  metadata: {
    self: `${BASE}/topics/orders/configs/retention.ms`,
    resource_name: "crn:///kafka=cluster-1/topic=orders/config=retention.ms",
  },
  cluster_id: "cluster-1",
  topic_name: "orders",
  name: "retention.ms",
  value,
  is_default: source === "DEFAULT_CONFIG",
  is_read_only: false,
  is_sensitive: false,
  source,
  synonyms: [
    ...(source === "DEFAULT_CONFIG" ? [] : [{ name: "retention.ms", value, source }]),
    { name: "retention.ms", value: "604800000", source: "DEFAULT_CONFIG" },
  ],
});

test("a topic's config is read, set and reset", async () => {
  const path = `${C}/topics/orders/configs/retention.ms`;
  expect((await rest.call("GET", path)).body).toEqual(configBody("604800000", "DEFAULT_CONFIG"));
  expect((await rest.call("PUT", path, { body: { value: "1" } })).status).toBe(204);
  expect((await rest.call("GET", path)).body).toEqual(configBody("1", "DYNAMIC_TOPIC_CONFIG"));
  expect((await rest.call("DELETE", path)).status).toBe(204);
  expect((await rest.call("GET", `${C}/topics/orders/configs`)).body).toEqual({
    kind: "KafkaTopicConfigList",
    metadata: { self: `${BASE}/topics/orders/configs`, next: null },
    data: [expect.objectContaining({ name: "cleanup.policy" }), configBody("604800000", "DEFAULT_CONFIG")],
  });
});

test("configs are altered together, or only checked", async () => {
  const data = [
    { name: "retention.ms", value: "1" },
    { name: "cleanup.policy", operation: "DELETE" },
  ];
  const path = `${C}/topics/orders/configs:alter`;
  expect((await rest.call("POST", path, { body: { data, validate_only: true } })).status).toBe(204);
  expect(rest.cluster.topics.get("orders")?.configs.size).toBe(0);
  expect((await rest.call("POST", path, { body: { data } })).status).toBe(204);
  expect(rest.cluster.topics.get("orders")?.configs).toEqual(new Map([["retention.ms", "1"]]));
  expect(errorOf(await rest.call("POST", path, { body: { data: [{ name: "nope", value: "1" }] } }))).toEqual([
    404,
    404,
    "Config nope cannot be found for TOPIC orders in cluster cluster-1.",
  ]);
  expect(errorOf(await rest.call("POST", path))[1]).toBe(42206);
});

test("configs of an unknown topic are 404/40403", async () => {
  for (const path of ["configs", "configs/retention.ms"]) {
    expect(errorOf(await rest.call("GET", `${C}/topics/nope/${path}`)).slice(0, 2)).toEqual([404, 40403]);
  }
  expect(errorOf(await rest.call("DELETE", `${C}/topics/nope/configs/retention.ms`))[1]).toBe(40403);
});

test("partitions, their offsets and replicas", async () => {
  rest.cluster.append("orders", { value: utf8("x"), partition: 1 });
  const path = `${C}/topics/orders/partitions`;
  const partition = (number: number): object => ({
    kind: "KafkaPartition",
    metadata: {
      self: `${ORIGIN}${path}/${number}`,
      resource_name: `crn:///kafka=cluster-1/topic=orders/partition=${number}`,
    },
    cluster_id: "cluster-1",
    topic_name: "orders",
    partition_id: number,
    leader: { related: `${ORIGIN}${path}/${number}/replicas/1` },
    replicas: { related: `${ORIGIN}${path}/${number}/replicas` },
    reassignment: { related: `${ORIGIN}${path}/${number}/reassignment` },
  });
  const replica = {
    kind: "KafkaReplica",
    metadata: {
      self: `${ORIGIN}${path}/1/replicas/1`,
      resource_name: "crn:///kafka=cluster-1/topic=orders/partition=1/replica=1",
    },
    cluster_id: "cluster-1",
    topic_name: "orders",
    partition_id: 1,
    broker_id: 1,
    is_leader: true,
    is_in_sync: true,
    broker: related("/brokers/1"),
  };
  expect((await rest.call("GET", path)).body).toEqual({
    kind: "KafkaPartitionList",
    metadata: { self: `${ORIGIN}${path}`, next: null },
    data: [partition(0), partition(1)],
  });
  expect((await rest.call("GET", `${path}/1`)).body).toEqual(partition(1));
  expect((await rest.call("GET", `${path}/1/offset`)).body).toEqual({
    kind: "KafkaPartitionWithOffsets",
    metadata: {
      self: `${ORIGIN}${path}/1/offset`,
      resource_name: "crn:///kafka=cluster-1/topic=orders/partition=1/offset_type=earliest_and_latest",
    },
    cluster_id: "cluster-1",
    topic_name: "orders",
    partition_id: 1,
    earliest_offset: 0,
    latest_offset: 1,
  });
  expect(errorOf(await rest.call("GET", `${path}/1/offset?offset_type=latest`))).toEqual([
    400,
    400,
    "offset_type:latest is invalid; use earliest_and_latest.",
  ]);
  expect((await rest.call("GET", `${path}/1/replicas`)).body).toMatchObject({
    kind: "KafkaReplicaList",
    data: [replica],
  });
  expect((await rest.call("GET", `${path}/1/replicas/1`)).body).toEqual(replica);
  expect((await rest.call("GET", `${path}/1/replicas/2`)).status).toBe(404);
  expect(errorOf(await rest.call("GET", `${path}/2`))[1]).toBe(40402);
  expect(errorOf(await rest.call("GET", `${C}/topics/nope/partitions/0`))[1]).toBe(40403);
});

test("v3 can be switched off", async () => {
  expect((await restHarness({ v3Enabled: false }).call("GET", "/v3/clusters")).status).toBe(404);
});
