import { beforeEach, expect, test } from "vitest";
import { kafkaError } from "./fake-client.ts";
import { errorOf, type Harness, restHarness, V2 } from "./rest-harness.ts";

let rest: Harness;
beforeEach(() => {
  rest = restHarness();
  rest.cluster.create("orders", 2);
  rest.cluster.create("audit", 1);
});

const partition = (number: number): object => ({
  partition: number,
  leader: 1,
  replicas: [{ broker: 1, leader: true, in_sync: true }],
});

test.each(["GET", "POST"])("%s / answers an empty object", async (method) => {
  const answer = await rest.call(method, "/");
  expect([answer.status, answer.type, answer.body]).toEqual([200, V2, {}]);
});

test("brokers are listed by id", async () => {
  expect((await rest.call("GET", "/brokers")).body).toEqual({ brokers: [1] });
});

test("topics are listed by name", async () => {
  expect((await rest.call("GET", "/topics")).body).toEqual(["audit", "orders"]);
});

test("a topic comes with its configs and partitions", async () => {
  expect((await rest.call("GET", "/topics/orders/")).body).toEqual({
    name: "orders",
    configs: { "cleanup.policy": "delete", "retention.ms": "604800000" },
    partitions: [partition(0), partition(1)],
  });
});

test("partitions are listed and read one by one", async () => {
  expect((await rest.call("GET", "/topics/orders/partitions")).body).toEqual([partition(0), partition(1)]);
  expect((await rest.call("GET", "/topics/orders/partitions/1")).body).toEqual(partition(1));
});

test("offsets of a partition are its first and its next", async () => {
  rest.cluster.append("orders", { value: null, partition: 1 });
  expect((await rest.call("GET", "/topics/orders/partitions/1/offsets")).body).toEqual({
    beginning_offset: 0,
    end_offset: 1,
  });
});

test.each([
  "/topics/nope",
  "/topics/nope/partitions",
  "/topics/nope/partitions/0",
  "/topics/nope/partitions/0/offsets",
])("%s of an unknown topic is 404/40403", async (path) => {
  const answer = await rest.call("GET", path);
  expect(errorOf(answer)).toEqual([
    404,
    40403,
    "This server does not host this topic-partition. There is no topic 'nope'; GET /topics lists them.",
  ]);
  expect(answer.type).toBe(V2);
});

test.each(["2", "-1", "abc", "99999999999"])("partition %s of a topic with two is 404/40402", async (number) => {
  expect(errorOf(await rest.call("GET", `/topics/orders/partitions/${number}`))).toEqual([
    404,
    40402,
    `Partition not found. Topic 'orders' has no partition ${number}; GET /topics/orders/partitions lists them.`,
  ]);
});

test("an unknown route is 404/404", async () => {
  expect(errorOf(await rest.call("GET", "/nothing"))).toEqual([
    404,
    404,
    "HTTP 404 Not Found. No such route; GET /v3/clusters and GET /topics are the ways in.",
  ]);
});

test("a known path with the wrong method is 405 and names the right ones", async () => {
  const answer = await rest.call("DELETE", "/topics/orders");
  expect(errorOf(answer)).toEqual([405, 405, "HTTP 405 Method Not Allowed. This route takes GET, POST."]);
  expect(answer.headers.get("allow")).toBe("GET, POST");
});

test("an Accept that cannot be met is 406", async () => {
  expect(errorOf(await rest.call("GET", "/topics", { headers: { accept: "text/xml" } }))[1]).toBe(406);
  expect((await rest.call("GET", "/topics", { headers: { accept: "application/json" } })).type).toBe(
    "application/json",
  );
  const preference = "application/vnd.kafka.v2+json; q=0.5, application/json";
  expect((await rest.call("GET", "/topics", { headers: { accept: preference } })).type).toBe("application/json");
});

test("Kafka's refusals keep their message and get Confluent's code", async () => {
  rest.cluster.fail(
    "listTopics",
    kafkaError("CLUSTER_AUTHORIZATION_FAILED", "Cluster authorization failed.", "denied"),
  );
  expect(errorOf(await rest.call("GET", "/topics"))).toEqual([403, 40301, "Cluster authorization failed."]);
  rest.cluster.fail("listTopics", kafkaError("NOT_CONTROLLER", "Not the controller.", "unavailable"));
  expect(errorOf(await rest.call("GET", "/topics"))).toEqual([500, 50003, "Not the controller."]);
});

test("a bug is a 500 that tells nothing", async () => {
  rest.cluster.fail("listTopics", kafkaError("INVARIANT", "secret detail", "internal"));
  expect(errorOf(await rest.call("GET", "/topics"))).toEqual([500, 500, "Internal Server Error"]);
});

test("v2 can be switched off", async () => {
  expect((await restHarness({ v2Enabled: false }).call("GET", "/topics")).status).toBe(404);
});
