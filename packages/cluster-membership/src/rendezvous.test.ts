import { expect, test } from "vitest";
import { rankBrokers } from "./rendezvous.ts";

const SHARDS = Array.from({ length: 2_000 }, (_, shard) => shard);

test("everybody computes the same order, whatever order it heard of the brokers in", () => {
  for (const shard of SHARDS.slice(0, 50)) expect(rankBrokers(shard, [3, 1, 2])).toEqual(rankBrokers(shard, [1, 2, 3]));
});

test.each([[[1, 2]], [[1, 2, 3]], [[1, 2, 3, 4, 5, 6, 7, 8]], [[100, 2_000_000_000, 7]]])(
  "shards are spread over brokers %j, no broker off by more than a fifth",
  (nodeIds) => {
    const share = SHARDS.length / nodeIds.length;
    for (const nodeId of nodeIds) {
      const owned = SHARDS.filter((shard) => rankBrokers(shard, nodeIds)[0] === nodeId).length;
      expect(Math.abs(owned - share)).toBeLessThan(share / 5);
    }
  },
);

test("a broker that leaves gives its shards away and moves no other", () => {
  for (const shard of SHARDS) {
    const [owner] = rankBrokers(shard, [1, 2, 3, 4]);
    if (owner !== 3) expect(rankBrokers(shard, [1, 2, 4])[0]).toBe(owner);
  }
});

test("a broker that joins takes about its share and nothing moves between the others", () => {
  const moved = SHARDS.filter((shard) => rankBrokers(shard, [1, 2, 3])[0] !== rankBrokers(shard, [1, 2, 3, 4])[0]);
  expect(moved.every((shard) => rankBrokers(shard, [1, 2, 3, 4])[0] === 4)).toBe(true);
  expect(moved.length).toBeGreaterThan(SHARDS.length / 5);
  expect(moved.length).toBeLessThan(SHARDS.length / 3);
});
