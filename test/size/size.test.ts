import { describe, expect, test } from "vitest";
import { bundle } from "./bundle.ts";

// What portable code must not contain: Node, code from strings, and Node's globals.
const PORTABLE = ["node:", "eval(", "new Function", "Buffer.from", "process.env"];

/** A change that needs more raises the number itself, about 5 % above what it measures, and says why in its commit. */
const BUDGETS = [
  { entry: "kernel", source: `export * from "@streambed/kernel"`, ceilingBytes: 3_400, forbidden: PORTABLE },
  {
    entry: "protocol, records only",
    source: `export * from "@streambed/protocol/records"`,
    ceilingBytes: 6_250,
    forbidden: PORTABLE,
  },
  {
    // Producer, consumer and 16 admin calls with all their messages; who wants less imports one of the three below.
    entry: "client, whole",
    source: `export { createClient } from "@streambed/client"`,
    ceilingBytes: 40_500,
    forbidden: [...PORTABLE, "ZodError"],
  },
  {
    entry: "client, stateless reads only",
    source: `export { createReader } from "@streambed/client"`,
    ceilingBytes: 17_000,
    forbidden: [...PORTABLE, "ZodError"],
  },
  {
    entry: "client, producer only",
    source: `export { createProducer } from "@streambed/client"`,
    ceilingBytes: 41_000,
    forbidden: [...PORTABLE, "ZodError"],
  },
  {
    entry: "client, consumer only",
    source: `export { createConsumer } from "@streambed/client"`,
    ceilingBytes: 27_000,
    forbidden: [...PORTABLE, "ZodError"],
  },
  {
    entry: "log-storage, the log alone",
    source: `export { openShardLog } from "@streambed/log-storage"`,
    ceilingBytes: 28_000,
    forbidden: PORTABLE,
  },
  {
    entry: "log-storage, with housekeeping and scrub",
    source: `export * from "@streambed/log-storage"`,
    ceilingBytes: 48_000,
    forbidden: PORTABLE,
  },
  {
    entry: "rest-proxy, with zod and hono",
    source: `export { createRestProxy } from "@streambed/rest-proxy"`,
    ceilingBytes: 57_500,
    forbidden: PORTABLE,
  },
  { entry: "store-r2", source: `export * from "@streambed/store-r2"`, ceilingBytes: 1_800, forbidden: PORTABLE },
  {
    // Half of it is codecs: every message in every version.
    entry: "the Worker",
    source: `export * from "./apps/worker/src/main.ts"; export { default } from "./apps/worker/src/main.ts"`,
    ceilingBytes: 197_000,
    forbidden: PORTABLE,
  },
  {
    entry: "the Lambda function",
    source: `export * from "./apps/lambda/src/main.ts"`,
    ceilingBytes: 382_000,
    forbidden: ["wrangler", "miniflare"],
    node: true,
  },
];

describe.each(BUDGETS)("$entry", ({ source, ceilingBytes, forbidden, node = false }) => {
  test(`is at most ${ceilingBytes} bytes, minified and compressed, and holds nothing it must not`, async () => {
    const { text, gzipBytes } = await bundle(source, { node });
    expect(forbidden.filter((word) => text.includes(word))).toEqual([]);
    expect(gzipBytes).toBeLessThanOrEqual(ceilingBytes);
  });
});
