import { describe, expect, test } from "vitest";
import type { R2BucketLike, R2ObjectLike } from "./r2-bucket-like.ts";
import { r2Store } from "./r2-store.ts";

const uploaded = new Date("2026-03-03T10:00:00Z");
const clock = { now: () => 5_000, elapsed: () => 0, schedule: () => () => undefined };
const object: R2ObjectLike = { key: "p/key", size: 3, httpEtag: '"abc"', uploaded };

/** A bucket that has one object and takes every write; R2 itself is tested in workerd. */
function bucket(changes: Partial<R2BucketLike> = {}): R2BucketLike {
  return {
    get: async () => ({ ...object, arrayBuffer: async () => new ArrayBuffer(3) }),
    head: async () => object,
    put: async () => object,
    list: async () => ({ objects: [object], truncated: true }),
    delete: async () => undefined,
    ...changes,
  };
}

describe("r2Store", () => {
  test("sends conditions as headers, which every release of the binding understands", async () => {
    const headers: (string | null)[] = [];
    const store = r2Store({
      bucket: bucket({
        put: async (_key, _value, options) => {
          headers.push(options?.onlyIf?.get("if-none-match") ?? null, options?.onlyIf?.get("if-match") ?? null);
          return object;
        },
      }),
    });
    await store.put("key", [], { condition: { kind: "absent" } });
    await store.put("key", [], { condition: { kind: "etag", etag: '"abc"' } });
    await store.put("key", []);
    expect(headers).toEqual(["*", null, null, '"abc"', null, null]);
  });

  test("a write has R2's time, an answer without one the platform's", async () => {
    const store = r2Store({ bucket: bucket(), clock });
    expect(await store.put("key", [])).toEqual({ outcome: "written", etag: '"abc"', storeTimeMs: uploaded.getTime() });
    expect(await store.head("key")).toMatchObject({ found: true, storeTimeMs: 5_000 });
    const taken = r2Store({ bucket: bucket({ put: async () => null }), clock });
    expect(await taken.put("key", [])).toEqual({ outcome: "conflict", storeTimeMs: 5_000 });
  });

  test("a prefix is put before keys and taken off again", async () => {
    const store = r2Store({ bucket: bucket(), prefix: "p/" });
    const page = await store.list({ prefix: "" });
    expect(page).toMatchObject({ objects: [{ key: "key" }], next: "key" });
    expect(store.description).toBe("R2 bucket, below p/");
  });

  test.each([
    ["put: Reduce your concurrent request rate for the same object. (10058)", "unavailable", "STORE_THROTTLED"],
    ["put: We encountered an internal error. Please try again. (10001)", "unavailable", "STORE_INTERNAL_ERROR"],
    ["put: The request timed out. (10054)", "unavailable", "STORE_TIMEOUT"],
    ["put: The specified bucket does not exist. (10006)", "not-found", "BUCKET_NOT_FOUND"],
    ["put: Access denied. (10003)", "denied", "STORE_ACCESS_DENIED"],
    ["Network connection lost.", "unavailable", "STORE_UNAVAILABLE"],
  ])("%s is %s %s", async (message, kind, code) => {
    const store = r2Store({ bucket: bucket({ put: async () => Promise.reject(new Error(message)) }) });
    await expect(store.put("key", [])).rejects.toMatchObject({ name: "StreambedError", kind, code });
  });

  test("a range behind the end is empty, a failure of another range is a failure", async () => {
    const get = async (): Promise<never> => Promise.reject(new Error("get: Unspecified error (0)"));
    const store = r2Store({ bucket: bucket({ get }) });
    const empty = { found: true, bytes: new Uint8Array(0), size: 3 };
    expect(await store.get("key", { range: { offset: 3, length: 1 } })).toMatchObject(empty);
    const inside = store.get("key", { range: { offset: 2, length: 1 } });
    await expect(inside).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  });
});
