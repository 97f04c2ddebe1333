import { expect, test } from "vitest";
import { placeShard } from "./placement.ts";
import type { Candidate, PlacementContext, ShardView } from "./placement.ts";
import { rankBrokers } from "./rendezvous.ts";

const [BEST = 0, SECOND = 0, THIRD = 0] = rankBrokers(0, [1, 2, 3]);
const NOW = 1_000_000;

function broker(nodeId: number, changes: Partial<Candidate> = {}): Candidate {
  const says = { epoch: 4, tailSeq: 100, leading: false };
  const state = { state: "alive", cause: "silent", sinceMs: 0, heardMs: NOW } as const;
  return { nodeId, ...state, unfitSinceMs: undefined, says, ...changes };
}

function view(changes: Partial<ShardView> = {}): ShardView {
  const times = { sinceMs: NOW - 500_000, lastEntryMs: NOW - 100_000 };
  return { shard: 0, epoch: 5, tailSeq: 100, owner: undefined, isOurs: false, ...times, ...changes };
}

function decide(self: number, shard: ShardView, others: readonly Candidate[], more: Partial<PlacementContext> = {}) {
  const brokers = new Map([broker(self), ...others].map((each) => [each.nodeId, each]));
  return placeShard(shard, { self, nowMs: NOW, brokers, duels: 0, tenureMs: 30_000, ...more });
}

test("a shard that nobody owns is claimed at once by the best candidate, and by nobody else", () => {
  const vacant = view({ sinceMs: NOW });
  expect(decide(BEST, vacant, [broker(SECOND), broker(THIRD)])).toEqual({ action: "claim", reason: "vacant" });
  expect(decide(SECOND, vacant, [broker(BEST), broker(THIRD)])).toEqual({ action: "look" });
});

test("when the best candidate does not take it, the second does a second later, then the third", () => {
  const others = (self: number) => [BEST, SECOND, THIRD].filter((id) => id !== self).map((id) => broker(id));
  const claimsAfter = (self: number, ms: number) =>
    decide(self, view({ sinceMs: NOW - ms }), others(self)).action === "claim";
  expect([claimsAfter(SECOND, 999), claimsAfter(SECOND, 1_000)]).toEqual([false, true]);
  expect([claimsAfter(THIRD, 1_999), claimsAfter(THIRD, 2_000)]).toEqual([false, true]);
});

test("candidates that leave, have lost the store or do not answer are not waited for", () => {
  const vacant = view({ sinceMs: NOW });
  for (const unfit of [{ unfitSinceMs: NOW }, { state: "suspect" }, { state: "dead" }, { state: "unknown" }] as const)
    expect(decide(SECOND, vacant, [broker(BEST, unfit)])).toMatchObject({ action: "claim" });
});

test("who cannot reach the store claims nothing", () => {
  expect(decide(BEST, view(), [broker(BEST, { unfitSinceMs: NOW })])).toEqual({ action: "stay" });
});

test("a living owner is left alone", () => {
  const owner = broker(THIRD, { says: { epoch: 5, tailSeq: 90, leading: true } });
  expect(decide(BEST, view({ owner: THIRD }), [owner])).toEqual({ action: "stay" });
});

test("what an owner said before it folded its own takeover is no reason to take the shard away", () => {
  const owner = broker(THIRD, { says: { epoch: 4, tailSeq: 99, leading: false } });
  expect(decide(BEST, view({ owner: THIRD }), [owner])).toEqual({ action: "stay" });
});

test("a broker that restarted under the node id of the owner does not own the shard", () => {
  const restarted = broker(THIRD, { says: { epoch: 5, tailSeq: 100, leading: false } });
  expect(decide(BEST, view({ owner: THIRD }), [restarted])).toMatchObject({ action: "claim", reason: "vacant" });
  expect(decide(BEST, view({ owner: BEST }), [])).toMatchObject({ action: "claim", reason: "vacant" });
});

test("when an owner has said that it leaves and leads no more, only the best candidate claims at once", () => {
  const left = { says: { epoch: 5, tailSeq: 101, leading: false } };
  for (const since of [(ms: number) => ({ unfitSinceMs: NOW - ms }), (ms: number) => ({ sinceMs: NOW - ms })]) {
    const owner = (ms: number): Candidate => broker(THIRD, { ...left, ...since(ms) });
    const owned = view({ owner: THIRD });
    expect(decide(BEST, owned, [broker(SECOND), owner(5)])).toMatchObject({ action: "claim", reason: "vacant" });
    expect(decide(SECOND, owned, [broker(BEST), owner(5)])).toEqual({ action: "look" });
    expect(decide(SECOND, owned, [broker(BEST), owner(1_000)])).toMatchObject({ action: "claim", reason: "vacant" });
  }
});

