import { concatBytes, hasCode, seededRandom, StreambedError, systemClock } from "@streambed/kernel";
import { describe, expect, test } from "vitest";
import { probeConformance } from "./conformance-probe.ts";
import type { ObjectStore, PutCondition, PutOptions } from "./ports/object-store.ts";

const options = { clock: systemClock(), random: seededRandom(1) };

/** A correct store in a few lines. Adapters are tested elsewhere; here it is what the broken ones are made of. */
function mapStore(): ObjectStore & { readonly objects: Map<string, { bytes: Uint8Array; etag: string }> } {
  const objects = new Map<string, { bytes: Uint8Array; etag: string }>();
  const storeTimeMs = 1;
  let writes = 0;
  const holds = (key: string, condition?: PutCondition): boolean =>
    condition === undefined ||
    (condition.kind === "absent" ? !objects.has(key) : objects.get(key)?.etag === condition.etag);
  return {
    objects,
    description: "a map",
    async get(key) {
      const object = objects.get(key);
      return object
        ? { found: true, ...object, size: object.bytes.length, storeTimeMs }
        : { found: false, storeTimeMs };
    },
    async head(key) {
      const object = objects.get(key);
      return object
        ? { found: true, ...object, size: object.bytes.length, storeTimeMs }
        : { found: false, storeTimeMs };
    },
    async put(key, body, { condition } = {}) {
      if (!holds(key, condition)) return { outcome: "conflict", storeTimeMs };
      const etag = `${++writes}`;
      objects.set(key, { bytes: concatBytes(body), etag });
      return { outcome: "written", etag, storeTimeMs };
    },
    async list({ prefix, after = "" }) {
      const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
      return { objects: keys.map((key) => ({ key, size: 0, modifiedMs: 1 })), storeTimeMs };
    },
    async delete(keys) {
      for (const key of keys) objects.delete(key);
      return { storeTimeMs };
    },
  };
}

const without = (kind: PutCondition["kind"], given: PutOptions = {}): PutOptions =>
  given.condition?.kind === kind ? {} : given;

async function refusal(broken: ObjectStore): Promise<string> {
  const error = await probeConformance(broken, options).catch((thrown: unknown) => thrown);
  expect(hasCode(error, "STORE_NOT_CONFORMANT") && error.kind === "invalid", String(error)).toBe(true);
  return String(error);
}

describe("probeConformance", () => {
  test("a correct store passes in a dozen requests and is left as it was", async () => {
    const store = mapStore();
    let requests = 0;
    const counted = new Proxy(store, {
      get: (target, name) => {
        if (typeof Reflect.get(target, name) === "function") requests += 1;
        return Reflect.get(target, name) as unknown;
      },
    });
    await probeConformance(counted, options);
    expect(store.objects.size).toBe(0);
    expect(requests).toBeLessThanOrEqual(14);
  });

  test("a store that ignores If-None-Match is refused and cleaned up", async () => {
    const store = mapStore();
    const broken = {
      ...store,
      put: (...[key, body, given]: Parameters<ObjectStore["put"]>) => store.put(key, body, without("absent", given)),
    };
    expect(await refusal(broken)).toContain("created the same key at the same time");
    expect(store.objects.size).toBe(0);
  });

  test("a store that only checks before it writes is refused when writers race", async () => {
    const store = mapStore();
    const put: ObjectStore["put"] = async (key, body, given) => {
      if (given?.condition?.kind === "absent" && (await store.head(key)).found)
        return { outcome: "conflict", storeTimeMs: 1 };
      await Promise.resolve();
      return store.put(key, body, without("absent", given));
    };
    expect(await refusal({ ...store, put })).toContain("at the same time");
  });

  test("a store that ignores If-Match is refused", async () => {
    const store = mapStore();
    const put: ObjectStore["put"] = (key, body, given) => store.put(key, body, without("etag", given));
    expect(await refusal({ ...store, put })).toContain("outdated etag");
  });

  test("a store whose reads or lists lag behind its writes is refused", async () => {
    const store = mapStore();
    expect(await refusal({ ...store, get: async () => ({ found: false, storeTimeMs: 1 }) })).toContain("right after");
    expect(await refusal({ ...store, list: async () => ({ objects: [], storeTimeMs: 1 }) })).toContain("list");
  });

  test("a store that lists in another order, or ignores where to start, is refused", async () => {
    const store = mapStore();
    const reversed: ObjectStore["list"] = async (given) => {
      const page = await store.list(given);
      return { ...page, objects: page.objects.toReversed() };
    };
    expect(await refusal({ ...store, list: reversed })).toContain("sorted");
    expect(await refusal({ ...store, list: ({ prefix }) => store.list({ prefix }) })).toContain("behind");
  });

  test("writers that are told to come back later come back", async () => {
    const store = mapStore();
    let refusals = 2;
    const put: ObjectStore["put"] = async (...given) => {
      if (refusals-- > 0) throw new StreambedError({ kind: "unavailable", code: "STORE_BUSY", message: "409" });
      return store.put(...given);
    };
    await probeConformance({ ...store, put }, options);
    expect(store.objects.size).toBe(0);
  });

  test("an error of the store itself is not called a lack of conformance", async () => {
    const denied = new StreambedError({ kind: "denied", code: "STORE_ACCESS_DENIED", message: "no" });
    const put: ObjectStore["put"] = async () => Promise.reject(denied);
    await expect(probeConformance({ ...mapStore(), put }, options)).rejects.toBe(denied);
  });
});
