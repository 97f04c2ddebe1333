import { utf8 } from "@streambed/kernel";
import { beforeEach, expect, test } from "vitest";
import { kafkaError } from "./fake-client.ts";
import { BINARY, errorOf, type Harness, JSON_V2, ORIGIN, restHarness, V2 } from "./rest-harness.ts";

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

const read = (query = "", accept?: string) =>
  rest.call("GET", `${I}/records${query}`, { headers: accept === undefined ? {} : { accept } });

const put = (value: string | null, partition = 0, key: string | null = null): void =>
  void rest.cluster.append("orders", {
    key: key === null ? null : utf8(key),
    value: value === null ? null : utf8(value),
    partition,
  });

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

test("the first read waits for the join and returns what is there", async () => {
  await subscribed();
  put("one", 0, "k");
  put(null, 1);
  const answer = await read("", BINARY);
  expect([answer.status, answer.type]).toEqual([200, BINARY]);
  expect(answer.body).toEqual([
    { topic: "orders", key: "aw==", value: "b25l", partition: 0, offset: 0 },
    { topic: "orders", key: null, value: null, partition: 1, offset: 0 },
  ]);
  expect((await read()).body).toEqual([]);
});

test("a json instance hands out embedded JSON exactly as it was stored", async () => {
  await subscribed({ format: "json" });
  put(`{"id": 9007199254740993, "price": 1.0}`);
  put(`"text"`, 1, "5");
  const answer = await read("", JSON_V2);
  expect(answer.type).toBe(JSON_V2);
  expect(answer.text).toBe(
    `[{"topic":"orders","key":null,"value":{"id": 9007199254740993, "price": 1.0},"partition":0,"offset":0},` +
      `{"topic":"orders","key":5,"value":"text","partition":1,"offset":0}]`,
  );
});

test("headers and timestamps come when asked for", async () => {
  await subscribed();
  rest.cluster.append("orders", {
    value: utf8("x"),
    timestamp: 5,
    headers: [
      { key: "h", value: utf8("v") },
      { key: "h", value: null },
    ],
  });
  expect((await read("?include=headers,timestamp")).body).toEqual([
    {
      topic: "orders",
      key: null,
      value: "eA==",
      partition: 0,
      offset: 0,
      timestamp: 5,
      headers: [
        { name: "h", value: "dg==" },
        { name: "h", value: null },
      ],
    },
  ]);
  expect(errorOf(await read("?include=size"))).toEqual([400, 400, "include=size is unknown; use headers,timestamp."]);
});

test("a format other than the instance's is 406/40601, an open Accept takes the instance's", async () => {
  await subscribed({ format: "json" });
  expect(errorOf(await read("", BINARY))).toEqual([
    406,
    40601,
    "The requested embedded data format does not match the deserializer for this consumer instance. " +
      "Send Accept: application/vnd.kafka.json.v2+json.",
  ]);
  expect((await read("", "*/*")).type).toBe(JSON_V2);
  expect((await read("", V2)).type).toBe(V2);
});

test("records that are not JSON are 408/40801, and can be sought past", async () => {
  await subscribed({ format: "json" });
  put("1");
  put("not json");
  put("3");
  expect((await read()).body).toMatchObject([{ offset: 0 }]);
  const error = [
    408,
    40801,
    `Record orders-0@1 is not JSON: "not json". Read it with a binary consumer, or seek past it.`,
  ];
  expect(errorOf(await read())).toEqual(error);
  expect(errorOf(await read())).toEqual(error);
  const body = { offsets: [{ topic: "orders", partition: 0, offset: 2 }] };
  expect((await rest.call("POST", `${I}/positions`, { body })).status).toBe(204);
  expect((await read()).body).toMatchObject([{ offset: 2, value: 3 }]);
});

test("max_bytes bounds a read, and the rest comes with the next one", async () => {
  await subscribed();
  for (const value of ["aaaa", "bbbb", "cccc"]) put(value);
  expect((await read("?max_bytes=8")).body).toMatchObject([{ offset: 0 }, { offset: 1 }]);
  expect((await read("?max_bytes=1")).body).toMatchObject([{ offset: 2 }]);
  expect(errorOf(await read("?max_bytes=many"))[0]).toBe(400);
});

test("fetch.min.bytes ends a read early, without it the read takes its whole time", async () => {
  await subscribed({ "fetch.min.bytes": 1 });
  put("aaaa");
  let before = rest.clock.elapsed();
  await read();
  expect(rest.clock.elapsed() - before).toBe(0);
  await rest.call("DELETE", I);
  await subscribed();
  before = rest.clock.elapsed();
  await read();
  expect(rest.clock.elapsed() - before).toBe(1_000);
});

test("timeout shortens a read and never lengthens it", async () => {
  await subscribed({ "consumer.request.timeout.ms": 2_000 });
  let before = rest.clock.elapsed();
  await read("?timeout=300");
  expect(rest.clock.elapsed() - before).toBe(300);
  before = rest.clock.elapsed();
  await read("?timeout=60000");
  expect(rest.clock.elapsed() - before).toBe(2_000);
});

