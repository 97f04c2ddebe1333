import { beforeEach, expect, test } from "vitest";
import { errorOf, type Harness, ORIGIN, restHarness, V2 } from "./rest-harness.ts";

let rest: Harness;
beforeEach(() => {
  rest = restHarness();
  rest.cluster.create("orders", 2);
});

const I = "/consumers/g/instances/i";
const NOT_FOUND = [
  404,
  40403,
  "Consumer instance not found. Group 'g' has no instance 'i' here; instances end after some minutes without a " +
    "request. Create one with POST /consumers/{group} and use its base_uri.",
];

async function create(body: object = {}): Promise<void> {
  const answer = await rest.call("POST", "/consumers/g", {
    body: { name: "i", "auto.offset.reset": "earliest", ...body },
  });
  expect(answer.status).toBe(200);
}

async function subscribed(body: object = {}): Promise<void> {
  await create(body);
  expect((await rest.call("POST", `${I}/subscription`, { body: { topics: ["orders"] } })).status).toBe(204);
}

test("creating an instance answers its name and where to reach it", async () => {
  const answer = await rest.call("POST", "/consumers/my%20group", { body: { name: "a/b" } });
  expect([answer.status, answer.type]).toEqual([200, V2]);
  expect(answer.body).toEqual({
    instance_id: "a/b",
    base_uri: `${ORIGIN}/consumers/my%20group/instances/a%2Fb`,
  });
  expect((await rest.call("GET", "/consumers/my%20group/instances/a%2Fb/subscription")).status).toBe(200);
});

test("an instance without a name gets a free one, with the server's id", async () => {
  rest = restHarness({ serverId: "7", advertisedUrl: "https://rest.example" });
  const { instance_id: name, base_uri: uri } = (await rest.call("POST", "/consumers/g")).body as Record<string, string>;
  expect(name).toMatch(/^rest-consumer-7-[0-9a-f-]{36}$/);
  expect(uri).toBe(`https://rest.example/consumers/g/instances/${name}`);
});

test("settings of an instance reach its consumer", async () => {
  await create({ "auto.commit.enable": "false", "auto.offset.reset": "latest" });
  expect(rest.cluster.consumers[0]?.options).toMatchObject({
    groupId: "g",
    autoOffsetReset: "latest",
    enableAutoCommit: false,
  });
});

test("a name in use is 409/40902", async () => {
  await create();
  expect(errorOf(await rest.call("POST", "/consumers/g", { body: { name: "i" } }))).toEqual([
    409,
    40902,
    "Consumer with specified consumer ID already exists in the specified consumer group. " +
      "Delete 'i' of group 'g' first, or leave out name and id to get a free one.",
  ]);
});

test.each([
  [{ format: "xml" }, 422, 422, "Invalid format type. Use binary or json."],
  [{ format: "avro" }, 422, 42204, "Invalid consumer configuration: format avro needs a Schema Registry"],
  [{ "auto.offset.reset": "smallest" }, 422, 42204, "Invalid value smallest for configuration auto.offset.reset"],
  [{ "fetch.min.bytes": -2 }, 422, 40001, "It does not abide by the constraints: Invalid value -2"],
  [{ responseMinBytes: "10000001" }, 422, 40001, "It does not abide by the constraints: Invalid value 10000001"],
  [{ "consumer.request.timeout.ms": -1 }, 422, 42204, "it must not be negative"],
  [{ name: 5 }, 400, 400, "name: "],
])("case %#: a bad instance config is refused", async (body, status, code, message) => {
  const [gotStatus, gotCode, got] = errorOf(await rest.call("POST", "/consumers/g", { body }));
  expect([gotStatus, gotCode]).toEqual([status, code]);
  expect(got).toContain(message);
  expect(rest.cluster.consumers).toHaveLength(0);
});

test("no more instances than the setting allows", async () => {
  rest = restHarness({ consumerInstancesMax: 1 });
  await create();
  expect(errorOf(await rest.call("POST", "/consumers/g"))[0]).toBe(429);
});