test("an owner that is not known yet is looked for, not replaced", () => {
  expect(decide(BEST, view({ owner: 99, sinceMs: 0 }), [])).toEqual({ action: "find", nodeId: 99 });
});

test("a suspect owner is watched, a dead one replaced", () => {
  const owned = view({ owner: THIRD });
  expect(decide(BEST, owned, [broker(THIRD, { state: "suspect" })])).toEqual({ action: "look" });
  const gone = broker(THIRD, { state: "dead", cause: "refused", sinceMs: NOW, heardMs: NOW - 700 });
  expect(decide(BEST, owned, [gone])).toEqual({ action: "claim", reason: "gone" });
  const silent = broker(THIRD, { state: "dead", cause: "silent", sinceMs: NOW, heardMs: NOW - 5_000 });
  expect(decide(BEST, owned, [silent])).toEqual({ action: "claim", reason: "silent" });
});

test("an owner that others cannot reach, but whose log grows, keeps its shard", () => {
  const silent = broker(THIRD, { state: "dead", cause: "silent", sinceMs: NOW - 60_000, heardMs: NOW - 65_000 });
  expect(decide(BEST, view({ owner: THIRD, lastEntryMs: NOW - 2_400 }), [silent])).toEqual({ action: "look" });
  const refusing = broker(THIRD, { state: "dead", cause: "refused", sinceMs: NOW - 60_000, heardMs: NOW - 65_000 });
  expect(decide(BEST, view({ owner: THIRD, lastEntryMs: NOW - 200 }), [refusing])).toEqual({ action: "look" });
});

test("brokers that do not see each other take an idle shard from each other ever more rarely", () => {
  const silent = broker(THIRD, { state: "dead", cause: "silent", sinceMs: NOW - 6_000, heardMs: NOW - 11_000 });
  const idle = view({ owner: THIRD, lastEntryMs: NOW - 11_000 });
  expect(decide(BEST, idle, [silent], { duels: 1 })).toMatchObject({ action: "claim" });
  expect(decide(BEST, idle, [silent], { duels: 2 })).toEqual({ action: "look" });
  expect(
    decide(BEST, view({ ...idle, lastEntryMs: NOW - 160_000 }), [{ ...silent, heardMs: 0 }], { duels: 99 }),
  ).toEqual({ action: "claim", reason: "silent" });
});

test("an owner that says it leaves, or has lost the store, has two seconds to release", () => {
  const owner = (sinceMs: number) =>
    broker(THIRD, { unfitSinceMs: sinceMs, says: { epoch: 5, tailSeq: 100, leading: true } });
  expect(decide(BEST, view({ owner: THIRD }), [owner(NOW - 1_900)])).toEqual({ action: "stay" });
  expect(decide(BEST, view({ owner: THIRD }), [owner(NOW - 2_000)])).toEqual({ action: "claim", reason: "unfit" });
});

const OWNED_BY_THIRD = { owner: THIRD, isOurs: true, sinceMs: NOW - 31_000 };

test("an owner moves a shard to a better candidate after its tenure", () => {
  expect(decide(THIRD, view(OWNED_BY_THIRD), [broker(BEST)])).toEqual({ action: "release", to: BEST });
  expect(decide(THIRD, view({ ...OWNED_BY_THIRD, sinceMs: NOW - 29_000 }), [broker(BEST)])).toEqual({ action: "stay" });
  expect(decide(BEST, view({ ...OWNED_BY_THIRD, owner: BEST }), [broker(THIRD)])).toEqual({ action: "stay" });
});

test.each([
  ["has just come back", { sinceMs: NOW - 9_000 }],
  ["is behind", { says: { epoch: 5, tailSeq: 20, leading: false } }],
  ["never said where it is", { says: undefined }],
  ["leaves", { unfitSinceMs: NOW }],
  ["is suspect", { state: "suspect" }],
] as const)("but not to one that %s", (_, flaw) => {
  expect(decide(THIRD, view(OWNED_BY_THIRD), [broker(BEST, flaw)])).toEqual({ action: "stay" });
});

test("a flapping candidate never collects the time it needs to get a shard", () => {
  for (let sinceMs = NOW - 9_900; sinceMs <= NOW; sinceMs += 900)
    expect(decide(THIRD, view(OWNED_BY_THIRD), [broker(BEST, { sinceMs })])).toEqual({ action: "stay" });
});
