import { afterAll, beforeAll, expect, test } from "vitest";
import { RestCalls, textOf } from "../end-to-end/rest-calls.ts";
import { startWorker } from "./worker-harness.ts";
import type { WorkerHarness } from "./worker-harness.ts";

// The Worker as it is deployed. Its shard is evicted the way Cloudflare does it, between requests.
let worker: WorkerHarness;
let rest: RestCalls;
beforeAll(async () => {
  worker = await startWorker();
  rest = new RestCalls(worker);
}, 120_000);
afterAll(() => worker[Symbol.asyncDispose]());

/** Reads a partition without a group, over v3's extension. */
async function readAll(topic: string): Promise<readonly (readonly [number, string])[]> {
  const path = `/v3/clusters/${await rest.clusterId()}/topics/${topic}/partitions/0/records?offset=0&max_records=1000`;
  const answer = (await rest.expect(200, "GET", path)) as {
    readonly data: readonly { readonly offset: number; readonly value: { readonly data: string } }[];
  };
  return answer.data.map(({ offset, value }) => [offset, textOf(value.data)]);
}

test("records written before and after evictions are read back at dense offsets", async () => {
  const values = Array.from({ length: 30 }, (_, at) => `value ${at}`);
  expect(await rest.produceV2("orders", values.slice(0, 10))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  await worker.evict("Shard", "shard-0");
  expect((await rest.produceV2("orders", values.slice(10, 20)))[0]).toBe(10);
  await worker.evict("Gateway", "gateway-0");
  await worker.evict("Shard", "shard-0");
  expect((await rest.produceV2("orders", values.slice(20)))[0]).toBe(20);
  expect(await readAll("orders")).toEqual(values.map((value, at) => [at, value]));
  const opened = worker.logs().filter((line) => line.includes("shard-opened"));
  expect(opened.length).toBe(3);
});
