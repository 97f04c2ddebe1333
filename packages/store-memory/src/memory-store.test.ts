import { describe, expect, test } from "vitest";
import { memoryStore } from "./memory-store.ts";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe("memoryStore", () => {
  test("a caller that changes its bytes afterwards does not change the object", async () => {
    const store = memoryStore();
    const body = bytes(1, 2, 3);
    await store.put("key", [body]);
    body.fill(9);
    const first = await store.get("key");
    if (first.found) first.bytes.fill(7);
    expect(await store.get("key")).toMatchObject({ bytes: bytes(1, 2, 3) });
  });

  test("a snapshot keeps what was there, and a store made from it goes on with fresh etags", async () => {
    const store = memoryStore();
    await store.put("a", [bytes(1)]);
    const before = store.snapshot();
    const written = await store.put("a", [bytes(2)]);
    const restored = memoryStore({ from: before });
    expect(await restored.get("a")).toMatchObject({ bytes: bytes(1) });
    await restored.put("b", []);
    const next = await restored.put("c", []);
    expect(next.outcome === "written" && written.outcome === "written" && next.etag !== written.etag).toBe(true);
  });

  test("keys come sorted whatever the order of writing", async () => {
    const store = memoryStore();
    for (const key of ["b", "a/2", "c", "a/1", "a"]) await store.put(key, []);
    const page = await store.list({ prefix: "" });
    expect(page.objects.map(({ key }) => key)).toEqual(["a", "a/1", "a/2", "b", "c"]);
  });

  test("a delete of too many keys is refused", async () => {
    const keys = Array.from({ length: 1_001 }, (_, at) => `${at}`);
    await expect(memoryStore().delete(keys)).rejects.toMatchObject({ kind: "invalid", code: "STORE_TOO_MANY_KEYS" });
  });
});
