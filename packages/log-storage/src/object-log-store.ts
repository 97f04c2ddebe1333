import { entryKey, logPrefix, seqOfEntryKey } from "./keys.ts";
import type { LogStore } from "./ports/log-store.ts";
import type { ObjectStore } from "./ports/object-store.ts";

const DELETE_BATCH_KEYS = 1_000;
const LIST_KEYS_MAX = 1_000;

/** The entries of one shard as objects of a bucket, created with If-None-Match. */
export function objectLogStore(store: ObjectStore, shard: number): LogStore {
  return {
    async create(seq, body, signal) {
      const options = { condition: { kind: "absent" } as const, ...(signal === undefined ? {} : { signal }) };
      const { outcome, storeTimeMs } = await store.put(entryKey(shard, seq), body, options);
      return { outcome: outcome === "written" ? "created" : "taken", storeTimeMs };
    },
    read(seq, range) {
      return store.get(entryKey(shard, seq), range === undefined ? {} : { range });
    },
    async list(after) {
      const seqs: number[] = [];
      // A store may answer with fewer keys than there are, whatever was asked for.
      for (let from = entryKey(shard, after); ;) {
        const { objects, next, storeTimeMs } = await store.list({ prefix: logPrefix(shard), after: from });
        for (const { key } of objects) {
          const seq = seqOfEntryKey(shard, key);
          if (seq !== undefined) seqs.push(seq);
        }
        if (next === undefined || seqs.length >= LIST_KEYS_MAX) return { seqs, storeTimeMs };
        from = next;
      }
    },
    async trim(floor) {
      for (;;) {
        const { objects } = await store.list({ prefix: logPrefix(shard), limit: DELETE_BATCH_KEYS });
        const keys = objects.map(({ key }) => key).filter((key) => (seqOfEntryKey(shard, key) ?? Infinity) <= floor);
        if (keys.length === 0) return;
        await store.delete(keys);
      }
    },
  };
}
