import { fromUtf8 } from "@streambed/kernel";
import { beforeEach, expect, test } from "vitest";
import { kafkaError } from "./fake-client.ts";
import { BINARY, errorOf, type Harness, JSON_V2, restHarness, V2 } from "./rest-harness.ts";

let rest: Harness;
beforeEach(() => {
  rest = restHarness();
  rest.cluster.create("orders", 2);
});

const sent = (partition = 0): (readonly [string | null, string | null])[] =>
  (rest.cluster.log({ topic: "orders", partition }) ?? []).map(({ key, value }) => [
    key === null ? null : fromUtf8(key),
    value === null ? null : fromUtf8(value),
  ]);

const post = (body: unknown, type: string, path = "/topics/orders") =>
  rest.call("POST", path, { body, headers: { "content-type": type } });

test("binary stores the decoded bytes and answers where they went", async () => {
  const answer = await post(
    {
      records: [
        { key: "a2V5", value: "dmFsdWU=" },
        { value: null, partition: 1 },
      ],
    },
    BINARY,
  );
  expect([answer.status, answer.type]).toEqual([200, V2]);
  expect(answer.body).toEqual({
    offsets: [
      { partition: 0, offset: 0, error_code: null, error: null },
      { partition: 1, offset: 0, error_code: null, error: null },
    ],
    key_schema_id: null,
    value_schema_id: null,
  });
  expect(sent(0)).toEqual([["key", "value"]]);
  expect(sent(1)).toEqual([[null, null]]);
});

test("json stores the value's JSON text, numbers as they were written", async () => {
  await post(`{"records":[{"key":"k","value":{"id": 9007199254740993, "price":1.0}},{"value":[1,"ä"]}]}`, JSON_V2);
  expect(sent()).toEqual([
    [`"k"`, `{"id":9007199254740993,"price":1.0}`],
    [null, `[1,"ä"]`],
  ]);
});

test("plain JSON is taken as the json format", async () => {
  await post({ records: [{ value: { a: 1 } }] }, "application/json; charset=utf-8");
  expect(sent()).toEqual([[null, `{"a":1}`]]);
});

test("a partition in the path holds for every record", async () => {
  await post({ records: [{ value: "YQ==" }, { value: "Yg==" }] }, BINARY, "/topics/orders/partitions/1");
  expect(sent(1)).toEqual([
    [null, "a"],
    [null, "b"],
  ]);
});

test("a topic that does not exist is 404/40401", async () => {
  expect(errorOf(await post({ records: [{ value: "YQ==" }] }, BINARY, "/topics/nope"))).toEqual([
    404,
    40401,
    "Topic not found. There is no topic 'nope' and the broker does not create it on its own; " +
      "create it with POST /v3/clusters/{cluster_id}/topics.",
  ]);
});

test("a topic the broker creates on its own is created", async () => {
  rest.cluster.autoCreate = true;
  expect((await post({ records: [{ value: "YQ==" }] }, BINARY, "/topics/fresh")).status).toBe(200);
});

test("a producer that waited for metadata in vain is told apart from a missing topic", async () => {
  const timeout = kafkaError("TIMEOUT_EXCEPTION", "No metadata after 10000 ms.", "unavailable");
  rest.cluster.fail("send", timeout);
  expect(errorOf(await post({ records: [{ value: "YQ==" }] }, BINARY, "/topics/nope"))[1]).toBe(40401);
  rest.cluster.fail("send", timeout);
  expect(errorOf(await post({ records: [{ value: "YQ==" }] }, BINARY))).toEqual([
    500,
    50003,
    "No metadata after 10000 ms.",
  ]);
});

test("a partition that does not exist is 404/40402 in the path and an error of its record in the body", async () => {
  expect(errorOf(await post({ records: [{ value: "YQ==" }] }, BINARY, "/topics/orders/partitions/7"))).toEqual([
    404,
    40402,
    "Partition not found. Topic 'orders' has no partition 7; GET /topics/orders/partitions lists them.",
  ]);
  expect((await post({ records: [{ value: "YQ==", partition: 7 }, { value: "YQ==" }] }, BINARY)).body).toEqual({
    offsets: [
      { partition: null, offset: null, error_code: 40403, error: "This server does not host this topic-partition." },
      { partition: 0, offset: 0, error_code: null, error: null },
    ],
    key_schema_id: null,
    value_schema_id: null,
  });
});

