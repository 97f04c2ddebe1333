import { fromUtf8, utf8 } from "@streambed/kernel";
import { beforeEach, expect, test } from "vitest";
import { kafkaError } from "./fake-client.ts";
import { errorOf, type Harness, ORIGIN, restHarness } from "./rest-harness.ts";

const RECORDS = "/v3/clusters/cluster-1/topics/orders/partitions/0/records";

let rest: Harness;
beforeEach(() => {
  rest = restHarness();
  rest.cluster.create("orders", 1);
  rest.cluster.append("orders", {
    key: utf8("k"),
    value: utf8(`{"price": 1.0}`),
    headers: [{ key: "h", value: utf8("v") }],
  });
  rest.cluster.append("orders", { value: utf8("not json") });
});

const first = (key: object, value: object): object => ({
  partition_id: 0,
  offset: 0,
  timestamp: "2026-01-31T12:00:00Z",
  headers: [{ name: "h", value: "dg==" }],
  key,
  value,
});

test("a stateless read starts at the beginning and says where to go on", async () => {
  expect((await rest.call("GET", RECORDS)).body).toEqual({
    kind: "KafkaRecordList",
    metadata: { self: `${ORIGIN}${RECORDS}`, next: `${ORIGIN}${RECORDS}?offset=2` },
    cluster_id: "cluster-1",
    topic_name: "orders",
    partition_id: 0,
    next_offset: 2,
    high_watermark: 2,
    log_start_offset: 0,
    data: [
      first({ type: "BINARY", data: "aw==" }, { type: "BINARY", data: "eyJwcmljZSI6IDEuMH0=" }),
      {
        partition_id: 0,
        offset: 1,
        timestamp: "2026-01-31T12:00:00Z",
        headers: [],
        key: null,
        value: { type: "BINARY", data: "bm90IGpzb24=" },
      },
    ],
  });
});

test("keys and values come in the type asked for, or say that they could not", async () => {
  const answer = await rest.call("GET", `${RECORDS}?key_type=string&value_type=JSON`);
  expect(answer.text).toContain(`"value":{"type":"JSON","data":{"price": 1.0}}`);
  expect(answer.body).toMatchObject({
    data: [
      first({ type: "STRING", data: "k" }, { type: "JSON", data: { price: 1 } }),
      { value: { type: "BINARY", data: "bm90IGpzb24=" } },
    ],
  });
});

test("a read at the end waits for its timeout", async () => {
  const before = rest.clock.elapsed();
  expect((await rest.call("GET", `${RECORDS}?offset=latest&timeout=700`)).body).toMatchObject({
    next_offset: 2,
    data: [],
  });
  expect(rest.clock.elapsed() - before).toBe(700);
});

test("an offset that is not there is 400/40002 and names those that are", async () => {
  expect(errorOf(await rest.call("GET", `${RECORDS}?offset=9`))).toEqual([
    400,
    40002,
    "Offset 9 is out of range; orders-0 holds 0 to 2 (next to be written).",
  ]);
});

test.each(["offset=-1", "offset=x", "max_bytes=0", "timeout=-1", "timeout=3600000", "key_type=XML"])(
  "?%s is 400",
  async (query) => {
    expect(errorOf(await rest.call("GET", `${RECORDS}?${query}`)).slice(0, 2)).toEqual([400, 400]);
  },
);

test("a partition or topic that does not exist is 404", async () => {
  const at = (topic: string, partition: number): string =>
    `/v3/clusters/cluster-1/topics/${topic}/partitions/${partition}/records`;
  expect(errorOf(await rest.call("GET", at("orders", 5)))[1]).toBe(40402);
  expect(errorOf(await rest.call("GET", at("nope", 0)))[1]).toBe(40403);
});

async function events(headers: Record<string, string>, count: number, query = ""): Promise<string> {
  const request = new Request(`${ORIGIN}${RECORDS}${query}`, { headers: { accept: "text/event-stream", ...headers } });
  const response = await rest.proxy.fetch(request);
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
  const reader = response.body?.getReader();
  let text = "";
  for (let at = 0; at < count; at++) text += fromUtf8((await reader?.read())?.value ?? new Uint8Array(0));
  await reader?.cancel();
  return text;
}

test("an event stream sends a record per event, with the offset as its id", async () => {
  const text = await events({}, 1, "?value_type=STRING");
  expect(text.split("\n\n")).toHaveLength(3);
  expect(text).toContain(`id: 0\ndata: {"partition_id":0,"offset":0,`);
  expect(text).toContain(`"value":{"type":"STRING","data":"not json"}}\n\n`);
});

test("an event stream goes on behind the last event seen, and keeps the connection open", async () => {
  expect(await events({ "last-event-id": "0" }, 2)).toMatch(/^id: 1\ndata: .*\n\n: nothing new\n\n$/);
});

test("line ends inside stored JSON do not end an event", async () => {
  rest.cluster.append("orders", { value: utf8(`{\n"a":1}`) });
  expect(await events({ "last-event-id": "1" }, 1, "?value_type=JSON")).toMatch(
    /^id: 2\ndata: .*"value":\{"type":"JSON","data":\{ "a":1\}\}\}\n\n$/,
  );
});

test("an event stream that fails says so and ends", async () => {
  expect(await events({}, 1, "?offset=9")).toBe(
    `event: error\ndata: {"error_code":40002,"message":"Offset 9 is out of range; orders-0 holds 0 to 2 (next to be written)."}\n\n`,
  );
});

test("health is 200 when a broker answers and 503 when none does", async () => {
  expect((await rest.call("GET", "/health")).body).toEqual({ status: "ok", cluster_id: "cluster-1", brokers: 1 });
  rest.cluster.fail("describeCluster", kafkaError("CONNECTION_REFUSED", "Nobody answers.", "unavailable"));
  const answer = await rest.call("GET", "/health");
  expect([answer.status, answer.body]).toEqual([503, { status: "unavailable", reason: "Nobody answers." }]);
});

test("pages of other origins are let in only when they are listed", async () => {
  const headers = { origin: "https://app.example" };
  expect((await rest.call("GET", "/topics", { headers })).headers.get("access-control-allow-origin")).toBeNull();
  rest = restHarness({ corsOrigins: ["https://app.example"] });
  const allowed = await rest.call("GET", "/topics", { headers });
  expect(allowed.headers.get("access-control-allow-origin")).toBe("https://app.example");
  expect(allowed.body).toEqual([]);
  const other = await rest.call("GET", "/topics", { headers: { origin: "https://evil.example" } });
  expect(other.headers.get("access-control-allow-origin")).toBeNull();
  const preflight = await rest.call("OPTIONS", "/topics/orders", {
    headers: { ...headers, "access-control-request-method": "POST", "access-control-request-headers": "content-type" },
  });
  expect([preflight.status, preflight.headers.get("access-control-allow-headers")]).toEqual([204, "content-type"]);
});
