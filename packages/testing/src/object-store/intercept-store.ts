import type { ObjectStore } from "@streambed/log-storage";

/** One call of a store, as a wrapper sees it. */
export interface StoreCall {
  readonly verb: "get" | "head" | "put" | "list" | "delete";
  /** The keys it names; for a list, its prefix. */
  readonly keys: readonly string[];
  /** How many calls came before this one, all verbs together. */
  readonly index: number;
}

/** Runs a call, or does something else. `execute` may be called any number of times. */
export type StoreInterceptor = <Answer>(call: StoreCall, execute: () => Promise<Answer>) => Promise<Answer>;

/** A store whose every call goes through `around`. */
export function interceptStore(store: ObjectStore, around: StoreInterceptor): ObjectStore {
  let calls = 0;
  const call = (verb: StoreCall["verb"], keys: readonly string[]): StoreCall => ({ verb, keys, index: calls++ });
  return {
    description: store.description,
    get: (key, options) => around(call("get", [key]), () => store.get(key, options)),
    head: (key) => around(call("head", [key]), () => store.head(key)),
    put: (key, body, options) => around(call("put", [key]), () => store.put(key, body, options)),
    list: (options) => around(call("list", [options.prefix]), () => store.list(options)),
    delete: (keys) => around(call("delete", keys), () => store.delete(keys)),
  };
}
