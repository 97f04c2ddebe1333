import { memoryStore } from "@streambed/store-memory";
import { describe, expect, test } from "vitest";
import { failingStore, faultsInOrder } from "./failing-store.ts";

const absent = { condition: { kind: "absent" } } as const;
const body = [Uint8Array.of(1)];

describe("failingStore", () => {
  test("a lost request changes nothing, a lost answer leaves its change behind", async () => {
    const inner = memoryStore();
    const store = failingStore(inner, faultsInOrder("put", [{ kind: "request-lost" }, { kind: "answer-lost" }]));
    await expect(store.put("a", body, absent)).rejects.toMatchObject({ code: "STORE_TIMEOUT", retriable: true });
    expect((await inner.head("a")).found).toBe(false);
    await expect(store.put("a", body, absent)).rejects.toMatchObject({ code: "STORE_TIMEOUT" });
    expect((await inner.head("a")).found).toBe(true);
    expect(await store.put("b", body, absent)).toMatchObject({ outcome: "written" });
  });

  test("a duplicated create answers conflict to its own writer when the last answer counts", async () => {
    const plan = faultsInOrder("put", [
      { kind: "duplicate", answer: "last" },
      { kind: "duplicate", answer: "first" },
    ]);
    const store = failingStore(memoryStore(), plan);
    expect(await store.put("a", body, absent)).toMatchObject({ outcome: "conflict" });
    expect(await store.put("b", body, absent)).toMatchObject({ outcome: "written" });
  });

  test("a late request is executed after those that overtook it", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const store = failingStore(memoryStore(), faultsInOrder("put", [{ kind: "request-late", until: promise }]));
    const late = store.put("a", body, absent);
    expect(await store.put("a", body, absent)).toMatchObject({ outcome: "written" });
    resolve();
    expect(await late).toMatchObject({ outcome: "conflict" });
  });

  test("a late answer does not delay its change", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const store = failingStore(memoryStore(), faultsInOrder("put", [{ kind: "answer-late", until: promise }]));
    const late = store.put("a", body, absent);
    expect(await store.put("a", body, absent)).toMatchObject({ outcome: "conflict" });
    resolve();
    expect(await late).toMatchObject({ outcome: "written" });
  });
});
