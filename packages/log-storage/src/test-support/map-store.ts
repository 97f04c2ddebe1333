import { concatBytes } from "@streambed/kernel";
import type { ListOptions, ObjectStore, PutResult } from "../ports/object-store.ts";

/** A minimal store for this package's tests; adapters have their own packages and suites. */
export interface MapStore extends ObjectStore {
  readonly objects: Map<string, Uint8Array>;
  /** Calls of each verb, to count requests. */
  readonly calls: Record<"get" | "put" | "list", number>;
  /** Replaced by tests that lose, delay or refuse writes. */
  intercept: (key: string, put: () => PutResult) => Promise<PutResult>;
}

/** `now` is the store's time, milliseconds; without it, it counts answers. */
export function mapStore(now?: () => number): MapStore {
  const objects = new Map<string, Uint8Array>();
  const versions = new Map<string, number>();
  const calls = { get: 0, put: 0, list: 0 };
  let ticks = 0;
  const time = now ?? (() => ++ticks);
  const etagOf = (key: string): string => String(versions.get(key) ?? 0);
  const store: MapStore = {
    objects,
    calls,
    description: "map",
    intercept: (_key, put) => Promise.resolve(put()),
    async get(key, options) {
      calls.get++;
      await Promise.resolve();
      const bytes = objects.get(key);
      if (bytes === undefined) return { found: false, storeTimeMs: time() };
      const { offset = 0, length = bytes.length } = options?.range ?? {};
      const part = bytes.slice(offset, offset + length);
      return { found: true, bytes: part, size: bytes.length, etag: etagOf(key), storeTimeMs: time() };
    },
    head: () => Promise.reject(new Error("not used")),
    put(key, body, options) {
      calls.put++;
      return store.intercept(key, () => {
        const { condition } = options ?? {};
        const refused =
          (condition?.kind === "absent" && objects.has(key)) ||
          (condition?.kind === "etag" && condition.etag !== etagOf(key));
        if (refused) return { outcome: "conflict", storeTimeMs: time() };
        objects.set(key, concatBytes(body).slice());
        versions.set(key, (versions.get(key) ?? 0) + 1);
        return { outcome: "written", etag: etagOf(key), storeTimeMs: time() };
      });
    },
    list({ prefix, after = "", limit = 1000 }: ListOptions) {
      calls.list++;
      const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).toSorted();
      const page = keys.slice(0, limit).map((key) => ({ key, size: objects.get(key)?.length ?? 0, modifiedMs: 0 }));
      const next = keys.length > limit ? page.at(-1)?.key : undefined;
      return Promise.resolve({ objects: page, storeTimeMs: time(), ...(next === undefined ? {} : { next }) });
    },
    delete(keys) {
      for (const key of keys) objects.delete(key);
      return Promise.resolve({ storeTimeMs: time() });
    },
  };
  return store;
}