test("a deleted instance is closed and gone", async () => {
  await create();
  const answer = await rest.call("DELETE", I);
  expect([answer.status, answer.text]).toEqual([204, ""]);
  expect(rest.cluster.consumers[0]?.closed).toBe(true);
  expect(errorOf(await rest.call("DELETE", I))).toEqual(NOT_FOUND);
});

test.each([
  ["POST", "subscription"],
  ["GET", "subscription"],
  ["DELETE", "subscription"],
  ["POST", "assignments"],
  ["GET", "assignments"],
  ["POST", "positions"],
  ["POST", "positions/beginning"],
  ["POST", "positions/end"],
  ["POST", "offsets"],
  ["GET", "offsets"],
  ["GET", "records"],
])("%s %s of an unknown instance is 404/40403", async (method, path) => {
  expect(errorOf(await rest.call(method, `${I}/${path}`))).toEqual(NOT_FOUND);
});

test("an instance ends when nobody uses it, and use keeps it", async () => {
  await create();
  rest.clock.advance(299_999);
  expect((await rest.call("GET", `${I}/subscription`)).status).toBe(200);
  rest.clock.advance(299_999);
  expect(rest.cluster.consumers[0]?.closed).toBe(false);
  rest.clock.advance(1);
  expect(rest.cluster.consumers[0]?.closed).toBe(true);
  expect(errorOf(await rest.call("GET", `${I}/subscription`))).toEqual(NOT_FOUND);
});

test("closing the proxy closes its instances", async () => {
  await create();
  await rest.proxy.close();
  expect(rest.cluster.consumers[0]?.closed).toBe(true);
});

test("a subscription is told, replaced and taken back", async () => {
  await subscribed();
  expect((await rest.call("GET", `${I}/subscription`)).body).toEqual({ topics: ["orders"] });
  expect((await rest.call("POST", `${I}/subscription`, { body: { topics: ["other"] } })).status).toBe(204);
  expect((await rest.call("GET", `${I}/subscription`)).body).toEqual({ topics: ["other"] });
  expect((await rest.call("DELETE", `${I}/subscription`)).status).toBe(204);
  expect((await rest.call("GET", `${I}/subscription`)).body).toEqual({ topics: [] });
});

test("a pattern matches whole topic names", async () => {
  rest.cluster.create("orders-archive", 1);
  await create();
  await rest.call("POST", `${I}/subscription`, { body: { topic_pattern: "ord[a-z]*" } });
  expect((await rest.call("GET", `${I}/subscription`)).body).toEqual({ topics: ["orders"] });
  const bad = await rest.call("POST", `${I}/subscription`, { body: { topic_pattern: "(" } });
  expect(errorOf(bad).slice(0, 2)).toEqual([400, 40002]);
});

test("topics and a pattern together are 409/40901, neither is 422", async () => {
  await create();
  const both = await rest.call("POST", `${I}/subscription`, { body: { topics: ["a"], topic_pattern: "b" } });
  expect(errorOf(both).slice(0, 2)).toEqual([409, 40901]);
  expect(errorOf(await rest.call("POST", `${I}/subscription`, { body: {} }))).toEqual([
    422,
    422,
    "Null input provided. Data is required. Send topics or topic_pattern.",
  ]);
});

test("subscribing and assigning exclude each other with 409/40903", async () => {
  await subscribed();
  const body = { partitions: [{ topic: "orders", partition: 0 }] };
  const message =
    "Illegal state: Subscription to topics, partitions and pattern are mutually exclusive. DELETE the subscription " +
    "first, or post an empty list of assignments.";
  expect(errorOf(await rest.call("POST", `${I}/assignments`, { body }))).toEqual([409, 40903, message]);
  await rest.call("DELETE", `${I}/subscription`);
  expect((await rest.call("POST", `${I}/assignments`, { body })).status).toBe(204);
  expect((await rest.call("GET", `${I}/assignments`)).body).toEqual(body);
  expect(errorOf(await rest.call("POST", `${I}/subscription`, { body: { topics: ["orders"] } }))).toEqual([
    409,
    40903,
    message,
  ]);
});
