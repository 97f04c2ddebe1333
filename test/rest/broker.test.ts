import { type Client, createClient } from "@streambed/client";
import { fromUtf8, silentLogger, systemClock, systemRandom, utf8 } from "@streambed/kernel";
import { createRestProxy, type RestProxy } from "@streambed/rest-proxy";
import { type InProcessBroker, inProcessBroker } from "@streambed/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Answer, answerOf, BINARY, errorOf, JSON_V2, ORIGIN, V2 } from "./rest-harness.ts";

// The proxy over the real client and the real broker: what crosses both, not every branch of the routes.

let kafka: InProcessBroker;
let client: Client;
let proxy: RestProxy;
let cluster: string;

beforeAll(async () => {
  kafka = await inProcessBroker({ settings: { autoCreateTopicsEnable: false } });
  const parts = { clock: systemClock(), random: systemRandom(), logger: silentLogger };
  client = createClient({ ...parts, transport: kafka.transport, bootstrap: [{ host: "broker", port: 9092 }] });
  proxy = createRestProxy({ ...parts, client, settings: { produceMaxBlockMs: 500 } });
  const { data } = (await call("GET", "/v3/clusters")).body as { data: { cluster_id: string }[] };
  cluster = `/v3/clusters/${data[0]?.cluster_id}`;
});
afterAll(async () => {
  await proxy.close();
  await client.close();
  await kafka.close();
});

async function call(method: string, path: string, body?: unknown, headers: object = {}): Promise<Answer> {
  const type = path.startsWith("/v3") ? "application/json" : V2;
  const payload = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  const request = new Request(`${ORIGIN}${path}`, {
    method,
    headers: { ...(payload === undefined ? {} : { "content-type": type }), ...headers },
    ...(payload === undefined ? {} : { body: payload }),
  });
  return answerOf(await proxy.fetch(request));
}

async function topic(name: string, partitions = 1): Promise<void> {
  const answer = await call("POST", `${cluster}/topics`, { topic_name: name, partitions_count: partitions });
  expect(answer.status, answer.text).toBe(201);
}

test("base64 sent over REST is raw bytes for a Kafka client, and the other way round", async () => {
  await topic("bytes");
  const body = { records: [{ key: "AAH/", value: "aGVsbG8=" }] };
  expect(await call("POST", "/topics/bytes", body, { "content-type": BINARY })).toMatchObject({
    status: 200,
    body: { offsets: [{ partition: 0, offset: 0, error_code: null, error: null }] },
  });
  const { records } = await client.fetch({ topic: "bytes", partition: 0, offset: 0 });
  expect(records).toMatchObject([{ key: Uint8Array.of(0, 1, 255), value: utf8("hello") }]);

  await client.producer().send("bytes", [{ value: Uint8Array.of(250, 251) }]);
  expect((await call("GET", `${cluster}/topics/bytes/partitions/0/records?offset=1`)).body).toMatchObject({
    next_offset: 2,
    data: [{ offset: 1, value: { type: "BINARY", data: "+vs=" } }],
  });
});

test("how large a record may be is for the topic to say", async () => {
  await topic("roomy");
  const body = { records: [{ value: Buffer.alloc(3_000_000, "x").toString("base64") }] };
  const send = (): Promise<Answer> => call("POST", "/topics/roomy", body, { "content-type": BINARY });
  const { offsets } = (await send()).body as { offsets: { error_code: number; error: string }[] };
  expect(offsets[0]?.error_code).toBe(413);
  expect(offsets[0]?.error).toContain("max.message.bytes");
  const config = `${cluster}/topics/roomy/configs/max.message.bytes`;
  expect((await call("PUT", config, { value: "4000000" })).status).toBe(204);
  expect((await send()).body).toMatchObject({ offsets: [{ partition: 0, offset: 0, error_code: null }] });
});

