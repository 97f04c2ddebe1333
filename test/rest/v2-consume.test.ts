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
