import { fromUtf8, utf8 } from "@streambed/kernel";
import { beforeEach, expect, test } from "vitest";
import { kafkaError } from "./fake-client.ts";
import { errorOf, type Harness, ORIGIN, restHarness } from "./rest-harness.ts";

const RECORDS = "/v3/clusters/any/topics/orders/records";

let rest: Harness;
beforeEach(() => {
  rest = restHarness();
  rest.cluster.create("orders", 2);
});

const stored = (partition = 0) => rest.cluster.log({ topic: "orders", partition }) ?? [];

async function produce(body: unknown, path = RECORDS): Promise<readonly unknown[]> {
  const answer = await rest.call("POST", path, { body });
  expect([answer.status, answer.type]).toEqual([200, "application/json"]);
  expect(answer.text.endsWith("\r\n")).toBe(true);
  return answer.text
    .trimEnd()
    .split("\r\n")
    .map((line): unknown => JSON.parse(line));
}

test("one record goes in and its report comes out", async () => {
  const reports = await produce({
    partition_id: 1,
    headers: [{ name: "h", value: "dg==" }, { name: "h" }],
    key: { type: "BINARY", data: "a2V5" },
    value: { type: "JSON", data: { a: 1 } },
    timestamp: "2021-02-05T19:14:42Z",
  });
  expect(reports).toEqual([
    {
      error_code: 200,
      cluster_id: "any",
      topic_name: "orders",
      partition_id: 1,
      offset: 0,
      timestamp: "2021-02-05T19:14:42Z",
      key: { type: "BINARY", size: 3 },
      value: { type: "JSON", size: 7 },
    },
  ]);
  expect(stored(1)).toEqual([
    {
      topic: "orders",
      partition: 1,
      offset: 0,
      timestamp: Date.UTC(2021, 1, 5, 19, 14, 42),
      key: utf8("key"),
      value: utf8(`{"a":1}`),
      headers: [
        { key: "h", value: utf8("v") },
        { key: "h", value: null },
      ],
    },
  ]);
});

test("a record may leave out everything, and null data is a tombstone", async () => {
  const [first, second] = await produce(`{} {"value":{"type":"BINARY","data":null}}`);
  expect(first).toEqual({
    error_code: 200,
    cluster_id: "any",
    topic_name: "orders",
    partition_id: 0,
    offset: 0,
    timestamp: "2026-01-31T12:00:00Z",
  });
  expect(second).toMatchObject({ offset: 1, value: { type: "BINARY", size: -1 } });
  expect(stored().map((record) => record.value)).toEqual([null, null]);
});

test("a string goes in as its UTF-8 bytes", async () => {
  await produce({ key: { type: "STRING", data: "ä" }, value: { type: "STRING", data: "" } });
  expect(stored()[0]).toMatchObject({ key: utf8("ä"), value: new Uint8Array(0) });
});

test("many objects back to back are answered in their order", async () => {
  const objects = Array.from({ length: 2_500 }, (_, at) =>
    JSON.stringify({ partition_id: at % 2, value: { type: "JSON", data: at } }),
  );
  const reports = await produce(objects.join("\n"));
  expect(reports).toHaveLength(2_500);
  for (const [at, delivered] of reports.entries()) {
    expect(delivered).toMatchObject({ error_code: 200, partition_id: at % 2, offset: Math.floor(at / 2) });
  }
});

function openStream(): { writer: WritableStreamDefaultWriter<Uint8Array>; answer: Promise<Response> } {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: readable, duplex: "half" };
  return { writer: writable.getWriter(), answer: rest.proxy.fetch(new Request(`${ORIGIN}${RECORDS}`, init)) };
}

async function report(reader: ReadableStreamDefaultReader<Uint8Array> | undefined): Promise<unknown> {
  return JSON.parse(fromUtf8((await reader?.read())?.value ?? new Uint8Array(0)));
}

