import { encodeSubscription } from "@streambed/protocol";
import { describe, expect, it } from "vitest";
import { newGroup } from "../group/group.ts";
import type { Group } from "../group/group.ts";
import { GroupRun } from "../test-support/group-run.ts";
import type { CommittedOffset } from "./committed-offset.ts";
import { expiredOffsets } from "./expiry.ts";

const RETENTION_MS = 1_000;

function expired(group: Group, nowMs: number, changes: Partial<CommittedOffset> = {}): readonly string[] {
  const commit = {
    offset: 1,
    leaderEpoch: -1,
    metadata: "",
    commitTimestampMs: 100,
    expireTimestampMs: -1,
    ...changes,
  };
  const offsets = new Map(["read", "left"].map((topic) => [topic, new Map([[0, commit]])]));
  return expiredOffsets(group, offsets, { nowMs, retentionMs: RETENTION_MS }).map(({ topic }) => topic);
}

describe("committed offsets expire", () => {
  it("by their own age in a group that never had members", () => {
    expect(expired(newGroup("g", 0), 1_099)).toEqual([]);
    expect(expired(newGroup("g", 0), 1_100)).toEqual(["read", "left"]);
  });

  it("counted from when the last member left", () => {
    const group: Group = { ...newGroup("g", 500), protocolType: "consumer" };
    expect(expired(group, 1_499)).toEqual([]);
    expect(expired(group, 1_500)).toEqual(["read", "left"]);
  });

  it("only for topics no longer read, while a consumer is there", () => {
    const run = new GroupRun();
    run.stable(1, { protocols: [{ name: "range", metadata: encodeSubscription({ topics: ["read"] }) }] });
    expect(expired(run.group, 1_099)).toEqual([]);
    expect(expired(run.group, 1_100)).toEqual(["left"]);
    run.join();
    expect(run.group.state).toBe("PreparingRebalance");
    expect(expired(run.group, 1_100)).toEqual([]);
  });

  it("never while members of another protocol type are there", () => {
    const run = new GroupRun();
    run.stable(1, { protocolType: "connect" });
    expect(expired(run.group, 1_000_000)).toEqual([]);
  });

  it("at the time an old client asked for", () => {
    expect(expired(newGroup("g", 0), 299, { expireTimestampMs: 300 })).toEqual([]);
    expect(expired(newGroup("g", 0), 300, { expireTimestampMs: 300 })).toEqual(["read", "left"]);
  });
});
