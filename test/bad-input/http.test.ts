import { afterAll, beforeAll, expect, it } from "vitest";
import { startServerProcess } from "../server/server-process.ts";
import type { ServerProcess } from "../server/server-process.ts";

// Bad input over HTTP, to a real server: a status and a code that say what is wrong, and the server goes on.

const V2_JSON = "application/vnd.kafka.json.v2+json";
const V2_BINARY = "application/vnd.kafka.binary.v2+json";

let server: ServerProcess;
beforeAll(async () => {
  server = await startServerProcess({ args: ["--store", "memory:", "--config", "auto.create.topics.enable=false"] });
  const clusters = (await (await fetch(`${server.restUrl}/v3/clusters`)).json()) as { data: { cluster_id: string }[] };
  const cluster = clusters.data[0]?.cluster_id ?? "";
  const created = await post(`/v3/clusters/${cluster}/topics`, "application/json", `{"topic_name":"kept"}`);
  expect(created.status).toBe(201);
});
afterAll(() => server?.stop("SIGKILL"));

async function post(
  path: string,
  type: string,
  body: string | Uint8Array<ArrayBuffer>,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${server.restUrl}${path}`, { method: "POST", headers: { "content-type": type }, body });
  return { status: response.status, body: await response.json() };
}

const CASES: readonly (readonly [string, string, string, string | Uint8Array<ArrayBuffer>, number, number])[] = [
  ["malformed JSON", "/topics/kept", V2_JSON, `{"records":[{"value":}]}`, 400, 400],
  ["JSON that is cut off", "/topics/kept", V2_JSON, `{"records":[{"value":1`, 400, 400],
  ["bytes that are no text", "/topics/kept", V2_JSON, new Uint8Array([0xff, 0xfe, 0x00]), 400, 400],
  ["malformed base64", "/topics/kept", V2_BINARY, `{"records":[{"value":"%%%"}]}`, 400, 400],
  ["no records", "/topics/kept", V2_JSON, `{"no":"records"}`, 422, 422],
  ["a wrong media type", "/topics/kept", "text/plain", `{"records":[{"value":1}]}`, 415, 415],
  ["an unknown topic", "/topics/nowhere", V2_JSON, `{"records":[{"value":1}]}`, 404, 40401],
  ["an unknown partition", "/topics/kept/partitions/99", V2_JSON, `{"records":[{"value":1}]}`, 404, 40402],
  ["a path nobody serves", "/no/such/path", V2_JSON, "{}", 404, 404],
];

it.each(CASES)("%s", async (...[, path, type, body, status, errorCode]) => {
  expect(await post(path, type, body)).toMatchObject({ status, body: { error_code: errorCode } });
  expect(await post("/topics/kept", V2_JSON, `{"records":[{"value":1}]}`)).toMatchObject({ status: 200 });
});

it("a record above the limit is refused, and named", async () => {
  const body = JSON.stringify({ records: [{ value: "x".repeat(2_000_000) }] });
  const answer = await post("/topics/kept", V2_JSON, body);
  expect(JSON.stringify(answer.body)).toMatch(/error_code":\d+/);
  expect(await post("/topics/kept", V2_JSON, `{"records":[{"value":1}]}`)).toMatchObject({ status: 200 });
});
