import { utf8 } from "@streambed/kernel";
import { encodeSubscription } from "@streambed/protocol";
import { describe, expect, it } from "vitest";
import { GroupRun } from "../test-support/group-run.ts";

const TOMBSTONE = { key: utf8("offset"), value: null };
const protocols = [{ name: "range", metadata: encodeSubscription({ topics: ["read"] }) }];
const topics = [
  { topic: "read", tombstones: [TOMBSTONE] },
  { topic: "left", tombstones: [TOMBSTONE] },
];

describe("DeleteGroups", () => {
  it("refuses a group with members", () => {
    const run = new GroupRun();
    run.stable(1);
    expect(run.error(run.send("delete", { tombstones: [] }))).toBe("NON_EMPTY_GROUP");
    expect(run.group.state).toBe("Stable");
  });

  it("ends an empty group with its offsets, once that is durable", () => {
    const run = new GroupRun();
    const [a = ""] = run.stable(1);
    run.leave(a);
    run.holdsWrites = true;
    const token = run.send("delete", { tombstones: [TOMBSTONE] });
    expect(run.error(token)).toBeUndefined();
    expect(run.waitingWrites[0]?.records.map(({ value }) => value)).toEqual([null, null]);
    expect(run.error(run.send("delete", { tombstones: [] }))).toBe("GROUP_ID_NOT_FOUND");
    run.finishWrites(null);
    expect(run.error(token)).toBe("NONE");
    expect(run.group.state).toBe("Dead");
  });

  it("lets the group live when the log refuses", () => {
    const run = new GroupRun();
    run.holdsWrites = true;
    const token = run.send("delete", { tombstones: [] });
    run.finishWrites("COORDINATOR_NOT_AVAILABLE");
    expect(run.error(token)).toBe("COORDINATOR_NOT_AVAILABLE");
    expect(run.group.state).toBe("Empty");
  });

  it("waits for commits on their way, which would outlive the group", () => {
    const run = new GroupRun();
    run.holdsWrites = true;
    run.commit("", { generation: -1 });
    expect(run.error(run.send("delete", { tombstones: [] }))).toBe("COORDINATOR_LOAD_IN_PROGRESS");
  });
});

describe("OffsetDelete", () => {
  it("keeps the offsets of topics that members read", () => {
    const run = new GroupRun();
    const [a = ""] = run.stable(1, { protocols });
    const before = run.records.length;
    const token = run.send("offset-delete", { topics });
    expect(run.replies.get(token)).toMatchObject({ error: "NONE", subscribedTopics: ["read"] });
    expect(run.records).toHaveLength(before + 1);
    run.leave(a);
    const later = run.send("offset-delete", { topics });
    expect(run.replies.get(later)).toMatchObject({ error: "NONE", subscribedTopics: [] });
  });

  it("refuses groups of other protocol types while they have members", () => {
    const run = new GroupRun();
    const [a = ""] = run.stable(1, { protocolType: "connect" });
    expect(run.error(run.send("offset-delete", { topics }))).toBe("NON_EMPTY_GROUP");
    run.leave(a);
    expect(run.error(run.send("offset-delete", { topics }))).toBe("NONE");
  });

  it("keeps everything of a consumer whose metadata it cannot read", () => {
    const run = new GroupRun();
    run.stable(1, { protocols: [{ name: "own", metadata: utf8("?") }] });
    const token = run.send("offset-delete", { topics });
    expect(run.replies.get(token)).toMatchObject({ subscribedTopics: ["read", "left"] });
  });
});
