import { silentLogger, systemClock, systemRandom } from "@streambed/kernel";
import type { ObjectStore } from "@streambed/log-storage";
import { bufferedHandler, httpHandler, openService } from "@streambed/runtime-lambda";
import type { HttpResult, Service } from "@streambed/runtime-lambda";
import { memoryStore } from "@streambed/store-memory";
import { afterEach, expect, test } from "vitest";
import { eventOf, recordedEvent } from "./events.ts";

const clock = systemClock();
const parts = { clock, random: systemRandom(), logger: silentLogger };
const open: Service[] = [];
afterEach(async () => {
  for (const service of open.splice(0)) await service[Symbol.asyncDispose]();
});

/** One instance of the function. */
function instance(
  store: ObjectStore,
  wait: { getRemainingTimeInMillis(): number } = { getRemainingTimeInMillis: () => 30_000 },
) {
  const handler = bufferedHandler(
    httpHandler({
      open: async () => {
        const service = await openService({ store, ...parts });
        open.push(service);
        return service;
      },
      clock,
      logger: silentLogger,
    }),
  );
  return (event: unknown): Promise<HttpResult> => handler(event, wait);
}

function post(path: string, body: unknown, type = "application/json"): Request {
  const headers = { "content-type": type };
  return new Request(`https://f.example${path}`, { method: "POST", headers, body: JSON.stringify(body) });
}

test("a record that came through a Function URL is read back through an API's event", async () => {
  const handle = instance(memoryStore());
  const produced = await handle(recordedEvent("function-url-produce"));
  expect(produced).toMatchObject({ statusCode: 200, isBase64Encoded: false });
  expect(produced.headers["content-type"]).toBe("application/vnd.kafka.v2+json");
  expect(JSON.parse(produced.body)).toMatchObject({ offsets: [{ partition: 0, offset: 0 }] });

  const event = recordedEvent("api-gateway-records");
  const clusters = await handle(await eventOf(new Request("https://f.example/v3/clusters")));
  const cluster = (JSON.parse(clusters.body) as { data: readonly { cluster_id: string }[] }).data[0]?.cluster_id;
  const rawPath = event.rawPath.replace("/any/", `/${cluster}/`);
  const second = await handle({ ...event, rawPath });
  expect([second.statusCode, JSON.parse(second.body)]).toMatchObject([200, { error_code: 200, offset: 1 }]);
});

test("what an instance acknowledged is there for the next one", async () => {
  const store = memoryStore();
  await instance(store)(recordedEvent("function-url-produce"));
  const answer = await instance(store)(recordedEvent("function-url-produce"));
  expect(JSON.parse(answer.body)).toMatchObject({ offsets: [{ offset: 1 }] });
});

test("instances that write at the same time get different offsets, without a gap", async () => {
  const store = memoryStore();
  const instances = [instance(store), instance(store), instance(store)];
  await instances[0]?.(recordedEvent("function-url-produce"));
  const binary = "application/vnd.kafka.binary.v2+json";
  const answers = await Promise.all(
    Array.from({ length: 60 }, async (_, at) => {
      const request = post("/topics/orders", { records: [{ value: "YQ==", partition: 0 }] }, binary);
      return instances[at % instances.length]?.(await eventOf(request));
    }),
  );
  const offsets = answers.map(
    (answer) => (JSON.parse(answer?.body ?? "") as { offsets: { offset: number }[] }).offsets[0],
  );
  expect(offsets.map((found) => found?.offset).toSorted((a = 0, b = 0) => a - b)).toEqual(
    Array.from({ length: 60 }, (_, at) => at + 1),
  );
});

test("an event that is no HTTP request is answered with a sentence", async () => {
  const answer = await instance(memoryStore())({ Records: [] });
  expect([answer.statusCode, JSON.parse(answer.body)]).toMatchObject([
    400,
    { error_code: 40_001, message: /Function URL/ },
  ]);
});

test("a bucket that does not answer is an answer too, and the next event tries again", async () => {
  const store = memoryStore();
  let broken = true;
  const flaky: ObjectStore = {
    ...store,
    head: (key) => (broken ? Promise.reject(new Error("no route to the bucket")) : store.head(key)),
  };
  const handle = instance(flaky);
  const answer = await handle(recordedEvent("function-url-produce"));
  expect([answer.statusCode, JSON.parse(answer.body)]).toMatchObject([500, { message: "no route to the bucket" }]);
  broken = false;
  expect(await handle(recordedEvent("function-url-produce"))).toMatchObject({ statusCode: 200 });
});

test("an invocation whose time is over is answered before Lambda ends the instance", async () => {
  const store: ObjectStore = { ...memoryStore(), head: () => new Promise(() => undefined) };
  const handle = instance(store, { getRemainingTimeInMillis: () => 501 });
  const answer = await handle(recordedEvent("function-url-produce"));
  expect([answer.statusCode, JSON.parse(answer.body)]).toMatchObject([503, { message: /time is over/ }]);
});
