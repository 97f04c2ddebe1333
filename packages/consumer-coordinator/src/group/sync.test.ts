import { fromUtf8 } from "@streambed/kernel";
import { describe, expect, it } from "vitest";
import { ASSIGNMENT_BYTES_MAX } from "../limits.ts";
import { GroupRun } from "../test-support/group-run.ts";

/** Two members that have a generation and no assignment. */
function completing(run: GroupRun): readonly [string, string] {
  const [a = ""] = run.stable(1);
  const token = run.join();
  run.join({ memberId: a });
  expect(run.group.state).toBe("CompletingRebalance");
  return [a, run.joined(token).memberId];
}

describe("SyncGroup", () => {
  it("gives everybody the leader's assignments, and nothing to those it left out", () => {
    const run = new GroupRun();
    const [leader, follower] = completing(run);
    const early = run.sync(follower);
    expect(run.error(early)).toBeUndefined();
    const token = run.sync(leader, { [leader]: "mine" });
    expect(fromUtf8(run.synced(token).assignment)).toBe("mine");
    expect(run.synced(token)).toMatchObject({ protocolType: "consumer", protocolName: "range" });
    expect(run.synced(early)).toMatchObject({ error: "NONE", assignment: new Uint8Array(0) });
    expect(run.group.state).toBe("Stable");
  });

  it("answers when the assignments are durable, and not before", () => {
    const run = new GroupRun();
    const [leader, follower] = completing(run);
    run.holdsWrites = true;
    const tokens = [run.sync(follower), run.sync(leader, { [follower]: "f" })];
    expect(tokens.map((token) => run.error(token))).toEqual([undefined, undefined]);
    expect(run.group.state).toBe("CompletingRebalance");
    expect(run.heartbeat(leader)).toBe("NONE");
    run.finishWrites(null);
    expect(tokens.map((token) => run.error(token))).toEqual(["NONE", "NONE"]);
  });

  it("starts over when the log refuses the assignments", () => {
    const run = new GroupRun();
    const [leader, follower] = completing(run);
    run.holdsWrites = true;
    const tokens = [run.sync(follower), run.sync(leader)];
    run.finishWrites("COORDINATOR_NOT_AVAILABLE");
    expect(tokens.map((token) => run.error(token))).toEqual(["COORDINATOR_NOT_AVAILABLE", "COORDINATOR_NOT_AVAILABLE"]);
    expect(run.group.state).toBe("PreparingRebalance");
  });

  it("tells those who wait that a rebalance has begun, and ignores assignments that come late", () => {
    const run = new GroupRun();
    const [leader, follower] = completing(run);
    run.holdsWrites = true;
    const tokens = [run.sync(follower), run.sync(leader)];
    run.join();
    expect(tokens.map((token) => run.error(token))).toEqual(["REBALANCE_IN_PROGRESS", "REBALANCE_IN_PROGRESS"]);
    run.finishWrites(null);
    expect(run.group.state).toBe("PreparingRebalance");
    expect(run.error(run.sync(leader))).toBe("REBALANCE_IN_PROGRESS");
  });

  it("answers a repeated request with the stored assignment", () => {
    const run = new GroupRun();
    const [, follower = ""] = run.stable(2);
    expect(fromUtf8(run.synced(run.sync(follower)).assignment)).toBe("part 1");
  });

  it("writes the assignments once when the leader repeats itself, and answers both requests", () => {
    const run = new GroupRun();
    const [leader] = completing(run);
    run.holdsWrites = true;
    const earlier = run.sync(leader, { [leader]: "a" });
    const later = run.sync(leader, { [leader]: "a" });
    expect(run.waitingWrites).toHaveLength(1);
    expect(run.error(earlier)).toBe("REBALANCE_IN_PROGRESS");
    run.finishWrites(null);
    expect(run.error(later)).toBe("NONE");
  });

  it("refuses strangers, other generations and other protocols", () => {
    const run = new GroupRun();
    const [leader] = completing(run);
    expect(run.error(run.sync("stranger"))).toBe("UNKNOWN_MEMBER_ID");
    expect(run.error(run.sync(leader, {}, { generation: 1 }))).toBe("ILLEGAL_GENERATION");
    expect(run.error(run.sync(leader, {}, { generation: 3 }))).toBe("ILLEGAL_GENERATION");
    expect(run.error(run.sync(leader, {}, { protocolType: "connect" }))).toBe("INCONSISTENT_GROUP_PROTOCOL");
    expect(run.error(run.sync(leader, {}, { protocolName: "sticky" }))).toBe("INCONSISTENT_GROUP_PROTOCOL");
    expect(run.error(run.sync(leader, { [leader]: "x".repeat(ASSIGNMENT_BYTES_MAX + 1) }))).toBe("INVALID_REQUEST");
    expect(run.error(run.sync(leader, {}, { protocolType: "consumer", protocolName: "range" }))).toBe("NONE");
  });

  it("knows nobody in an empty group", () => {
    const run = new GroupRun();
    expect(run.error(run.sync("a", {}, { generation: 0 }))).toBe("UNKNOWN_MEMBER_ID");
  });
});
