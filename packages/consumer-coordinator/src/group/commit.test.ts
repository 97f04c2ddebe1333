import { describe, expect, it } from "vitest";
import { GroupRun } from "../test-support/group-run.ts";

const NOBODY = { generation: -1 };

describe("OffsetCommit", () => {
  it("is answered when the offsets are durable", () => {
    const run = new GroupRun();
    const [a = ""] = run.stable(1);
    run.holdsWrites = true;
    const tokens = [run.commit(a), run.commit(a)];
    expect(tokens.map((token) => run.error(token))).toEqual([undefined, undefined]);
    run.finishWrites(null);
    expect(tokens.map((token) => run.error(token))).toEqual(["NONE", "NONE"]);
    const lost = run.commit(a);
    run.finishWrites("COORDINATOR_NOT_AVAILABLE");
    expect(run.error(lost)).toBe("COORDINATOR_NOT_AVAILABLE");
  });

  it("without a member is for groups that have none", () => {
    const run = new GroupRun();
    expect(run.error(run.commit("", NOBODY))).toBe("NONE");
    const [a = ""] = run.stable(1);
    expect(run.error(run.commit("", NOBODY))).toBe("UNKNOWN_MEMBER_ID");
    run.leave(a);
    expect(run.error(run.commit("", NOBODY))).toBe("NONE");
  });

  it("needs a member and its generation", () => {
    const run = new GroupRun();
    const [a = ""] = run.stable(1);
    expect(run.error(run.commit("stranger"))).toBe("UNKNOWN_MEMBER_ID");
    expect(run.error(run.commit(a, { generation: 0 }))).toBe("ILLEGAL_GENERATION");
    expect(run.error(run.commit(a, { generation: -1 }))).toBe("ILLEGAL_GENERATION");
    expect(run.error(run.commit(a, { instanceId: "i" }))).toBe("UNKNOWN_MEMBER_ID");
    run.leave(a);
    expect(run.error(run.commit(a, { generation: 1 }))).toBe("UNKNOWN_MEMBER_ID");
  });

  it("is welcome while members join again, and refused before they know what they have", () => {
    const run = new GroupRun();
    const [a = ""] = run.stable(1);
    run.join();
    expect(run.group.state).toBe("PreparingRebalance");
    expect(run.error(run.commit(a))).toBe("NONE");
    run.join({ memberId: a });
    expect(run.group.state).toBe("CompletingRebalance");
    expect(run.error(run.commit(a))).toBe("REBALANCE_IN_PROGRESS");
  });
});

describe("a group that does not exist", () => {
  it("is made by a join without id and by a commit without generation", () => {
    const run = new GroupRun();
    expect(run.error(run.commit("", NOBODY))).toBe("NONE");
    expect(run.group).toMatchObject({ state: "Empty", protocolType: null, generation: 0 });
  });
});
