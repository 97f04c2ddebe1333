import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { httpPeerLink } from "./http-peer-link.ts";

const STATUS = {
  clusterId: "c",
  nodeId: 7,
  incarnation: "i",
  cursor: "i:1",
  leaving: false,
  storeHealthy: true,
  shards: [{ shard: 0, epoch: 3, tailSeq: 9, owner: 7, leading: true }],
  brokers: [],
};

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function broker(listener: RequestListener) {
  server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const rest = { incarnation: "i", host: "h", port: 1, rack: null, startedMs: 0, version: "1" };
  return { ...rest, nodeId: 7, httpUrl: `http://127.0.0.1:${port}` };
}

test("the question is in the URL, the answer is checked against its contract", async () => {
  let asked: string | undefined;
  const registration = await broker((request, response) => {
    asked = request.url;
    response.end(JSON.stringify({ ...STATUS, later: "unknown fields are dropped" }));
  });
  using link = httpPeerLink();
  const answer = await link.ask(registration, { waitMs: 5, from: 1, incarnation: "mine" }, AbortSignal.timeout(5_000));
  expect(answer).toEqual({ kind: "answered", status: STATUS });
  expect(asked).toBe("/cluster/v1/status?waitMs=5&from=1&incarnation=mine");
});

test("a process that has not joined yet says which one it is", async () => {
  const registration = await broker((_, response) => {
    response.statusCode = 503;
    response.end(JSON.stringify({ message: "starting", incarnation: "new" }));
  });
  using link = httpPeerLink();
  expect(await link.ask(registration, { waitMs: 0 }, AbortSignal.timeout(5_000))).toEqual({
    kind: "starting",
    incarnation: "new",
  });
});

test.each([
  ["something that is not JSON", "<html>"],
  ["something else that is JSON", JSON.stringify({ hello: "world" })],
  ["more than a status can be", "x".repeat(2_000_000)],
])("%s is a failure, not an answer", async (_, body) => {
  const registration = await broker((_request, response) => response.end(body));
  using link = httpPeerLink();
  const answer = await link.ask(registration, { waitMs: 0 }, AbortSignal.timeout(5_000));
  expect(answer.kind).toBe("failed");
});

test("a closed port is a refusal, silence until the signal a failure", async () => {
  const silent = await broker(() => undefined);
  using link = httpPeerLink();
  expect((await link.ask(silent, { waitMs: 0 }, AbortSignal.timeout(50))).kind).toBe("failed");
  server?.closeAllConnections();
  server?.close();
  await once(server as Server, "close");
  expect(await link.ask(silent, { waitMs: 0 }, AbortSignal.timeout(5_000))).toEqual({ kind: "refused" });
});
