import { systemClock } from "@streambed/kernel";
import { describe, expect, it } from "vitest";
import { TAIL_NEWS_ENTRIES } from "./limits.ts";
import { StatusBoard } from "./status-board.ts";
import type { StatusFacts } from "./status-board.ts";

function boardOf(leading: boolean): { readonly board: StatusBoard; grow(entries: number): void } {
  let tailSeq = TAIL_NEWS_ENTRIES * 10;
  const facts = (): StatusFacts => ({
    clusterId: "c",
    leaving: false,
    storeHealthy: true,
    shards: [{ shard: 0, epoch: 3, tailSeq, owner: 1, leading }],
    brokers: [],
  });
  const board = new StatusBoard({ nodeId: 1, incarnation: "i" }, { clock: systemClock(), facts });
  return { board, grow: (entries) => void (tailSeq += entries) };
}

describe("the status board", () => {
  it("tells of every entry of a shard that this broker leads", async () => {
    const { board, grow } = boardOf(true);
    const { cursor, shards } = await board.answer({ waitMs: 0 });
    grow(1);
    const news = await board.answer({ waitMs: 10_000, after: cursor });
    expect(news.cursor).not.toBe(cursor);
    expect(news.shards[0]?.tailSeq).toBe((shards[0]?.tailSeq ?? 0) + 1);
  });

  it("tells how far a follower has come only now and then, but exactly", async () => {
    const { board, grow } = boardOf(false);
    const { cursor } = await board.answer({ waitMs: 0 });
    grow(TAIL_NEWS_ENTRIES - 1);
    const same = await board.answer({ waitMs: 20, after: cursor });
    expect(same.cursor).toBe(cursor);
    expect(same.shards[0]?.tailSeq).toBe(TAIL_NEWS_ENTRIES * 11 - 1);
    grow(1);
    expect((await board.answer({ waitMs: 10_000, after: cursor })).cursor).not.toBe(cursor);
  });
});