test("a topic's life: created, described, altered, widened, deleted", async () => {
  await topic("life", 2);
  expect(errorOf(await call("POST", `${cluster}/topics`, { topic_name: "life" })).slice(0, 2)).toEqual([400, 40002]);
  const config = `${cluster}/topics/life/configs/retention.ms`;
  expect((await call("GET", config)).body).toMatchObject({ is_default: true });
  expect((await call("PUT", config, { value: "1000" })).status).toBe(204);
  expect((await call("GET", config)).body).toMatchObject({ value: "1000", source: "DYNAMIC_TOPIC_CONFIG" });
  expect(errorOf(await call("PUT", config, { value: "soon" })).slice(0, 2)).toEqual([400, 40002]);
  expect((await call("DELETE", config)).status).toBe(204);
  expect((await call("PATCH", `${cluster}/topics/life`, { partitions_count: 3 })).body).toMatchObject({
    partitions_count: 3,
    replication_factor: 1,
  });
  expect(errorOf(await call("PATCH", `${cluster}/topics/life`, { partitions_count: 1 })).slice(0, 2)).toEqual([
    400, 40002,
  ]);
  expect((await call("GET", "/topics/life/partitions/2")).body).toMatchObject({ leader: 1 });
  expect((await call("DELETE", `${cluster}/topics/life`)).status).toBe(204);
  expect(errorOf(await call("GET", "/topics/life")).slice(0, 2)).toEqual([404, 40403]);
  expect(errorOf(await call("DELETE", `${cluster}/topics/life`)).slice(0, 2)).toEqual([404, 40403]);
});

test("a name Kafka refuses is refused", async () => {
  expect(errorOf(await call("POST", `${cluster}/topics`, { topic_name: "a b" })).slice(0, 2)).toEqual([422, 42206]);
  expect(errorOf(await call("GET", "/topics/a%20b"))[0]).toBeGreaterThanOrEqual(400);
});

test("producing to a topic that is not there and not created is 40401, in v2 and in v3", async () => {
  const body = { records: [{ value: 1 }] };
  expect(errorOf(await call("POST", "/topics/absent", body, { "content-type": JSON_V2 })).slice(0, 2)).toEqual([
    404, 40401,
  ]);
  const { text } = await call("POST", `${cluster}/topics/absent/records`, "{}");
  expect(JSON.parse(text)).toMatchObject({ error_code: 40401 });
});

test("producing to a partition that is not there is 40402", async () => {
  await topic("narrow");
  const body = { records: [{ value: 1 }] };
  const answer = await call("POST", "/topics/narrow/partitions/4", body, { "content-type": JSON_V2 });
  expect(errorOf(answer).slice(0, 2)).toEqual([404, 40402]);
});

test("a record above the broker's limit is 413, the others stand", async () => {
  await topic("large");
  const records = [{ value: "x".repeat(2_000_000) }, { value: "small" }];
  expect((await call("POST", "/topics/large", { records }, { "content-type": JSON_V2 })).body).toMatchObject({
    offsets: [{ error_code: 413 }, { partition: 0, offset: 0, error_code: null }],
  });
});

test("two thousand records of one stream are stored in order, with keys, headers and timestamps", async () => {
  await topic("stream", 2);
  const stream = Array.from({ length: 2_000 }, (_, at) =>
    JSON.stringify({
      partition_id: at % 2,
      key: { type: "STRING", data: `k${at}` },
      value: { type: "JSON", data: { at } },
      headers: [{ name: "n", value: btoa(String(at)) }],
      timestamp: new Date(1_700_000_000_000 + at).toISOString(),
    }),
  );
  const answer = await call("POST", `${cluster}/topics/stream/records`, stream.join("\n"));
  const reports = answer.text.trimEnd().split("\r\n");
  expect(reports).toHaveLength(2_000);
  expect(JSON.parse(reports[1_999] ?? "")).toMatchObject({ error_code: 200, partition_id: 1, offset: 999 });

  const stored: unknown[] = [];
  for (let offset = 0; offset < 1_000;) {
    const { records, nextOffset } = await client.fetch({ topic: "stream", partition: 1, offset });
    for (const { key, value, timestamp, headers } of records) {
      const texts = [key, value, headers[0]?.value].map((bytes) => fromUtf8(bytes ?? new Uint8Array(0)));
      stored.push([...texts, timestamp]);
    }
    offset = nextOffset;
  }
  const odd = Array.from({ length: 1_000 }, (_, at) => at * 2 + 1);
  expect(stored).toEqual(odd.map((at) => [`k${at}`, `{"at":${at}}`, String(at), 1_700_000_000_000 + at]));
}, 60_000);

test("an event stream carries on when a record comes", async () => {
  await topic("events");
  const accept = { headers: { accept: "text/event-stream" } };
  const path = `${cluster}/topics/events/partitions/0/records?value_type=STRING`;
  const response = await proxy.fetch(new Request(`${ORIGIN}${path}`, accept));
  const reader = response.body?.getReader();
  const first = reader?.read();
  await client.producer().send("events", [{ value: utf8("now") }]);
  expect(fromUtf8((await first)?.value ?? new Uint8Array(0))).toContain(`"value":{"type":"STRING","data":"now"}`);
  await reader?.cancel();
});
