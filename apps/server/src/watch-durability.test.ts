import { StreambedError, utf8 } from "@streambed/kernel";
import { memoryStore } from "@streambed/store-memory";
import { expect, test } from "vitest";
import { watchDurability } from "./watch-durability.ts";

function failing(code: string): Parameters<typeof watchDurability>[0] {
  const put = (): Promise<never> =>
    Promise.reject(new StreambedError({ kind: "internal", code, message: "the disk is gone" }));
  return { ...memoryStore(), put };
}

test("a failed fsync is told, and still fails its put", async () => {
  const told: string[] = [];
  const store = watchDurability(failing("STORE_FSYNC_FAILED"), (error) => told.push(error.code));
  await expect(store.put("key", [utf8("a")])).rejects.toMatchObject({ code: "STORE_FSYNC_FAILED" });
  expect(told).toEqual(["STORE_FSYNC_FAILED"]);
});

test("other errors, and everything that works, pass through", async () => {
  const told: string[] = [];
  const full = watchDurability(failing("STORE_FULL"), (error) => told.push(error.code));
  await expect(full.put("key", [utf8("a")])).rejects.toMatchObject({ code: "STORE_FULL" });
  const store = watchDurability(memoryStore(), (error) => told.push(error.code));
  await store.put("key", [utf8("a")], { condition: { kind: "absent" } });
  expect(await store.get("key")).toMatchObject({ found: true, bytes: utf8("a") });
  expect((await store.list({ prefix: "" })).objects).toHaveLength(1);
  await store.delete(["key"]);
  expect(await store.head("key")).toMatchObject({ found: false });
  expect(told).toEqual([]);
});