test("a report arrives while the request is still open", async () => {
  const { writer, answer } = openStream();
  await writer.write(utf8(`{"value":{"type":"STRING","data":"o`));
  const reader = (await answer).body?.getReader();
  await writer.write(utf8(`ne"}}`));
  expect(await report(reader)).toMatchObject({ error_code: 200, offset: 0 });
  await writer.write(utf8(`{"value":{"type":"STRING","data":"two"}}`));
  expect(await report(reader)).toMatchObject({ error_code: 200, offset: 1 });
  await writer.close();
  expect(await reader?.read()).toEqual({ done: true, value: undefined });
});

test("a client that goes away ends the stream, records sent stand", async () => {
  const { writer, answer } = openStream();
  await writer.write(utf8(`{"value":{"type":"STRING","data":"one"}}`));
  const reader = (await answer).body?.getReader();
  await reader?.read();
  await writer.abort(new Error("connection reset"));
  await expect(reader?.read()).rejects.toThrow("connection reset");
  expect(stored()).toHaveLength(1);
});

test.each([
  [`{"value":{"type":"JSON","data":1}} {"value":} {}`, "Unexpected token '}'"],
  [`{"value":{"type":"JSON","data":1}}, {}`, "Unexpected character ','"],
  [`{"value":{"type":"JSON","data":1}} {"value":`, "Unexpected end of the body inside a JSON object"],
])("case %#: bad JSON ends the stream with a 400 report, earlier records stand", async (body, message) => {
  const reports = await produce(body);
  expect(reports).toEqual([
    expect.objectContaining({ error_code: 200, offset: 0 }),
    { error_code: 400, message: expect.stringContaining(`Bad Request: Error processing JSON: ${message}`) },
  ]);
  expect(stored()).toHaveLength(1);
});

test("an object above the limit ends the stream with a 413 report", async () => {
  rest = restHarness({ recordBytesMax: 100 });
  rest.cluster.create("orders", 1);
  const [first, second, ...rest_] = await produce(`{} {"value":{"type":"STRING","data":"${"x".repeat(200)}"}} {}`);
  expect(first).toMatchObject({ error_code: 200 });
  expect(second).toMatchObject({ error_code: 413 });
  expect(rest_).toEqual([]);
});

test("a bad record is reported and those after it go on", async () => {
  const bad = [
    [{ value: { type: "BINARY", data: 1 } }, 400, "Bad Request: data=1 is not a base64 string."],
    [{ value: { type: "BINARY", data: "?" } }, 400, `Bad Request: data="?" is not a valid base64 string.`],
    [{ value: { type: "STRING", data: 1 } }, 400, "Bad Request: data=1 is not a string."],
    [{ headers: [{ name: "h", value: "?" }] }, 400, "Bad Request: The value of header 'h' is not a valid base64"],
    [{ timestamp: "now" }, 400, "Bad Request: timestamp 'now' is not an ISO 8601 instant"],
    [{ partition_id: "1" }, 400, "partition_id: "],
    [{ value: { type: "XML", data: 1 } }, 400, "value.type: "],
    [
      { value: { type: "JSON", schema_id: 1, data: 1 } },
      400,
      "Bad Request: 'type=JSON' cannot be used with 'schema_id'.",
    ],
    [{ partition_id: -1 }, 40402, "Partition not found."],
    [{ partition_id: 9 }, 40403, "This server does not host this topic-partition."],
    [{ value: { type: "AVRO", schema: "{}", data: 1 } }, 422, "Error: 42206 : Payload error. Schema Registry must be"],
    [{ value: { data: 1 } }, 422, "Error: 42206 : Payload error. Schema Registry must be"],
    [{ value: { type: "STRING", data: "x".repeat(1_000_001) } }, 413, "The record is too large."],
  ] as const;
  const reports = await produce(
    [...bad.map(([record]) => record), {}].map((record) => JSON.stringify(record)).join(""),
  );
  expect(reports).toEqual([
    ...bad.map(([, code, message]) => ({ error_code: code, message: expect.stringContaining(message) })),
    expect.objectContaining({ error_code: 200, offset: 0 }),
  ]);
});

