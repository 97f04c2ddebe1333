import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request as httpRequest } from "node:http";
import { text as textOf } from "node:stream/consumers";
import { listenHttp } from "@streambed/runtime-node";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, restHarness, V2 } from "./rest-harness.ts";

// The routes again where they depend on the HTTP server: bodies of GET requests, and reports during a request.

let rest: Harness;
let server: Awaited<ReturnType<typeof listenHttp>>;

beforeEach(async () => {
  rest = restHarness();
  rest.cluster.create("orders", 1);
  server = await listenHttp({ host: "127.0.0.1", port: 0, portFlag: "--http-port", fetch: rest.proxy.fetch });
});
afterEach(() => server.close());

function open(method: string, path: string, type: string): ClientRequest {
  return httpRequest({ host: "127.0.0.1", port: server.port, method, path, headers: { "content-type": type } });
}

async function answerTo(request: ClientRequest, body?: string): Promise<readonly [number | undefined, string]> {
  const answered = once(request, "response") as Promise<[IncomingMessage]>;
  // Node sends no length with a GET, and without one the body would be taken for the next request.
  if (body !== undefined) request.setHeader("content-length", Buffer.byteLength(body));
  request.end(body);
  const [response] = await answered;
  return [response.statusCode, await textOf(response)];
}

test("committed offsets are asked for with the body of a GET", async () => {
  const instance = "/consumers/g/instances/i";
  await answerTo(open("POST", "/consumers/g", V2), `{"name":"i"}`);
  await answerTo(open("POST", `${instance}/offsets`, V2), `{"offsets":[{"topic":"orders","partition":0,"offset":4}]}`);
  const asked = answerTo(open("GET", `${instance}/offsets`, V2), `{"partitions":[{"topic":"orders","partition":0}]}`);
  expect(await asked).toEqual([200, `{"offsets":[{"topic":"orders","partition":0,"offset":5,"metadata":""}]}`]);
});

test("base_uri names the host the client used", async () => {
  const [, text] = await answerTo(open("POST", "/consumers/g", V2), `{"name":"i"}`);
  expect(JSON.parse(text)).toEqual({
    instance_id: "i",
    base_uri: `http://127.0.0.1:${server.port}/consumers/g/instances/i`,
  });
});

test("a report comes back before the next record is sent", async () => {
  const request = open("POST", "/v3/clusters/any/topics/orders/records", "application/json");
  const answered = once(request, "response") as Promise<[IncomingMessage]>;
  request.write("{}");
  const [response] = await answered;
  for (let offset = 0; offset < 5; offset++) {
    const [chunk] = (await once(response, "data")) as [Buffer];
    expect(JSON.parse(chunk.toString())).toMatchObject({ error_code: 200, offset });
    if (offset < 4) request.write("{}");
  }
  request.end();
  await once(response, "end");
});

test("a client that stops in the middle of a record does no harm", async () => {
  const request = open("POST", "/v3/clusters/any/topics/orders/records", "application/json");
  request.on("error", () => undefined);
  const answered = once(request, "response") as Promise<[IncomingMessage]>;
  request.write(`{} {"value":`);
  const [response] = await answered;
  response.on("error", () => undefined);
  await once(response, "data");
  request.destroy();
  expect(await answerTo(open("GET", "/topics", V2))).toEqual([200, `["orders"]`]);
  expect(rest.cluster.log({ topic: "orders", partition: 0 })).toHaveLength(1);
});

test("a body that is too large is refused while it is still being sent", async () => {
  const request = open("POST", "/topics/orders", "application/vnd.kafka.json.v2+json");
  request.on("error", () => undefined);
  const answered = once(request, "response") as Promise<[IncomingMessage]>;
  request.setHeader("content-length", String(1e9));
  request.write(`{"records":[`);
  const [response] = await answered;
  expect(response.statusCode).toBe(413);
  request.destroy();
});