test("a record that is too large is an error of its own, the others stand", async () => {
  const answer = await post({ records: [{ value: "x".repeat(1_000_001) }, { value: 1 }] }, JSON_V2);
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({
    offsets: [
      { partition: null, offset: null, error_code: 413, error: "The record is too large." },
      { partition: 0, offset: 0, error_code: null, error: null },
    ],
  });
});

test.each([
  [{ records: [{ value: "!" }] }, BINARY, 400, 400, `data="!" is not a valid base64 string.`],
  [{ records: [{ value: 5 }] }, BINARY, 400, 400, "data=5 is not a base64 string."],
  [{ records: [] }, BINARY, 422, 422, "records: "],
  [{}, BINARY, 422, 422, "records: "],
  ["", BINARY, 422, 422, "records: "],
  [{ records: [{ value: 1, partition: "0" }] }, JSON_V2, 400, 400, "records.0.partition: "],
  [`{"records":[{"value":}]}`, JSON_V2, 400, 400, "Unexpected token"],
  [`{"records":[`, JSON_V2, 400, 400, "Unexpected end of the body inside a JSON object"],
  [`[]`, JSON_V2, 400, 400, "Unexpected character '[' where a JSON object begins"],
  [`{} {}`, JSON_V2, 400, 400, "The body holds more than one JSON object; send one."],
  [Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d), JSON_V2, 400, 400, "The body is not UTF-8"],
  [`{"a":${"[".repeat(300)}${"]".repeat(300)}}`, JSON_V2, 400, 400, "JSON is nested deeper than 200 levels"],
  [{ records: [{ value: 1 }] }, V2, 415, 415, "HTTP 415 Unsupported Media Type. Content-Type is application/vnd."],
  [{ records: [{ value: 1 }] }, "text/plain", 415, 415, "HTTP 415 Unsupported Media Type. Content-Type is text/plain"],
  [
    { records: [{ value: 1 }] },
    "application/vnd.kafka.avro.v2+json",
    422,
    42207,
    "Error serializing message. Schema Registry not defined",
  ],
  [
    { records: [{ value: 1 }], value_schema: "{}" },
    "application/vnd.kafka.protobuf.v2+json",
    422,
    42206,
    "Payload error. Schema Registry must be configured when using schemas.",
  ],
])("case %#: a bad body is refused before anything is sent", async (...[body, type, status, code, message]) => {
  const [gotStatus, gotCode, gotMessage] = errorOf(await post(body, type));
  expect([gotStatus, gotCode]).toEqual([status, code]);
  expect(gotMessage).toContain(message);
  expect(sent()).toEqual([]);
});

test("a body above the limit is 413, whether it says so or not", async () => {
  rest = restHarness({ requestBytesMax: 100 });
  const body = { records: [{ value: "x".repeat(100) }] };
  const message = "The request body is larger than the limit of 100 bytes; send it in smaller parts.";
  expect(errorOf(await post(body, JSON_V2))).toEqual([413, 413, message]);
  const lying = { "content-type": JSON_V2, "content-length": "5" };
  expect(errorOf(await rest.call("POST", "/topics/orders", { body, headers: lying }))).toEqual([413, 413, message]);
  const honest = { "content-type": JSON_V2, "content-length": "1000000000000" };
  expect(errorOf(await rest.call("POST", "/topics/orders", { body: "{}", headers: honest }))[1]).toBe(413);
});

test("refused credentials are told by the status", async () => {
  rest.cluster.append = (topic) => ({
    ok: false,
    topic,
    partition: 0,
    error: kafkaError("TOPIC_AUTHORIZATION_FAILED", "Not authorized.", "denied"),
  });
  const answer = await post({ records: [{ value: 1 }] }, JSON_V2);
  expect(answer.status).toBe(403);
  expect(answer.body).toMatchObject({ offsets: [{ error_code: 40301, error: "Not authorized." }] });
});