test("a read that fails half-way loses nothing", async () => {
  await subscribed();
  put("one");
  const consumer = rest.cluster.consumers[0];
  const poll = consumer?.poll.bind(consumer);
  let polls = 0;
  if (consumer !== undefined && poll !== undefined) {
    consumer.poll = async (options) => {
      if (++polls === 2) throw kafkaError("COORDINATOR_NOT_AVAILABLE", "No coordinator.", "unavailable");
      return poll(options);
    };
  }
  expect(errorOf(await read())).toEqual([500, 50003, "No coordinator."]);
  expect((await read()).body).toMatchObject([{ offset: 0 }]);
});

test("a commit stores the offset after the one named", async () => {
  await subscribed();
  const body = { offsets: [{ topic: "orders", partition: 0, offset: 4, metadata: "m" }] };
  const answer = await rest.call("POST", `${I}/offsets`, { body });
  expect([answer.status, answer.body]).toEqual([200, []]);
  expect(rest.cluster.committed.get("g")?.get("orders-0")).toMatchObject({ offset: 5, metadata: "m" });
});

test("a commit without a body stores what was read", async () => {
  await subscribed();
  put("one");
  put("two");
  await read();
  expect((await rest.call("POST", `${I}/offsets`)).status).toBe(200);
  expect(rest.cluster.committed.get("g")?.get("orders-0")?.offset).toBe(2);
});

test("a refused commit is an error", async () => {
  await subscribed();
  rest.cluster.fail("commit", kafkaError("ILLEGAL_GENERATION", "The generation is over.", "fenced"));
  expect(errorOf(await rest.call("POST", `${I}/offsets`))).toEqual([500, 50002, "The generation is over."]);
});

test("committed offsets are read by query, or by a body where the client can send one", async () => {
  await subscribed();
  const place = { topic: "orders", partition: 0 };
  await rest.call("POST", `${I}/offsets`, { body: { offsets: [{ ...place, offset: 4 }] } });
  const expected = { offsets: [{ ...place, offset: 5, metadata: "" }] };
  const partitions = [place, { topic: "orders", partition: 1 }];
  const list = encodeURIComponent(JSON.stringify(partitions));
  expect((await rest.call("GET", `${I}/offsets?partitions=${list}`)).body).toEqual(expected);
  const whole = encodeURIComponent(JSON.stringify({ partitions }));
  expect((await rest.call("GET", `${I}/offsets?partitions=${whole}`)).body).toEqual(expected);
  // What Node's listener hands over for a GET with a body.
  async function* incoming(): AsyncGenerator<Uint8Array> {
    yield utf8(JSON.stringify({ partitions }));
  }
  const request = new Request(`${ORIGIN}${I}/offsets`, { headers: { "content-type": V2 } });
  const response = await rest.proxy.fetch(request, { incoming: incoming() });
  expect(await response.json()).toEqual(expected);
});

test("committed offsets of nothing are 404/40402", async () => {
  await create();
  expect(errorOf(await rest.call("GET", `${I}/offsets`)).slice(0, 2)).toEqual([404, 40402]);
});

test("positions move to offsets, times, the beginning and the end", async () => {
  await subscribed();
  const place = { topic: "orders", partition: 0 };
  for (const value of ["a", "b", "c"]) {
    put(value);
    rest.clock.advance(1_000);
  }
  const offsets = async (): Promise<number[]> =>
    ((await read()).body as { partition: number; offset: number }[]).map((record) => record.offset);
  expect(await offsets()).toEqual([0, 1, 2]);
  const move = (path: string, body: object) => rest.call("POST", `${I}/${path}`, { body });
  await move("positions", { offsets: [{ ...place, offset: 1 }] });
  expect(await offsets()).toEqual([1, 2]);
  await move("positions", { timestamps: [{ ...place, timestamp: "2026-01-31T12:00:02Z" }] });
  expect(await offsets()).toEqual([2]);
  await move("positions/beginning", { partitions: [place] });
  expect(await offsets()).toEqual([0, 1, 2]);
  await move("positions/beginning", { partitions: [] });
  await move("positions/end", { partitions: [place] });
  expect(await offsets()).toEqual([]);
  await move("positions", { timestamps: [{ ...place, timestamp: "2030-01-01T00:00:00Z" }] });
  expect(await offsets()).toEqual([]);
});

test("positions of partitions that are not assigned are 409/40903", async () => {
  await subscribed();
  const body = {
    offsets: [{ topic: "orders", partition: 0, offset: 1 }],
    partitions: [{ topic: "orders", partition: 0 }],
  };
  for (const path of ["positions", "positions/beginning", "positions/end"]) {
    expect(errorOf(await rest.call("POST", `${I}/${path}`, { body }))).toEqual([
      409,
      40903,
      "Illegal state: No current assignment for partition orders-0. Post it to /assignments, or read once after " +
        "subscribing.",
    ]);
  }
});

test("a time that is none is 400", async () => {
  await create();
  const body = { timestamps: [{ topic: "orders", partition: 0, timestamp: "yesterday" }] };
  expect(errorOf(await rest.call("POST", `${I}/positions`, { body }))).toEqual([
    400,
    400,
    "timestamp 'yesterday' is not an ISO 8601 instant such as 2026-01-31T12:00:00Z.",
  ]);
});

test("reads of one instance do not run into each other", async () => {
  await subscribed();
  for (let at = 0; at < 10; at++) put(String(at));
  const answers = await Promise.all([read("?max_bytes=5"), read("?max_bytes=5")]);
  const offsets = answers.flatMap((answer) => (answer.body as { offset: number }[]).map((record) => record.offset));
  expect(offsets).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});
