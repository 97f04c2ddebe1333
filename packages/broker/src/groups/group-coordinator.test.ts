import { DEFAULT_GROUP_SETTINGS, GroupLogState, OFFSETS_TOPIC, offsetRecord } from "@streambed/consumer-coordinator";
import type { GroupRecord } from "@streambed/consumer-coordinator";
import { silentLogger, utf8 } from "@streambed/kernel";
import type { Clock } from "@streambed/kernel";
import { encodeRecordBatch } from "@streambed/protocol";
import { describe, expect, it } from "vitest";
import type { OffsetsTopic } from "./group-appender.ts";
import { GroupAppender } from "./group-appender.ts";
import { GroupCoordinator } from "./group-coordinator.ts";
import { expireOffsets } from "./offset-expiry.ts";

/** A clock that counts its timers; time stands still. */
class StillClock implements Clock {
  timers = 0;
  elapsedMs = 0;
  readonly #due: { readonly atMs: number; readonly run: () => void }[] = [];

  now(): number {
    return 1_000_000 + this.elapsedMs;
  }

  elapsed(): number {
    return this.elapsedMs;
  }

  schedule(delayMs: number, run: () => void): () => void {
    this.timers++;
    const timer = { atMs: this.elapsedMs + delayMs, run };
    this.#due.push(timer);
    return () => {
      if (this.#due.includes(timer)) this.timers--;
      this.#due.splice(this.#due.indexOf(timer), 1);
    };
  }

  /** Jumps ahead and runs what is due then. */
  jump(byMs: number): void {
    this.elapsedMs += byMs;
    for (const timer of this.#due.filter(({ atMs }) => atMs <= this.elapsedMs)) {
      this.#due.splice(this.#due.indexOf(timer), 1);
      this.timers--;
      timer.run();
    }
  }
}

/** A coordinator over a log in memory. */
function coordinating(stored: GroupLogState = new GroupLogState()) {
  const clock = new StillClock();
  const topic: OffsetsTopic & { appends: number } = {
    appends: 0,
    partitions: 50,
    ensure: () => Promise.resolve(),
    append: (_partition, records) => {
      topic.appends++;
      stored.apply({ topic: OFFSETS_TOPIC, bytes: encodeRecordBatch({ records }) });
      return Promise.resolve({ ok: true });
    },
  };
  const appender = new GroupAppender(topic, { clock, logger: silentLogger });
  const settings = { ...DEFAULT_GROUP_SETTINGS, initialRebalanceDelayMs: 0 };
  const coordinator = new GroupCoordinator({ stored, appender, clock, settings });
  return { clock, stored, appender, coordinator, topic };
}

let unique = 1;

type Coordinating = ReturnType<typeof coordinating>;

function join({ coordinator }: Pick<Coordinating, "coordinator">, memberId: string = "") {
  return coordinator.request<"join">("g", {
    kind: "join",
    memberId,
    instanceId: null,
    clientId: "c",
    clientHost: "/127.0.0.1",
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 30_000,
    protocolType: "consumer",
    protocols: [{ name: "range", metadata: utf8("") }],
    requiresMemberId: false,
    canSkipAssignment: true,
    uniqueId: `${unique++}`,
  });
}

/** One member in a stable group. */
async function stable(parts: Coordinating): Promise<{ readonly memberId: string; readonly generation: number }> {
  const { memberId, generation } = await join(parts);
  const member = { memberId, instanceId: null, generation };
  const sync = { ...member, kind: "sync" as const, protocolType: null, protocolName: null };
  const synced = await parts.coordinator.request<"sync">("g", { ...sync, assignments: [] });
  expect(synced.error).toBe("NONE");
  return { memberId, generation };
}

function heartbeat({ coordinator }: Coordinating, memberId: string, generation: number) {
  return coordinator.request<"heartbeat">("g", { kind: "heartbeat", memberId, instanceId: null, generation });
}

function commit(records: readonly GroupRecord[]) {
  const nobody = { memberId: "", instanceId: null, generation: -1, knowsGroupIdNotFound: true };
  return { kind: "commit" as const, ...nobody, records };
}

function offset(commitTimestampMs: number, partition: number = 0): GroupRecord {
  const value = { offset: 5, leaderEpoch: -1, metadata: "", commitTimestampMs, expireTimestampMs: -1 };
  return offsetRecord("g", { topic: "t", partition }, value);
}

describe("the group coordinator", () => {
  it("keeps one timer for a group, however many heartbeats come, and acts when it fires", async () => {
    const parts = coordinating();
    const { memberId, generation } = await stable(parts);
    for (let beat = 0; beat < 5; beat++) {
      parts.clock.jump(2_000);
      expect((await heartbeat(parts, memberId, generation)).error).toBe("NONE");
      expect(parts.clock.timers).toBe(1);
    }
    parts.clock.jump(10_000);
    expect(parts.coordinator.activeGroup("g")?.state).toBe("Empty");
    await Promise.resolve();
    expect((await heartbeat(parts, memberId, generation)).error).toBe("UNKNOWN_MEMBER_ID");
  });

  it("forgets a group that is empty, and finds it again in the log", async () => {
    const parts = coordinating();
    const { memberId } = await stable(parts);
    await parts.coordinator.request<"leave">("g", { kind: "leave", members: [{ memberId, instanceId: null }] });
    await new Promise((resolve) => setTimeout(resolve));
    expect(parts.coordinator.activeGroup("g")).toBeUndefined();
    expect(parts.clock.timers).toBe(0);
    expect(parts.coordinator.group("g")).toMatchObject({ state: "Empty", generation: 2, protocolType: "consumer" });
    expect((await join(parts)).generation).toBe(3);
  });

  it("lets members of a predecessor go on, and gives them a session to be heard of", async () => {
    const before = coordinating();
    const { memberId, generation } = await stable(before);
    const after = coordinating(before.stored);
    expect((await heartbeat(after, memberId, generation)).error).toBe("NONE");
    const silent = coordinating(before.stored);
    expect(silent.coordinator.group("g")?.state).toBe("Stable");
    silent.clock.jump(10_000);
    expect(silent.coordinator.activeGroup("g")?.members.size).toBe(0);
  });

  it("gives a group up when another coordinator has written it", async () => {
    const here = coordinating();
    const { memberId, generation } = await stable(here);
    const there = coordinating(here.stored);
    const waiting = join(there);
    expect((await join(there, memberId)).generation).toBe(2);
    const { memberId: theirs } = await waiting;
    const sync = { kind: "sync" as const, memberId, instanceId: null, protocolType: null, protocolName: null };
    await there.coordinator.request<"sync">("g", { ...sync, generation: 2, assignments: [] });
    expect((await heartbeat(here, memberId, generation)).error).toBe("ILLEGAL_GENERATION");
    expect((await heartbeat(here, theirs, 2)).error).toBe("NONE");
  });

  it("answers everything that waits when it closes, and everything after", async () => {
    const parts = coordinating();
    const { memberId } = await stable(parts);
    const waiting = join(parts);
    parts.coordinator.close();
    expect((await waiting).error).toBe("COORDINATOR_NOT_AVAILABLE");
    expect((await heartbeat(parts, memberId, 1)).error).toBe("COORDINATOR_NOT_AVAILABLE");
    expect(parts.clock.timers).toBe(0);
  });
});

describe("a round of expiry", () => {
  const RETENTION_MS = 1_000;

  it("removes a group with its last offset, and leaves what is younger", async () => {
    const parts = coordinating();
    await parts.coordinator.request<"commit">("g", commit([offset(parts.clock.now())]));
    parts.clock.jump(500);
    await parts.coordinator.request<"commit">("g", commit([offset(parts.clock.now(), 1)]));
    for (const [atMs, left] of [
      [999, 2],
      [1_000, 1],
      [1_499, 1],
      [1_500, 0],
    ] as const) {
      parts.clock.jump(atMs - parts.clock.elapsedMs);
      expireOffsets({ ...parts, retentionMs: RETENTION_MS });
      await new Promise((resolve) => setTimeout(resolve));
      expect(parts.stored.offsetCount, `after ${atMs} ms`).toBe(left);
    }
    expect(parts.stored.groups.size).toBe(0);
  });

  it("leaves alone a group that another coordinator may have members of", async () => {
    const before = coordinating();
    await before.coordinator.request<"commit">("g", commit([offset(0)]));
    await stable(before);
    const after = coordinating(before.stored);
    after.clock.jump(1_000_000);
    const { appends } = after.topic;
    expireOffsets({ ...after, retentionMs: RETENTION_MS });
    await new Promise((resolve) => setTimeout(resolve));
    expect(after.topic.appends).toBe(appends);
  });

  it("does not race a commit on its way", async () => {
    const parts = coordinating();
    await parts.coordinator.request<"commit">("g", commit([offset(0)]));
    const fresh = parts.coordinator.request<"commit">("g", commit([offset(parts.clock.now())]));
    expireOffsets({ ...parts, retentionMs: RETENTION_MS });
    await fresh;
    await new Promise((resolve) => setTimeout(resolve));
    expect(parts.stored.offset("g", { topic: "t", partition: 0 })?.commitTimestampMs).toBe(parts.clock.now());
  });
});
