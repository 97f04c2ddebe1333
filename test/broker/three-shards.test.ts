import type * as Testing from "@streambed/testing";
import { describe, vi } from "vitest";

/*
 * What clients see of a cluster of three shards is what they see of one: the tests of the broker, once more.
 */
vi.mock("@streambed/testing", async (original) => {
  const testing = await original<typeof Testing>();
  const inProcessBroker: typeof testing.inProcessBroker = (options) =>
    testing.inProcessBroker({ ...options, shards: 3 });
  return { ...testing, inProcessBroker };
});

describe("on three shards", async () => {
  await import("./broker.test.ts");
  await import("./delete-records.test.ts");
  await import("./groups.test.ts");
  await import("./group-sharing.test.ts");
  await import("./versions.test.ts");
});