test("records for a topic that does not exist are reported with 40401", async () => {
  const reports = await produce("{}{}", "/v3/clusters/any/topics/nope/records");
  const expected = {
    error_code: 40401,
    message:
      "Topic not found. There is no topic 'nope' and the broker does not create it on its own; " +
      "create it with POST /v3/clusters/{cluster_id}/topics.",
  };
  expect(reports).toEqual([expected, expected]);
});

test("a broker that cannot take records now is a 50003 report", async () => {
  rest.cluster.fail("send", kafkaError("NOT_ENOUGH_REPLICAS", "Not enough replicas.", "unavailable"));
  expect(await produce("{}")).toEqual([{ error_code: 50003, message: "Not enough replicas." }]);
});

test("a stream that is open for too long ends with a 408 report", async () => {
  rest = restHarness({ streamingDurationMs: 1_000 });
  rest.cluster.create("orders", 1);
  const { writer, answer } = openStream();
  await writer.write(utf8("{}"));
  const reader = (await answer).body?.getReader();
  expect(await report(reader)).toMatchObject({ error_code: 200 });
  rest.clock.advance(1_001);
  await writer.write(utf8("{}"));
  expect(await report(reader)).toEqual({
    error_code: 408,
    message: "Streaming connection open for longer than allowed: Connect again.",
  });
  expect(await reader?.read()).toEqual({ done: true, value: undefined });
  expect(stored()).toHaveLength(1);
});

test("an empty body is 422/42206, another media type 415", async () => {
  expect(errorOf(await rest.call("POST", RECORDS))).toEqual([
    422,
    42206,
    "Payload error. Request body is empty. Data is required.",
  ]);
  expect(errorOf(await rest.call("POST", RECORDS, { body: "" }))[1]).toBe(42206);
  const headers = { "content-type": "text/plain" };
  expect(errorOf(await rest.call("POST", RECORDS, { body: "{}", headers }))[1]).toBe(415);
});

test("a batch answers successes and failures by id", async () => {
  const answer = await rest.call("POST", `${RECORDS}:batch`, {
    body: {
      entries: [
        { id: "1", value: { type: "JSON", data: 1 } },
        { id: "bad", value: { type: "BINARY", data: 1 } },
        { id: "x-3", partition_id: 1, key: { type: "STRING", data: "k" } },
      ],
    },
  });
  expect(answer.status).toBe(207);
  expect(answer.body).toEqual({
    successes: [
      {
        id: "1",
        cluster_id: "any",
        topic_name: "orders",
        partition_id: 0,
        offset: 0,
        timestamp: "2026-01-31T12:00:00Z",
        value: { type: "JSON", size: 1 },
      },
      {
        id: "x-3",
        cluster_id: "any",
        topic_name: "orders",
        partition_id: 1,
        offset: 0,
        timestamp: "2026-01-31T12:00:00Z",
        key: { type: "STRING", size: 1 },
      },
    ],
    failures: [{ id: "bad", error_code: 400, message: "Bad Request: data=1 is not a base64 string." }],
  });
});

test.each([
  ["", "Request body is empty. Data is required."],
  [{ entries: [] }, "Empty batch. Send at least one entry."],
  [{ entries: [{ id: "1" }, { id: "1" }] }, "Batch entry IDs are not distinct."],
  [{ entries: [{ id: 1 }] }, "Batch entry identifier is not a valid string. Use 1 to 80 letters, digits, '-' or '_'."],
  [{ entries: [{}] }, "Batch entry identifier is not a valid string. Use 1 to 80 letters, digits, '-' or '_'."],
  [
    { entries: ["1", "2", "3"].map((id) => ({ id })) },
    "Too many entries in batch. Send at most 2, or use the records stream.",
  ],
])("case %#: a bad batch is 422/42208 and sends nothing", async (body, message) => {
  rest = restHarness({ produceBatchEntriesMax: 2 });
  rest.cluster.create("orders", 1);
  expect(errorOf(await rest.call("POST", `${RECORDS}:batch`, { body }))).toEqual([422, 42208, message]);
  expect(stored()).toEqual([]);
});
