import { request } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RestCalls, textOf } from "../end-to-end/rest-calls.ts";
import { startWorker } from "./worker-harness.ts";
import type { WorkerHarness } from "./worker-harness.ts";

let worker: WorkerHarness;
let rest: RestCalls;
beforeAll(async () => {
  worker = await startWorker({ config: "test/workerd/wrangler.jsonc" });
  rest = new RestCalls(worker);
}, 120_000);
afterAll(() => worker[Symbol.asyncDispose]());

test("a consumer instance ends with its gateway, and its committed offsets stay", async () => {
  await rest.produceV2("letters", ["a", "b"]);
  await rest.createInstance("readers", "first");
  await rest.subscribe("readers", "first", "letters");
  expect((await rest.read("readers", "first", 2)).map(({ value }) => textOf(value))).toEqual(["a", "b"]);
  await rest.expect(200, "POST", "/consumers/readers/instances/first/offsets");

  await worker.fetch(new Request("http://worker/test/crash-gateway", { method: "POST" }));
  const gone = await rest.expect(404, "GET", "/consumers/readers/instances/first/records");
  expect(gone).toMatchObject({ error_code: 40_403 });

  // Its member is still in the group, so the new one reads without the group's protocol.
  await rest.produceV2("letters", ["c"]);
  await rest.createInstance("readers", "second");
  const partitions = [{ topic: "letters", partition: 0 }];
  await rest.expect(204, "POST", "/consumers/readers/instances/second/assignments", { body: { partitions } });
  expect((await rest.read("readers", "second", 1)).map(({ value }) => textOf(value))).toEqual(["c"]);
});

test("a record stream is answered record by record, through Worker and gateway", async () => {
  const values = Array.from({ length: 100 }, (_, at) => `streamed ${at}`);
  expect(await rest.produceV3("letters", values)).toEqual(values.map((_, at) => 3 + at));
});

test("committed offsets are asked for with a GET that has a body", async () => {
  const { offsets } = await getWithBody("/consumers/readers/instances/second/offsets", {
    partitions: [{ topic: "letters", partition: 0 }],
  });
  expect(offsets).toMatchObject([{ topic: "letters", partition: 0, offset: 2 }]);
});

/** What fetch refuses to send. */
async function getWithBody(path: string, body: unknown): Promise<{ readonly offsets: unknown }> {
  const json = JSON.stringify(body);
  const headers = { "content-type": "application/vnd.kafka.v2+json", "content-length": Buffer.byteLength(json) };
  const answer = Promise.withResolvers<string>();
  const sending = request(new URL(path, worker.url), { method: "GET", headers }, (response) => {
    text(response).then(answer.resolve, answer.reject);
  });
  sending.on("error", answer.reject);
  sending.end(json);
  // The caller says what it expects of it.
  return JSON.parse(await answer.promise) as { readonly offsets: unknown };
}
