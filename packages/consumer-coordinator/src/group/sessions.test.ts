import { describe, expect, it } from "vitest";
import { GroupRun } from "../test-support/group-run.ts";

describe("a session", () => {
  it("lives by heartbeats, and ends with UNKNOWN_MEMBER_ID and a rebalance", () => {
    const run = new GroupRun();
    const [a = "", b = ""] = run.stable(2);
    run.advance(9_999);
    expect(run.heartbeat(a)).toBe("NONE");
    run.advance(1);
    expect(run.group.state).toBe("PreparingRebalance");
    expect(run.heartbeat(b)).toBe("UNKNOWN_MEMBER_ID");
    expect(run.heartbeat(a)).toBe("REBALANCE_IN_PROGRESS");
  });

  it("is kept alive by commits and syncs too", () => {
    const run = new GroupRun();
    const [a = ""] = run.stable(1);
    for (let round = 0; round < 5; round++) {
      run.advance(9_000);
      if (round % 2 === 0) expect(run.error(run.commit(a))).toBe("NONE");
      else expect(run.error(run.sync(a))).toBe("NONE");
    }
    run.advance(10_000);
    expect(run.group.state).toBe("Empty");
  });

  it("does not end while the member waits for others", () => {
    const run = new GroupRun();
    const [a = "", b = ""] = run.stable(2, { rebalanceTimeoutMs: 60_000 });
    run.join({ rebalanceTimeoutMs: 60_000 });
    const waiting = run.join({ memberId: a, rebalanceTimeoutMs: 60_000 });
    for (let round = 0; round < 4; round++) {
      run.advance(9_000);
      expect(run.heartbeat(b)).toBe("REBALANCE_IN_PROGRESS");
    }
    expect(run.error(waiting)).toBeUndefined();
    run.join({ memberId: b });
    expect(run.error(waiting)).toBe("NONE");
  });

  it("ends for a leader that dies between join and sync, and the followers are told", () => {
    const run = new GroupRun();
    const [leader = ""] = run.stable(1);
    const newcomer = run.join();
    run.join({ memberId: leader });
    const waiting = run.sync(run.joined(newcomer).memberId);
    run.advance(10_000);
    expect(run.error(waiting)).toBe("REBALANCE_IN_PROGRESS");
    expect(run.group).toMatchObject({ state: "PreparingRebalance", leader: run.joined(newcomer).memberId });
  });

  it.each([
    ["stranger", {}, "UNKNOWN_MEMBER_ID"],
    [undefined, { generation: 0 }, "ILLEGAL_GENERATION"],
    [undefined, { generation: 9 }, "ILLEGAL_GENERATION"],
    [undefined, { instanceId: "nobody" }, "UNKNOWN_MEMBER_ID"],
  ])("refuses a heartbeat of %s with %o: %s", (memberId, changes, error) => {
    const run = new GroupRun();
    const [a = ""] = run.stable(1);
    expect(run.heartbeat(memberId ?? a, changes)).toBe(error);
  });
});

describe("LeaveGroup", () => {
  it("starts one rebalance for all that leave, and gives each its result", () => {
    const run = new GroupRun();
    const [a = "", b = "", c = ""] = run.stable(3);
    const token = run.leave(a, "stranger", b);
    expect(run.replies.get(token)).toMatchObject({
      kind: "leave",
      error: "NONE",
      members: [
        { memberId: a, error: "NONE" },
        { memberId: "stranger", error: "UNKNOWN_MEMBER_ID" },
        { memberId: b, error: "NONE" },
      ],
    });
    expect(run.group).toMatchObject({ state: "PreparingRebalance", leader: c });
    expect(run.joined(run.join({ memberId: c }))).toMatchObject({ generation: 4, leader: c });
  });

  it("answers what the leaver still waits for, and completes the rebalance of the others", () => {
    const run = new GroupRun();
    const [a = "", b = ""] = run.stable(2);
    const newcomer = run.join();
    const waiting = run.join({ memberId: a });
    run.leave(a);
    expect(run.error(waiting)).toBe("UNKNOWN_MEMBER_ID");
    expect(run.error(newcomer)).toBeUndefined();
    run.leave(b);
    expect(run.joined(newcomer)).toMatchObject({ error: "NONE" });
  });

  it("gives back an id that was never used, and nobody waits for it any more", () => {
    const run = new GroupRun();
    const [a = ""] = run.stable(1);
    const { memberId } = run.joined(run.join({ requiresMemberId: true }));
    const again = run.join({ memberId: a });
    expect(run.error(again)).toBeUndefined();
    run.leave(memberId);
    expect(run.error(again)).toBe("NONE");
  });

  it("leaves a stable group alone when nobody of it left", () => {
    const run = new GroupRun();
    run.stable(1);
    run.leave("stranger");
    expect(run.group.state).toBe("Stable");
  });
});
