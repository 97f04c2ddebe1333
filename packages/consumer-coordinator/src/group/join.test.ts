import { utf8 } from "@streambed/kernel";
import { describe, expect, it } from "vitest";
import { MEMBER_METADATA_BYTES_MAX, NEW_MEMBER_JOIN_TIMEOUT_MS } from "../limits.ts";
import { GroupRun } from "../test-support/group-run.ts";

const protocols = (...names: readonly string[]) => names.map((name) => ({ name, metadata: utf8(name) }));

describe("a JoinGroup is refused", () => {
  it.each([
    [5_999, "INVALID_SESSION_TIMEOUT"],
    [6_000, "NONE"],
    [1_800_000, "NONE"],
    [1_800_001, "INVALID_SESSION_TIMEOUT"],
  ])("or not, for a session timeout of %i ms: %s", (sessionTimeoutMs, error) => {
    const run = new GroupRun();
    expect(run.error(run.join({ sessionTimeoutMs }))).toBe(error);
  });

  it("without a protocol type or a protocol", () => {
    const run = new GroupRun();
    expect(run.error(run.join({ protocolType: "" }))).toBe("INCONSISTENT_GROUP_PROTOCOL");
    expect(run.error(run.join({ protocols: [] }))).toBe("INCONSISTENT_GROUP_PROTOCOL");
  });

  it("with another protocol type, or with no protocol that all support", () => {
    const run = new GroupRun();
    run.stable(1, { protocols: protocols("range", "sticky") });
    expect(run.error(run.join({ protocolType: "connect", protocols: protocols("range") }))).toBe(
      "INCONSISTENT_GROUP_PROTOCOL",
    );
    expect(run.error(run.join({ protocols: protocols("roundrobin") }))).toBe("INCONSISTENT_GROUP_PROTOCOL");
    expect(run.group.state).toBe("Stable");
  });

  it("by a member nobody knows", () => {
    const run = new GroupRun();
    run.stable(1);
    const token = run.join({ memberId: "stranger" });
    expect(run.joined(token)).toMatchObject({ error: "UNKNOWN_MEMBER_ID", memberId: "stranger", generation: -1 });
    expect(run.error(run.join({ memberId: "stranger", instanceId: "i" }))).toBe("UNKNOWN_MEMBER_ID");
  });

  it("when the group is full", () => {
    const run = new GroupRun({ maxSize: 2 });
    const [first = ""] = run.stable(2);
    expect(run.joined(run.join())).toMatchObject({ error: "GROUP_MAX_SIZE_REACHED", memberId: "" });
    expect(run.error(run.join({ memberId: first }))).toBeUndefined();
    expect(run.group.state).toBe("PreparingRebalance");
    expect(run.error(run.join())).toBeUndefined();
    expect(run.joined(run.join()).error).toBe("GROUP_MAX_SIZE_REACHED");
  });

  it("with more metadata than a member may have", () => {
    const run = new GroupRun();
    const metadata = new Uint8Array(MEMBER_METADATA_BYTES_MAX + 1);
    expect(run.error(run.join({ protocols: [{ name: "range", metadata }] }))).toBe("INVALID_REQUEST");
  });

  it("while the group is being deleted", () => {
    const run = new GroupRun();
    run.holdsWrites = true;
    run.send("delete", { tombstones: [] });
    expect(run.error(run.join())).toBe("COORDINATOR_NOT_AVAILABLE");
  });
});

