import { seededRandom, utf8 } from "@streambed/kernel";
import { encodeRecordBatch, patchLeaderEpoch } from "@streambed/protocol";
import { describe, expect, it } from "vitest";
import { openBatch, SEALED_BYTES, sealBatch } from "./batch-seal.ts";

const random = seededRandom(7);
const OFFSETS = [0, 1, 255, 1_000_000, 2 ** 32, Number.MAX_SAFE_INTEGER - 10];
const BATCHES = OFFSETS.flatMap((baseOffset) =>
  [-1, 0, 1, 2 ** 21, 2 ** 31 - 1].map((leaderEpoch) => {
    const records = [{ key: null, value: utf8(String(random.fraction())), timestamp: 1 }];
    const batch = encodeRecordBatch({ baseOffset, records });
    patchLeaderEpoch(batch, leaderEpoch);
    return batch;
  }),
);

function sealed(batch: Uint8Array): Uint8Array {
  const copy = batch.slice();
  sealBatch(copy);
  return copy;
}

describe("the seal of a batch", () => {
  it("takes no room, shows in two places, and opening takes it away, once or more often", () => {
    for (const batch of BATCHES) {
      const copy = sealed(batch);
      expect(copy).toHaveLength(batch.length);
      expect([...copy.keys()].filter((at) => copy[at] !== batch[at])).toEqual([0, 16]);
      for (let times = 0; times < 2; times++) {
        expect(openBatch(copy)).toBe(true);
        expect(copy).toEqual(batch);
      }
    }
  });

  it("is broken by any wrong bit, and what is broken is left as it is", () => {
    for (const batch of BATCHES) {
      for (let bit = 0; bit < SEALED_BYTES * 8; bit++) {
        const copy = sealed(batch);
        copy[bit >>> 3] = (copy[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
        const spoiled = copy.slice();
        expect(openBatch(copy)).toBe(false);
        expect(copy).toEqual(spoiled);
      }
    }
  });

  it("is broken by nearly all other damage: 14 bits tell", () => {
    let unnoticed = 0;
    const [batch = new Uint8Array(0)] = BATCHES;
    for (let times = 0; times < 20_000; times++) {
      const copy = sealed(batch);
      for (let at = 1; at < SEALED_BYTES; at++) if (at !== 16) copy[at] = Math.floor(random.fraction() * 256);
      if (openBatch(copy)) unnoticed++;
    }
    expect(unnoticed).toBeLessThan(8);
  });

  it("is not missed in packs of older versions", () => {
    for (const batch of BATCHES) {
      const copy = batch.slice();
      expect(openBatch(copy)).toBe(true);
      expect(copy).toEqual(batch);
    }
  });
});
