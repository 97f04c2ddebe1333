import { fromUtf8, hasCode } from "@streambed/kernel";
import type { ObjectStore } from "@streambed/log-storage";
import {
  absent,
  check,
  checkBytes,
  checkSame,
  etagOf,
  swap,
  text,
  winners,
  type ContractCase,
} from "./contract-case.ts";

/** Compare-and-swap by etag. */
export const swapCases: readonly ContractCase[] = [
  {
    name: "put, get and head name the same etag",
    async run(store) {
      const etag = etagOf(await store.put("ptr/0", [text("one")], absent));
      const [got, head] = [await store.get("ptr/0"), await store.head("ptr/0")];
      check(got.found && got.etag === etag, "get has the etag of the put");
      check(head.found && head.etag === etag && head.size === 3, "head has the etag of the put");
    },
  },
  {
    name: "a swap from the current etag writes, from an older one it answers conflict",
    async run(store) {
      const first = etagOf(await store.put("ptr/0", [text("one")], absent));
      const second = etagOf(await store.put("ptr/0", [text("two")], swap(first)));
      const stale = await store.put("ptr/0", [text("bad")], swap(first));
      checkSame(stale.outcome, "conflict", "the swap from an old etag");
      checkBytes(await store.get("ptr/0"), text("two"));
      etagOf(await store.put("ptr/0", [text("three")], swap(second)));
      checkBytes(await store.get("ptr/0"), text("three"));
    },
  },
  {
    name: "a swap of a missing key answers conflict and creates nothing",
    async run(store) {
      const etag = etagOf(await store.put("ptr/1", [text("one")], absent));
      const missing = await store.put("ptr/2", [text("two")], swap(etag));
      checkSame(missing.outcome, "conflict", "the swap of a missing key");
      await store.delete(["ptr/1"]);
      const deleted = await store.put("ptr/1", [text("two")], swap(etag));
      checkSame(deleted.outcome, "conflict", "the swap of a deleted key");
      check(!(await store.head("ptr/1")).found && !(await store.head("ptr/2")).found, "nothing was created");
    },
  },
  {
    name: "an etag with which nothing was ever written answers conflict",
    async run(store) {
      etagOf(await store.put("ptr/0", [text("one")], absent));
      const wrong = await store.put("ptr/0", [text("two")], swap('"00000000000000000000000000000000"'));
      checkSame(wrong.outcome, "conflict", "the swap from an unknown etag");
      checkBytes(await store.get("ptr/0"), text("one"));
    },
  },
  {
    name: "of many concurrent swaps from one etag exactly one wins",
    async run(store) {
      const etag = etagOf(await store.put("ptr/0", [text("start")], absent));
      const bodies = Array.from({ length: 12 }, (_, writer) => text(`writer ${writer}`));
      const results = await Promise.all(bodies.map((body) => swapOrBusy(store, etag, body)));
      const won = winners(results.filter((result) => result !== "busy"));
      checkSame(won.length, 1, "winners of a swap race");
      const winner = results.findIndex((result) => result !== "busy" && result.outcome === "written");
      checkBytes(await store.get("ptr/0"), bodies[winner] ?? text(""));
    },
  },
  {
    name: "concurrent increments by swap lose none",
    async run(store) {
      await store.put("counter", [text("0")], absent);
      await Promise.all(Array.from({ length: 4 }, () => increment(store, 5)));
      checkBytes(await store.get("counter"), text("20"));
    },
  },
  {
    name: "objects of equal size that follow each other quickly have different etags",
    async run(store) {
      const etags = new Set<string>();
      for (let round = 10; round < 30; round++) etags.add(etagOf(await store.put("ptr/0", [text(`${round}`)])));
      checkSame(etags.size, 20, "different etags of twenty contents");
    },
  },
];

async function swapOrBusy(
  store: ObjectStore,
  etag: string,
  body: Uint8Array,
): Promise<Awaited<ReturnType<ObjectStore["put"]>> | "busy"> {
  try {
    return await store.put("ptr/0", [body], swap(etag));
  } catch (error) {
    if (hasCode(error, "STORE_BUSY")) return "busy";
    throw error;
  }
}

async function increment(store: ObjectStore, times: number): Promise<void> {
  const attemptsMax = 1_000;
  for (let done = 0, attempts = 0; done < times; attempts++) {
    check(attempts < attemptsMax, "a swap has to succeed at some time");
    const current = await store.get("counter");
    check(current.found, "the counter is there");
    const next = text(`${Number(fromUtf8(current.bytes)) + 1}`);
    const result = await store.put("counter", [next], swap(current.etag)).catch((error: unknown) => {
      if (hasCode(error, "STORE_BUSY")) return { outcome: "conflict" } as const;
      throw error;
    });
    if (result.outcome === "written") done += 1;
  }
}
