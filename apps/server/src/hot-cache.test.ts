import { totalmem } from "node:os";
import { expect, test } from "vitest";
import { usableMemoryBytes, usualHotCacheBytes } from "./hot-cache.ts";

const MIB = 1024 ** 2;

test("an eighth of the memory is for recent batches, and never more than 1 GiB", () => {
  expect(usualHotCacheBytes(512 * MIB)).toBe(64 * MIB);
  expect(usualHotCacheBytes(2048 * MIB)).toBe(256 * MIB);
  expect(usualHotCacheBytes(64 * 1024 * MIB)).toBe(1024 * MIB);
});

test("a process has some memory, and not more than its machine", () => {
  expect(usableMemoryBytes()).toBeGreaterThan(0);
  expect(usableMemoryBytes()).toBeLessThanOrEqual(totalmem());
});