describe("a new member", () => {
  it("first gets an id where the version asks for it, from client or instance id", () => {
    const run = new GroupRun();
    const first = run.joined(run.join({ requiresMemberId: true, clientId: "app", uniqueId: "u1" }));
    expect(first).toMatchObject({ error: "MEMBER_ID_REQUIRED", memberId: "app-u1", generation: -1 });
    expect(run.group.members.size).toBe(0);
    const second = run.joined(run.join({ requiresMemberId: true, memberId: "app-u1" }));
    expect(second).toMatchObject({ error: "NONE", memberId: "app-u1", generation: 1, leader: "app-u1" });
    const other = new GroupRun();
    const fixed = other.joined(other.join({ requiresMemberId: true, instanceId: "i", uniqueId: "u2" }));
    expect(fixed).toMatchObject({ error: "NONE", memberId: "i-u2" });
  });

  it("loses an id it does not use within its session", () => {
    const run = new GroupRun();
    const { memberId } = run.joined(run.join({ requiresMemberId: true, sessionTimeoutMs: 6_000 }));
    run.advance(6_000);
    expect(run.error(run.join({ requiresMemberId: true, memberId }))).toBe("UNKNOWN_MEMBER_ID");
  });

  it("holds up a rebalance while it has an id and has not joined, but not longer than its session", () => {
    const run = new GroupRun();
    const [first = ""] = run.stable(1);
    run.join({ requiresMemberId: true, sessionTimeoutMs: 6_000 });
    const again = run.join({ memberId: first });
    expect(run.error(again)).toBeUndefined();
    run.advance(5_999);
    expect(run.error(again)).toBeUndefined();
    run.advance(1);
    expect(run.joined(again)).toMatchObject({ error: "NONE", generation: 2 });
  });

  it("is taken for gone when its first generation takes five minutes", () => {
    const run = new GroupRun();
    const [first = ""] = run.stable(1, { rebalanceTimeoutMs: NEW_MEMBER_JOIN_TIMEOUT_MS * 2 });
    const token = run.join();
    for (let elapsedMs = 0; elapsedMs < NEW_MEMBER_JOIN_TIMEOUT_MS; elapsedMs += 5_000) {
      expect(run.error(token)).toBeUndefined();
      expect(run.heartbeat(first)).toBe("REBALANCE_IN_PROGRESS");
      run.advance(5_000);
    }
    expect(run.error(token)).toBe("UNKNOWN_MEMBER_ID");
    expect(run.group.members.size).toBe(1);
  });
});

describe("a generation", () => {
  it("tells only the leader who is in it", () => {
    const run = new GroupRun();
    const [leader = "", follower = ""] = run.stable(2);
    const asked = [run.join({ memberId: leader }), run.join({ memberId: follower })].map((token) => run.joined(token));
    expect(asked.map(({ generation, protocolName, protocolType }) => [generation, protocolName, protocolType])).toEqual(
      [
        [3, "range", "consumer"],
        [3, "range", "consumer"],
      ],
    );
    expect(asked.map((reply) => reply.leader)).toEqual([leader, leader]);
    expect(asked[0]?.members.map(({ memberId, metadata }) => [memberId, metadata])).toEqual([
      [leader, utf8("m")],
      [follower, utf8("m")],
    ]);
    expect(asked[1]?.members).toEqual([]);
  });

  it("uses the protocol most members like best among those all support", () => {
    const run = new GroupRun({ initialRebalanceDelayMs: 1_000 });
    const tokens = [
      ["a", "b", "c"],
      ["c", "b"],
      ["x", "b", "c"],
    ].map((names) => run.join({ protocols: protocols(...names) }));
    run.advance(30_000);
    expect(tokens.map((token) => run.joined(token).protocolName)).toEqual(["b", "b", "b"]);
    expect(run.joined(tokens[0] ?? 0).members.map(({ metadata }) => metadata)).toEqual(Array(3).fill(utf8("b")));
  });

  it("is told again to a follower whose answer was lost, without a rebalance", () => {
    const run = new GroupRun();
    const [, follower = ""] = run.stable(2);
    expect(run.joined(run.join({ memberId: follower }))).toMatchObject({ error: "NONE", generation: 2, members: [] });
    expect(run.group.state).toBe("Stable");
  });

  it("ends when a follower comes with other metadata, or the leader joins again", () => {
    for (const [index, metadata] of ["m", "other"].entries()) {
      const run = new GroupRun();
      const memberId = run.stable(2)[index] ?? "";
      const token = run.join({ memberId, protocols: [{ name: "range", metadata: utf8(metadata) }] });
      expect(run.error(token)).toBeUndefined();
      expect(run.group.state).toBe("PreparingRebalance");
    }
  });

  it("is told again between join and sync, to leader and follower alike", () => {
    const run = new GroupRun();
    const { memberId } = run.joined(run.join());
    expect(run.group.state).toBe("CompletingRebalance");
    expect(run.joined(run.join({ memberId }))).toMatchObject({ error: "NONE", generation: 1, leader: memberId });
    expect(run.joined(run.join({ memberId })).members).toHaveLength(1);
    expect(run.joined(run.join({ memberId, protocols: protocols("range") }))).toMatchObject({ generation: 2 });
  });

  it("answers the earlier of two joins of one member too", () => {
    const run = new GroupRun();
    const [leader = "", follower = ""] = run.stable(2);
    const earlier = run.join({ memberId: leader });
    const later = run.join({ memberId: leader });
    expect(run.error(earlier)).toBe("REBALANCE_IN_PROGRESS");
    run.join({ memberId: follower });
    expect(run.error(later)).toBe("NONE");
  });
});
