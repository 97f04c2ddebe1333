import { describe, expect, it } from "vitest";
import { GroupRun } from "../test-support/group-run.ts";

describe("the first rebalance", () => {
  it("waits for more members, again while they come, and no longer than their rebalance timeout", () => {
    const run = new GroupRun({ initialRebalanceDelayMs: 3_000 });
    const first = run.join({ rebalanceTimeoutMs: 8_000 });
    run.advance(2_999);
    const second = run.join({ rebalanceTimeoutMs: 8_000 });
    run.advance(1);
    expect(run.error(first)).toBeUndefined();
    run.advance(1_000);
    const third = run.join({ rebalanceTimeoutMs: 8_000 });
    run.advance(2_000);
    expect(run.error(second)).toBeUndefined();
    run.advance(1_999);
    run.join({ rebalanceTimeoutMs: 8_000 });
    expect(run.error(third)).toBeUndefined();
    run.advance(1);
    expect(run.joined(first)).toMatchObject({ error: "NONE", generation: 1 });
    expect(run.joined(first).members).toHaveLength(4);
  });

  it("ends after one delay when nobody else comes", () => {
    const run = new GroupRun({ initialRebalanceDelayMs: 3_000 });
    const token = run.join();
    run.advance(2_999);
    expect(run.error(token)).toBeUndefined();
    run.advance(1);
    expect(run.error(token)).toBe("NONE");
  });
});

describe("a later rebalance", () => {
  it("ends as soon as everybody has joined", () => {
    const run = new GroupRun();
    const [a = "", b = ""] = run.stable(2);
    const newcomer = run.join();
    const tokens = [newcomer, run.join({ memberId: a })];
    expect(run.error(newcomer)).toBeUndefined();
    tokens.push(run.join({ memberId: b }));
    expect(tokens.map((token) => run.joined(token).generation)).toEqual([3, 3, 3]);
  });

  it("goes on without dynamic members that did not join before the longest rebalance timeout", () => {
    const run = new GroupRun();
    const [a = "", b = ""] = run.stable(2, { rebalanceTimeoutMs: 12_000 });
    const newcomer = run.join({ rebalanceTimeoutMs: 7_000 });
    run.join({ memberId: a, rebalanceTimeoutMs: 7_000 });
    run.advance(6_000);
    expect(run.heartbeat(b)).toBe("REBALANCE_IN_PROGRESS");
    run.advance(5_999);
    expect(run.error(newcomer)).toBeUndefined();
    run.advance(1);
    expect(run.joined(newcomer)).toMatchObject({ error: "NONE", generation: 3 });
    expect([...run.group.members.keys()]).not.toContain(b);
    expect(run.heartbeat(b)).toBe("UNKNOWN_MEMBER_ID");
  });

  it("does not need members that die meanwhile", () => {
    const run = new GroupRun();
    const [a = "", b = ""] = run.stable(2, { sessionTimeoutMs: 6_000 });
    run.advance(1_000);
    const newcomer = run.join();
    run.join({ memberId: a });
    run.advance(4_999);
    expect(run.error(newcomer)).toBeUndefined();
    run.advance(1);
    expect(run.joined(newcomer)).toMatchObject({ error: "NONE" });
    expect([...run.group.members.keys()]).not.toContain(b);
  });

  it("elects a new leader when the old one does not come", () => {
    const run = new GroupRun();
    const [leader = "", follower = ""] = run.stable(2, { rebalanceTimeoutMs: 5_000 });
    const newcomer = run.join({ rebalanceTimeoutMs: 5_000 });
    const again = run.join({ memberId: follower, rebalanceTimeoutMs: 5_000 });
    run.advance(5_000);
    expect(run.joined(newcomer).leader).not.toBe(leader);
    const winner = [again, newcomer].find((token) => run.joined(token).memberId === run.group.leader) ?? 0;
    expect(run.joined(winner).members).toHaveLength(2);
  });

  it("leaves an empty group of the next generation when everybody is gone, and writes that down", () => {
    const run = new GroupRun();
    const [a = ""] = run.stable(1);
    const before = run.records.length;
    run.leave(a);
    expect(run.group).toMatchObject({ state: "Empty", generation: 2, protocolName: null, leader: null });
    expect(run.records).toHaveLength(before + 1);
    expect(run.deadlineMs).toBeUndefined();
    const token = run.join();
    expect(run.joined(token).generation).toBe(3);
  });
});

describe("a member that got a generation and never syncs", () => {
  it("is removed after the rebalance timeout, which starts another rebalance", () => {
    const run = new GroupRun();
    const [a = ""] = run.stable(1, { sessionTimeoutMs: 60_000, rebalanceTimeoutMs: 5_000 });
    const newcomer = run.join({ sessionTimeoutMs: 60_000, rebalanceTimeoutMs: 5_000 });
    run.join({ memberId: a, sessionTimeoutMs: 60_000, rebalanceTimeoutMs: 5_000 });
    const { memberId } = run.joined(newcomer);
    const synced = run.sync(a, { [a]: "all", [memberId]: "" });
    expect(run.error(synced)).toBe("NONE");
    run.advance(4_999);
    expect(run.group.state).toBe("Stable");
    run.advance(1);
    expect(run.group.state).toBe("PreparingRebalance");
    expect([...run.group.members.keys()]).toEqual([a]);
  });
});
