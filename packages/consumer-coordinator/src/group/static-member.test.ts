import { fromUtf8, utf8 } from "@streambed/kernel";
import { describe, expect, it } from "vitest";
import { GroupRun } from "../test-support/group-run.ts";

/** A stable group of one static leader `i1` and one static follower `i2`. */
function staticGroup(run: GroupRun): readonly [string, string] {
  const leader = run.joined(run.join({ instanceId: "i1" })).memberId;
  const token = run.join({ instanceId: "i2" });
  run.join({ memberId: leader, instanceId: "i1" });
  const follower = run.joined(token).memberId;
  run.sync(follower, {}, { instanceId: "i2" });
  run.sync(leader, { [leader]: "L", [follower]: "F" }, { instanceId: "i1" });
  expect(run.group.state).toBe("Stable");
  return [leader, follower];
}

describe("a static member that comes back", () => {
  it("takes its place under a new id without a rebalance; the old id is fenced", () => {
    const run = new GroupRun();
    const [, follower] = staticGroup(run);
    const written = run.records.length;
    const back = run.joined(run.join({ instanceId: "i2" }));
    expect(back).toMatchObject({ error: "NONE", generation: 2, members: [], skipAssignment: false });
    expect(back.memberId).not.toBe(follower);
    expect(run.records).toHaveLength(written + 1);
    expect(run.group.state).toBe("Stable");
    expect(run.heartbeat(follower, { instanceId: "i2" })).toBe("FENCED_INSTANCE_ID");
    expect(run.heartbeat(follower)).toBe("UNKNOWN_MEMBER_ID");
    expect(run.error(run.sync(follower, {}, { instanceId: "i2" }))).toBe("FENCED_INSTANCE_ID");
    expect(run.error(run.commit(follower, { instanceId: "i2" }))).toBe("FENCED_INSTANCE_ID");
    expect(run.error(run.join({ memberId: follower, instanceId: "i2" }))).toBe("FENCED_INSTANCE_ID");
    expect(fromUtf8(run.synced(run.sync(back.memberId, {}, { instanceId: "i2" })).assignment)).toBe("F");
  });

  it("as leader is told to skip the assignment, where the version can say so", () => {
    const run = new GroupRun();
    staticGroup(run);
    const back = run.joined(run.join({ instanceId: "i1" }));
    expect(back).toMatchObject({ error: "NONE", skipAssignment: true, leader: back.memberId });
    expect(back.members).toHaveLength(2);
  });

  it("as leader takes itself for a follower in older versions", () => {
    const run = new GroupRun();
    const [leader] = staticGroup(run);
    const back = run.joined(run.join({ instanceId: "i1", canSkipAssignment: false }));
    expect(back).toMatchObject({ error: "NONE", skipAssignment: false, leader, members: [] });
    expect(run.group.leader).toBe(back.memberId);
  });

  it("is answered when its new id is durable", () => {
    const run = new GroupRun();
    staticGroup(run);
    run.holdsWrites = true;
    const token = run.join({ instanceId: "i2" });
    expect(run.error(token)).toBeUndefined();
    run.finishWrites("COORDINATOR_NOT_AVAILABLE");
    expect(run.error(token)).toBe("COORDINATOR_NOT_AVAILABLE");
    run.holdsWrites = false;
    expect(run.error(run.join({ instanceId: "i2" }))).toBe("NONE");
  });

  it("starts a rebalance when the protocol would change", () => {
    const run = new GroupRun();
    const both = ["range", "sticky"].map((name) => ({ name, metadata: utf8(name) }));
    const leader = run.joined(run.join({ instanceId: "i1", protocols: both })).memberId;
    run.sync(leader, {}, { instanceId: "i1" });
    const token = run.join({ instanceId: "i1", protocols: both.toReversed() });
    expect(run.joined(token)).toMatchObject({ error: "NONE", generation: 2, protocolName: "sticky" });
  });

  it("fences a predecessor that still waits to join", () => {
    const run = new GroupRun();
    const [leader, follower] = staticGroup(run);
    run.join();
    const waiting = run.join({ memberId: follower, instanceId: "i2" });
    const back = run.join({ instanceId: "i2" });
    expect(run.joined(waiting)).toMatchObject({ error: "FENCED_INSTANCE_ID", memberId: follower });
    run.join({ memberId: leader, instanceId: "i1" });
    expect(run.error(back)).toBe("NONE");
  });
});

describe("a static member that is away", () => {
  it("keeps its place over rebalances until its session ends", () => {
    const run = new GroupRun();
    const [leader, follower] = staticGroup(run);
    const newcomer = run.join({ rebalanceTimeoutMs: 4_000 });
    run.join({ memberId: leader, instanceId: "i1", rebalanceTimeoutMs: 4_000 });
    run.advance(9_999);
    expect(run.heartbeat(leader, { instanceId: "i1" })).not.toBe("UNKNOWN_MEMBER_ID");
    expect([...run.group.members.keys()]).toContain(follower);
    expect(run.error(newcomer)).toBeUndefined();
    run.advance(1);
    expect([...run.group.members.keys()]).not.toContain(follower);
    expect(run.error(newcomer)).toBe("NONE");
  });

  it("can be removed by its instance id", () => {
    const run = new GroupRun();
    const [, follower] = staticGroup(run);
    const token = run.send("leave", { members: [{ memberId: "", instanceId: "i2" }] });
    expect(run.replies.get(token)).toMatchObject({ members: [{ instanceId: "i2", error: "NONE" }] });
    expect(run.group.state).toBe("PreparingRebalance");
    const wrong = run.send("leave", {
      members: [
        { memberId: "", instanceId: "i9" },
        { memberId: follower, instanceId: "i1" },
        { memberId: "", instanceId: null },
      ],
    });
    expect(run.replies.get(wrong)).toMatchObject({
      members: [{ error: "UNKNOWN_MEMBER_ID" }, { error: "FENCED_INSTANCE_ID" }, { error: "UNKNOWN_MEMBER_ID" }],
    });
  });
});
