import { hasCode } from "@streambed/kernel";
import { absent, check, checkSame, keysOf, text, type ContractCase } from "./contract-case.ts";

/** Deletion. */
export const deleteCases: readonly ContractCase[] = [
  {
    name: "a delete takes exactly its keys; missing ones are not an error",
    async run(store) {
      for (const key of ["d/1", "d/2", "d/3", "e/1"]) await store.put(key, [text(key)], absent);
      await store.delete(["d/1", "d/3", "d/missing", "no/such/folder"]);
      checkSame(await keysOf(store, ""), ["d/2", "e/1"], "remaining keys");
      await store.delete(["d/1"]);
      await store.delete([]);
      checkSame(await keysOf(store, ""), ["d/2", "e/1"], "remaining keys after deletes of nothing");
    },
  },
  {
    name: "1,000 keys go in one call, more are refused before anything happens",
    async run(store) {
      const keys = Array.from({ length: 1_001 }, (_, at) => `bulk/${at}`);
      await Promise.all(keys.slice(0, 20).map((key) => store.put(key, [text(key)], absent)));
      const refused = await store.delete(keys).catch((error: unknown) => error);
      check(hasCode(refused, "STORE_TOO_MANY_KEYS"), "more than 1,000 keys are refused");
      checkSame((await keysOf(store, "bulk/")).length, 20, "keys after the refusal");
      await store.delete(keys.slice(0, 1_000));
      checkSame(await keysOf(store, "bulk/"), [], "keys after the delete");
    },
  },
  {
    name: "what lies beside and below a deleted key stays usable",
    async run(store) {
      await store.put("only/child/leaf", [text("x")], absent);
      await store.delete(["only/child/leaf"]);
      await store.put("only/child/leaf", [text("y")], absent);
      await store.put("only/other", [text("z")], absent);
      checkSame(await keysOf(store, "only/"), ["only/child/leaf", "only/other"], "keys after deleting the only one");
    },
  },
];
