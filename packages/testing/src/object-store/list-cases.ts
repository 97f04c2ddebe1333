import type { ObjectStore } from "@streambed/log-storage";
import { absent, check, checkSame, keysOf, text, type ContractCase } from "./contract-case.ts";

async function create(store: ObjectStore, keys: readonly string[]): Promise<void> {
  for (let at = 0; at < keys.length; at += 50) {
    await Promise.all(keys.slice(at, at + 50).map((key) => store.put(key, [text(key)], absent)));
  }
}

/** Listing: order, prefixes, pages. */
export const listCases: readonly ContractCase[] = [
  {
    name: "nothing is an empty page",
    async run(store) {
      const page = await store.list({ prefix: "nothing/" });
      checkSame([page.objects, page.next ?? null], [[], null], "the page of a prefix without objects");
    },
  },
  {
    name: "keys come in byte order, whatever the order of writing and wherever a slash is",
    async run(store) {
      const sorted = ["k!", "k-1/x", "k-1/y", "k.1", "k/0/z", "k/1", "k0", "k00/a", "kA", "ka", "k~"];
      await create(store, sorted.toReversed());
      checkSame(await keysOf(store, ""), sorted, "listed keys");
      for (const limit of [1, 2, 3, 11]) checkSame(await keysOf(store, "", limit), sorted, `keys in pages of ${limit}`);
    },
  },
  {
    name: "a prefix ends anywhere in a key",
    async run(store) {
      await create(store, ["log/0/01", "log/0/02", "log/1/01", "log/10/01", "logs", "lo", "ptr/0"]);
      checkSame(await keysOf(store, "log/0/"), ["log/0/01", "log/0/02"], "keys below log/0/");
      checkSame(await keysOf(store, "log/1"), ["log/1/01", "log/10/01"], "keys that start with log/1");
      checkSame(await keysOf(store, "log/0/02"), ["log/0/02"], "keys that start with a whole key");
      checkSame(await keysOf(store, "lo"), ["lo", "log/0/01", "log/0/02", "log/1/01", "log/10/01", "logs"], "lo");
      checkSame(await keysOf(store, "log/0/03"), [], "keys that start with a missing one");
    },
  },
  {
    name: "after is exclusive and need not exist",
    async run(store) {
      await create(store, ["l/1", "l/2", "l/3/a", "l/4", "m"]);
      const after = async (key: string): Promise<readonly string[]> =>
        (await store.list({ prefix: "l/", after: key })).objects.map((object) => object.key);
      checkSame(await after("l/2"), ["l/3/a", "l/4"], "after l/2");
      checkSame(await after("l/22"), ["l/3/a", "l/4"], "after a missing key");
      checkSame(await after("l/3/a"), ["l/4"], "after l/3/a");
      checkSame(await after("a"), ["l/1", "l/2", "l/3/a", "l/4"], "after a key below the prefix");
      checkSame(await after("l/4"), [], "after the last");
      checkSame(await after("z"), [], "after a key above the prefix");
    },
  },
  {
    name: "a page holds at most 1,000 keys and the walk finds each once",
    async run(store) {
      const keys = Array.from({ length: 1_050 }, (_, at) => `page/${at.toString(16).padStart(16, "0")}`);
      await create(store, keys);
      const first = await store.list({ prefix: "page/", limit: 5_000 });
      checkSame([first.objects.length, first.next !== undefined], [1_000, true], "the first page");
      checkSame(await keysOf(store, "page/"), keys, "walked keys");
      checkSame(await keysOf(store, "page/", 350), keys, "keys walked in pages that divide the number");
    },
  },
  {
    name: "an entry has size and time of the last write",
    async run(store) {
      await store.put("info", [text("12345")], absent);
      const page = await store.list({ prefix: "info" });
      const [info] = page.objects;
      check(info !== undefined && info.size === 5, "the size is listed");
      check(Math.abs(info.modifiedMs - page.storeTimeMs) < 60_000, "the time of the write is near the store's time");
    },
  },
  {
    name: "a list sees every write and delete before it",
    async run(store) {
      for (const key of ["s/1", "s/2", "s/3", "s/4"]) {
        await create(store, [key]);
        check((await keysOf(store, "s/")).includes(key), `${key} is listed right after its put`);
      }
      await store.delete(["s/2"]);
      checkSame(await keysOf(store, "s/"), ["s/1", "s/3", "s/4"], "keys after a delete");
    },
  },
];
