import { hasCode } from "@streambed/kernel";
import type { ObjectStore, PutResult } from "@streambed/log-storage";
import { absent, check, checkBytes, checkSame, etagOf, pattern, text, type ContractCase } from "./contract-case.ts";

/** What a put stores, and when it may. */
export const putCases: readonly ContractCase[] = [
  {
    name: "an object reads back as the concatenation of its chunks",
    async run(store) {
      const whole = pattern(1_000);
      await store.put("a/chunks", [
        whole.subarray(0, 10),
        whole.subarray(10, 10),
        whole.subarray(10, 700),
        whole.subarray(700),
      ]);
      checkBytes(await store.get("a/chunks"), whole);
    },
  },
  {
    name: "an empty object can be stored",
    async run(store) {
      await store.put("empty", [], absent);
      checkBytes(await store.get("empty"), new Uint8Array(0));
      const head = await store.head("empty");
      check(head.found && head.size === 0, "an empty object is there and has size 0");
    },
  },
  {
    name: "an object of 8 MiB and one byte survives",
    async run(store) {
      const body = pattern(8 * 1024 * 1024 + 1);
      await store.put("large", [body.subarray(0, 5_000_000), body.subarray(5_000_000)], absent);
      checkBytes(await store.get("large"), body);
    },
  },
  {
    name: "a put without a condition replaces the object and its etag",
    async run(store) {
      const first = etagOf(await store.put("key", [text("first")]));
      const second = etagOf(await store.put("key", [text("other")]));
      check(first !== second, "another content has another etag");
      checkBytes(await store.get("key"), text("other"));
    },
  },
  {
    name: "a create writes once, then answers conflict and changes nothing",
    async run(store) {
      const etag = etagOf(await store.put("log/1", [text("first")], absent));
      const again = await store.put("log/1", [text("second, longer")], absent);
      checkSame(again.outcome, "conflict", "the second create");
      const kept = await store.get("log/1");
      checkBytes(kept, text("first"));
      check(kept.found && kept.etag === etag, "the etag stays");
    },
  },
  {
    name: "of many concurrent creates of one key exactly one wins, and its bytes are stored",
    async run(store) {
      for (const key of ["race/0", "race/1", "race/2"]) {
        const bodies = Array.from({ length: 16 }, (_, writer) => text(`writer ${writer} `.repeat(writer + 1)));
        const results = await Promise.all(bodies.map((body) => settled(store, key, body)));
        const won = results.flatMap((result, at) => (result.outcome === "written" ? [at] : []));
        checkSame(won.length, 1, "winners of a race");
        checkBytes(await store.get(key), bodies[won[0] ?? 0] ?? text(""));
      }
    },
  },
  {
    name: "concurrent creates of different keys all succeed",
    async run(store) {
      const keys = Array.from({ length: 40 }, (_, at) => `many/${at % 4}/${at}`);
      const results = await Promise.all(keys.map((key) => store.put(key, [text(key)], absent)));
      check(
        results.every(({ outcome }) => outcome === "written"),
        "all creates are written",
      );
      for (const key of keys) checkBytes(await store.get(key), text(key));
    },
  },
  {
    name: "a key can be created again after its deletion, with another etag",
    async run(store) {
      const first = etagOf(await store.put("again", [text("one")], absent));
      await store.delete(["again"]);
      const second = etagOf(await store.put("again", [text("two")], absent));
      check(first !== second, "the new object has a new etag");
      checkBytes(await store.get("again"), text("two"));
    },
  },
  {
    name: "keys of printable ASCII are kept as they are",
    async run(store) {
      const keys = [
        "plain",
        "a b",
        "100%",
        "%2F",
        "x+y=z",
        "q?a=1&b=2#c",
        "it's(1)!*~",
        "$,;:@",
        '<"quoted">',
        "[{|}]^`",
      ];
      for (const key of keys) await store.put(`odd/${key}/leaf`, [text(key)], absent);
      for (const key of keys) checkBytes(await store.get(`odd/${key}/leaf`), text(key));
      const page = await store.list({ prefix: "odd/" });
      const listed = page.objects.map((object) => object.key);
      checkSame(listed, keys.map((key) => `odd/${key}/leaf`).sort(), "listed keys");
    },
  },
  {
    name: "a key and a key below it can both exist",
    async run(store) {
      await store.put("tree", [text("node")], absent);
      await store.put("tree/leaf", [text("leaf")], absent);
      checkBytes(await store.get("tree"), text("node"));
      checkBytes(await store.get("tree/leaf"), text("leaf"));
    },
  },
  {
    name: "a put whose signal has aborted rejects and writes nothing",
    async run(store) {
      const signal = AbortSignal.abort();
      const failure = await store.put("aborted", [text("x")], { ...absent, signal }).then(
        () => undefined,
        (error: unknown) => error,
      );
      check(failure !== undefined, "the put rejects");
      const head = await store.head("aborted");
      check(!head.found, "nothing was written");
    },
  },
];

/** S3 may answer a racing create with 409 (`STORE_BUSY`): the same bytes are sent again until there is an answer. */
async function settled(store: ObjectStore, key: string, body: Uint8Array): Promise<PutResult> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await store.put(key, [body], absent);
    } catch (error) {
      if (!hasCode(error, "STORE_BUSY") || attempt === 20) throw error;
    }
  }
}
