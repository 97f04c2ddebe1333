import { absent, check, checkBytes, checkSame, pattern, text, type ContractCase } from "./contract-case.ts";

/** Reads, whole and in part. */
export const getCases: readonly ContractCase[] = [
  {
    name: "a missing key is an answer, not an error",
    async run(store) {
      check(!(await store.get("nothing/here")).found, "get of a missing key finds nothing");
      check(!(await store.get("nothing/here", { range: { offset: 5, length: 5 } })).found, "nor does a range");
      check(!(await store.head("nothing/here")).found, "nor does head");
    },
  },
  {
    name: "a range gives its bytes and the size of the whole object",
    async run(store) {
      const body = pattern(10_000);
      await store.put("ranges", [body], absent);
      for (const [offset, length] of [
        [0, 1],
        [0, 10_000],
        [9_999, 1],
        [1_234, 5_678],
      ] as const) {
        const part = await store.get("ranges", { range: { offset, length } });
        checkBytes(part, body.subarray(offset, offset + length));
        check(part.found && part.size === 10_000, "the size is that of the whole object");
      }
    },
  },
  {
    name: "a range past the end is cut, at the end it is empty",
    async run(store) {
      const body = pattern(100);
      await store.put("short", [body], absent);
      checkBytes(await store.get("short", { range: { offset: 90, length: 1_000 } }), body.subarray(90));
      for (const range of [
        { offset: 100, length: 10 },
        { offset: 5_000, length: 10 },
        { offset: 10, length: 0 },
      ]) {
        const part = await store.get("short", { range });
        checkBytes(part, new Uint8Array(0));
        check(part.found && part.size === 100 && part.etag !== "", "size and etag are there without bytes");
      }
    },
  },
  {
    name: "concurrent ranges of one object do not disturb each other",
    async run(store) {
      const body = pattern(64_000);
      await store.put("shared", [body], absent);
      const offsets = Array.from({ length: 32 }, (_, at) => at * 2_000);
      const parts = await Promise.all(
        offsets.map((offset) => store.get("shared", { range: { offset, length: 2_000 } })),
      );
      for (const [at, part] of parts.entries()) checkBytes(part, body.subarray(at * 2_000, (at + 1) * 2_000));
    },
  },
  {
    name: "a read sees the last write and the last delete",
    async run(store) {
      const range = { offset: 0, length: 3 };
      for (let round = 0; round < 5; round++) {
        await store.put("fresh", [text(`v${round} `)]);
        checkBytes(await store.get("fresh", { range }), text(`v${round} `));
      }
      await store.delete(["fresh"]);
      check(!(await store.get("fresh", { range })).found, "a deleted object is gone for ranges, too");
      await store.put("fresh", [text("new")], absent);
      checkBytes(await store.get("fresh", { range }), text("new"));
    },
  },
  {
    name: "the bytes of a get belong to the caller",
    async run(store) {
      await store.put("owned", [text("bytes")], absent);
      const first = await store.get("owned");
      if (first.found) first.bytes.fill(0);
      checkBytes(await store.get("owned"), text("bytes"));
    },
  },
  {
    name: "every answer carries the store's time",
    async run(store) {
      const written = await store.put("time", [text("x")], absent);
      const conflict = await store.put("time", [text("x")], absent);
      const answers: { readonly storeTimeMs: number }[] = [
        written,
        conflict,
        await store.get("time"),
        await store.get("no"),
      ];
      answers.push(await store.head("time"), await store.list({ prefix: "" }), await store.delete(["time"]));
      const year2020 = 1_577_836_800_000;
      for (const { storeTimeMs } of answers) check(storeTimeMs > year2020, `${storeTimeMs} is a time of today`);
      const times = answers.map(({ storeTimeMs }) => storeTimeMs);
      // S3 has whole seconds only.
      checkSame(Math.max(...times) - Math.min(...times) < 60_000, true, "times within a minute");
    },
  },
];
