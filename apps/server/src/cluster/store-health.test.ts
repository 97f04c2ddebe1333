import { StreambedError, utf8 } from "@streambed/kernel";
import type { Clock } from "@streambed/kernel";
import { memoryStore } from "@streambed/store-memory";
import { beforeEach, expect, test } from "vitest";
import { watchHealth } from "./store-health.ts";

let nowMs = 0;
beforeEach(() => {
  nowMs = 0;
});
const clock: Clock = { now: () => nowMs, elapsed: () => nowMs, schedule: () => () => undefined };

/** A store whose requests end when the test says so. */
function heldStore() {
  const inner = memoryStore();
  const held: PromiseWithResolvers<void>[] = [];
  const hold = async (): Promise<void> => {
    const turn = Promise.withResolvers<void>();
    held.push(turn);
    await turn.promise;
  };
  return {
    held,
    store: {
      ...inner,
      get: async (key: string) => {
        await hold();
        return inner.get(key);
      },
      put: async (key: string, body: readonly Uint8Array[]) => {
        await hold();
        return inner.put(key, body);
      },
      head: async (key: string) => {
        await hold();
        return inner.head(key);
      },
    },
  };
}

const unavailable = new StreambedError({ kind: "unavailable", code: "STORE_UNAVAILABLE", message: "gone" });

test("a store at rest is healthy", () => {
  const { isHealthy } = watchHealth(memoryStore(), clock);
  nowMs = 3_600_000;
  expect(isHealthy()).toBe(true);
});

test("a request without an answer makes it unhealthy after 4 s, its answer healthy again", async () => {
  const { store, held } = heldStore();
  const health = watchHealth(store, clock);
  nowMs = 10_000;
  const reading = health.store.get("key");
  nowMs = 13_900;
  expect(health.isHealthy()).toBe(true);
  nowMs = 14_000;
  expect(health.isHealthy()).toBe(false);
  held[0]?.resolve();
  await reading;
  expect(health.isHealthy()).toBe(true);
});

test("one slow request among quick ones says nothing", async () => {
  const { store, held } = heldStore();
  const health = watchHealth(store, clock);
  void health.store.get("slow");
  nowMs = 20_000;
  const quick = health.store.get("quick");
  held[1]?.resolve();
  await quick;
  nowMs = 23_000;
  expect(health.isHealthy()).toBe(true);
});

test("a large body has the time that a slow line needs", () => {
  const health = watchHealth(heldStore().store, clock);
  nowMs = 10_000;
  void health.store.put("pack", [new Uint8Array(20_000_000)]);
  nowMs = 30_000;
  expect(health.isHealthy()).toBe(true);
  nowMs = 34_001;
  expect(health.isHealthy()).toBe(false);
});

test("requests that fail for 4 s make it unhealthy; it is tried until it answers", async () => {
  const { store, held } = heldStore();
  const health = watchHealth(store, clock);
  nowMs = 10_000;
  const failing = health.store.put("key", [utf8("a")]);
  held[0]?.reject(unavailable);
  await expect(failing).rejects.toBe(unavailable);
  expect(health.isHealthy()).toBe(true);
  nowMs = 14_500;
  expect(health.isHealthy()).toBe(false);
  expect(held).toHaveLength(2);
  held[1]?.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  expect(health.isHealthy()).toBe(true);
});

test("a refusal is an answer", async () => {
  const denied = new StreambedError({ kind: "denied", code: "STORE_ACCESS_DENIED", message: "no" });
  const { store, held } = heldStore();
  const health = watchHealth(store, clock);
  nowMs = 10_000;
  const failing = health.store.put("key", [utf8("a")]);
  held[0]?.reject(denied);
  await expect(failing).rejects.toBe(denied);
  nowMs = 20_000;
  expect(health.isHealthy()).toBe(true);
});
