import { systemClock, utf8 } from "@streambed/kernel";
import { createRegistry, meteredStore, usageOf } from "@streambed/metrics";
import { memoryStore } from "@streambed/store-memory";
import { failingStore, faultsInOrder, testObjectStore } from "@streambed/testing";
import { describe, expect, test } from "vitest";

const clock = systemClock();

describe("a metered store is a store", () => {
  testObjectStore(() => meteredStore(memoryStore(), { meter: createRegistry(), clock }));
});

test("every request is counted with its verb, its outcome and its bytes", async () => {
  const metrics = createRegistry();
  const store = meteredStore(memoryStore(), { meter: metrics, clock });
  await store.put("a", [utf8("four")], { condition: { kind: "absent" } });
  await store.put("a", [utf8("more")], { condition: { kind: "absent" } });
  await store.get("a");
  await store.get("b");
  await store.head("a");
  await store.list({ prefix: "" });
  await store.delete(["a"]);
  const counted = metrics.values("streambed_store_requests_total").map(({ labels, value }) => ({ ...labels, value }));
  expect(counted).toEqual([
    { verb: "PUT", outcome: "ok", value: 1 },
    { verb: "PUT", outcome: "conflict", value: 1 },
    { verb: "GET", outcome: "ok", value: 1 },
    { verb: "GET", outcome: "missing", value: 1 },
    { verb: "HEAD", outcome: "ok", value: 1 },
    { verb: "LIST", outcome: "ok", value: 1 },
    { verb: "DELETE", outcome: "ok", value: 1 },
  ]);
  expect(usageOf(metrics)).toEqual({
    requests: { PUT: 2, GET: 2, HEAD: 1, LIST: 1, DELETE: 1 },
    sentBytes: 8,
    receivedBytes: 4,
  });
});

test("a request that fails is counted under the error's code, and still fails", async () => {
  const metrics = createRegistry();
  const failing = failingStore(memoryStore(), faultsInOrder("put", [{ kind: "request-lost" }]));
  const store = meteredStore(failing, { meter: metrics, clock });
  await expect(store.put("a", [utf8("x")])).rejects.toMatchObject({ code: "STORE_TIMEOUT" });
  expect(metrics.value("streambed_store_requests_total", { verb: "PUT", outcome: "STORE_TIMEOUT" })).toBe(1);
});
