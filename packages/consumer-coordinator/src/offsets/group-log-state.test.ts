import { seededRandom, utf8 } from "@streambed/kernel";
import { encodeRecordBatch } from "@streambed/protocol";
import { describe, expect, it } from "vitest";
import type { GroupRecord } from "../group/event.ts";
import { loadGroup } from "../group/group-record.ts";
import { GroupRun } from "../test-support/group-run.ts";
import type { CommittedOffset } from "./committed-offset.ts";
import { GroupLogState } from "./group-log-state.ts";
import { OFFSETS_TOPIC } from "./group-partition.ts";
import { offsetRecord, offsetTombstone } from "./offset-record.ts";

const COMMIT = { offset: 7, leaderEpoch: 2, metadata: "note", commitTimestampMs: 1_000, expireTimestampMs: -1 };

function batch(...records: readonly GroupRecord[]) {
  const bytes = encodeRecordBatch({ records: records.map((record) => ({ ...record, timestamp: 1 })) });
  return { topic: OFFSETS_TOPIC, partition: 0, baseOffset: 0, bytes };
}

function commit(groupId: string, partition: number, changes: Partial<CommittedOffset> = {}): GroupRecord {
  return offsetRecord(groupId, { topic: "t", partition }, { ...COMMIT, ...changes });
}

describe("the fold over __consumer_offsets", () => {
  it("keeps the last commit of each partition, as it was given", () => {
    const state = new GroupLogState();
    state.apply(batch(commit("g", 0), commit("g", 1, { metadata: "é", expireTimestampMs: 9 }), commit("h", 0)));
    state.apply(batch(commit("g", 0, { offset: 8, leaderEpoch: -1 })));
    expect(state.offset("g", { topic: "t", partition: 0 })).toEqual({ ...COMMIT, offset: 8, leaderEpoch: -1 });
    // The version with a time of expiry has no place for the epoch.
    expect(state.offset("g", { topic: "t", partition: 1 })).toEqual({
      ...COMMIT,
      metadata: "é",
      expireTimestampMs: 9,
      leaderEpoch: -1,
    });
    expect(state.offsetCount).toBe(3);
    expect([...state.groups.keys()]).toEqual(["g", "h"]);
  });

  it("forgets what tombstones and deleted topics name, and groups that have nothing left", () => {
    const state = new GroupLogState();
    state.apply(batch(commit("g", 0), commit("g", 1), commit("h", 0)));
    state.apply(
      batch(offsetTombstone("g", { topic: "t", partition: 1 }), offsetTombstone("x", { topic: "t", partition: 1 })),
    );
    expect(state.offset("g", { topic: "t", partition: 1 })).toBeUndefined();
    expect(state.offsetCount).toBe(2);
    state.apply(batch(offsetTombstone("g", { topic: "t", partition: 0 })));
    expect([...state.groups.keys()]).toEqual(["h"]);
    state.topicDeleted({ name: "t" });
    expect([state.groups.size, state.offsetCount]).toEqual([0, 0]);
  });

  it("skips what it cannot read, and other topics", () => {
    const state = new GroupLogState();
    const key = commit("g", 0).key;
    const odd = [
      { key: utf8("?"), value: utf8("x") },
      { key, value: new Uint8Array([0, 99]) },
      { key, value: new Uint8Array([0, 3, 1]) },
      { key: new Uint8Array([0, 77, 1, 2]), value: null },
    ];
    state.apply(batch(...odd, commit("g", 1)));
    state.apply({ ...batch(commit("g", 2)), topic: "elsewhere" });
    expect([...(state.groups.get("g")?.offsets.get("t")?.keys() ?? [])]).toEqual([1]);
  });

  it("gives back a group as its members left it", () => {
    const run = new GroupRun();
    const [a = "", b = ""] = run.stable(2);
    const state = new GroupLogState();
    for (const record of run.records) state.apply(batch(record));
    const stored = state.groups.get("g")?.metadata ?? null;
    const loaded = loadGroup("g", stored, { elapsedMs: 500, nowMs: 99 });
    const { generation, leader, protocolName, protocolType, stateSinceMs } = run.group;
    expect(loaded).toMatchObject({ state: "Stable", generation, leader, protocolName, protocolType, stateSinceMs });
    const resumed = new GroupRun({}, loaded);
    resumed.elapsedMs = 500;
    expect([resumed.heartbeat(a), resumed.heartbeat(b)]).toEqual(["NONE", "NONE"]);
    expect(resumed.synced(resumed.sync(b)).assignment).toEqual(utf8("part 1"));
    resumed.advance(10_000);
    expect(resumed.group.state).toBe("Empty");
    for (const record of resumed.records) state.apply(batch(record));
    const empty = loadGroup("g", state.groups.get("g")?.metadata ?? null, { elapsedMs: 0, nowMs: 0 });
    expect(empty).toMatchObject({ state: "Empty", generation: generation + 1, protocolType: "consumer" });
    expect(empty.members.size).toBe(0);
  });
});

describe("a snapshot", () => {
  it("restores the same state, and is the same for the same state however it came about", () => {
    for (let seed = 1; seed <= 30; seed++) {
      const random = seededRandom(seed);
      const pick = (count: number): number => Math.floor(random.fraction() * count);
      const whole = new GroupLogState();
      let resumed = new GroupLogState();
      for (let round = 0; round < 40; round++) {
        const groupId = `g${pick(5)}`;
        const partition = pick(6);
        const offset = Math.floor(random.fraction() * Number.MAX_SAFE_INTEGER);
        const record =
          pick(4) === 0
            ? offsetTombstone(groupId, { topic: "t", partition })
            : commit(groupId, partition, { offset, metadata: "x".repeat(pick(300)) });
        whole.apply(batch(record));
        resumed.apply(batch(record));
        if (pick(5) === 0) {
          const next = new GroupLogState();
          next.restore(resumed.snapshot());
          resumed = next;
        }
        expect(resumed.snapshot(), `seed ${seed}`).toEqual(whole.snapshot());
        expect(resumed.offsetCount).toBe(whole.offsetCount);
      }
    }
  });

  it("refuses other versions, cut bytes and bytes behind the end", () => {
    const state = new GroupLogState();
    state.apply(batch(commit("g", 0)));
    const bytes = state.snapshot();
    const restore = (changed: Uint8Array) => () => new GroupLogState().restore(changed);
    expect(restore(bytes)).not.toThrow();
    expect(restore(new Uint8Array([2, 0]))).toThrow("version 2");
    expect(restore(new Uint8Array([...bytes, 0]))).toThrow("follow");
    for (let length = 0; length < bytes.length; length++) expect(restore(bytes.subarray(0, length))).toThrow();
    expect(restore(new Uint8Array([1, 255, 255, 255, 255, 15]))).toThrow("announces");
  });
});
