import { describe, expect, it } from "vitest";
import { READ_AHEAD_BYTES_MIN } from "./limits.ts";
import { newPartition } from "./partition.ts";
import { ReadAhead } from "./read-ahead.ts";

const CACHE_BYTES = 32 * READ_AHEAD_BYTES_MIN;
const STEPS = 20;

/** Lets each reader read on `STEPS` times, in turns; returns what was read ahead of each in the end. */
function readersInTurns(readers: number): number[] {
  const ahead = new ReadAhead(CACHE_BYTES);
  const partitions = Array.from({ length: readers }, (_, at) => newPartition("topic", at));
  const bytes = partitions.map(() => 0);
  for (let step = 0; step < STEPS; step++) {
    for (const [at, partition] of partitions.entries()) bytes[at] = ahead.advance(partition, step, step + 1);
  }
  return bytes;
}

describe("ReadAhead", () => {
  it("reads half a cache ahead of a lone reader", () => {
    expect(readersInTurns(1)).toEqual([CACHE_BYTES / 2]);
  });

  it("never reads more ahead of all readers together than the cache holds for them", () => {
    for (const readers of [2, 6, 30]) {
      const together = readersInTurns(readers).reduce((sum, each) => sum + each, 0);
      expect(together).toBeGreaterThan(0);
      expect(together).toBeLessThanOrEqual(CACHE_BYTES / 2);
    }
  });
});
