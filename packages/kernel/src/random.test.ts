import { describe, expect, it } from "vitest";
import { systemRandom } from "./random.ts";

describe("systemRandom", () => {
  it("gives as many bytes as asked, none of them twice", () => {
    const random = systemRandom();
    const given = [0, 1, 16, 1000, 16, 1024, 4096].map((length) => random.bytes(length));
    expect(given.map((bytes) => bytes.length)).toEqual([0, 1, 16, 1000, 16, 1024, 4096]);
    const ids = Array.from({ length: 500 }, () => random.bytes(16).toString());
    expect(new Set(ids).size).toBe(500);
  });

  it("gives memory that nobody else has", () => {
    const random = systemRandom();
    const first = random.bytes(16);
    const copy = first.slice();
    random.bytes(16).fill(0);
    expect(first).toEqual(copy);
    expect(first.buffer.byteLength).toBe(16);
  });

  it("spreads fractions over the whole of [0, 1)", () => {
    const random = systemRandom();
    const fractions = Array.from({ length: 2000 }, () => random.fraction());
    expect(fractions.every((fraction) => fraction >= 0 && fraction < 1)).toBe(true);
    const mean = fractions.reduce((sum, fraction) => sum + fraction, 0) / fractions.length;
    // The mean of 2,000 lies within 0.04 but once in 10^9.
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.04);
  });
});
