import { seededRandom } from "@streambed/kernel";
import { describe, expect, it } from "vitest";
import { LogState } from "../../log-state.ts";
import { newPartition, type Partition } from "../../partition.ts";
import { type Run, sourceOfPack } from "../../run-index.ts";
import { HOUSEKEEPING_DEFAULTS } from "../settings.ts";
import { brokerRetentionMs, policyOf, retentionClassOf, type TopicPolicy } from "../topic-policy.ts";
import { planCompaction } from "./compaction.ts";
import { flushMsFor, planFlush, unpackedEntries } from "./flush.ts";
import { deletableCheckpointObjects, deletablePacks, orphans, planFloor } from "./garbage.ts";
import { planMerge } from "./merge.ts";
import { planRetention } from "./retention.ts";

const DAY = 86_400_000;
const NOW = 1_700_000_000_000;

function policy(configs: Readonly<Record<string, string>> = {}, broker: object = {}): TopicPolicy {
  return policyOf({ configs: new Map(Object.entries(configs)) }, { ...HOUSEKEEPING_DEFAULTS, ...broker });
}

function partitionWith(rows: readonly Partial<Run>[]): Partition {
  const partition = newPartition("topic", 0);
  for (const row of rows) {
    const baseOffset = partition.endOffset;
    const base = { source: sourceOfPack(0), position: 0, length: 100, maxTimestampMs: NOW, epoch: 0 };
    const run = { baseOffset, endOffset: baseOffset + 10, ...base, ...row };
    partition.runs.push(run);
    partition.endOffset = run.endOffset;
    partition.bytes += run.length;
  }
  return partition;
}

describe("the policy of a topic", () => {
  it("has Kafka's defaults", () => {
    expect(policy()).toEqual({
      deletes: true,
      compacts: false,
      retentionMs: 7 * DAY,
      retentionBytes: -1,
      deleteRetentionMs: DAY,
      minCleanableDirtyRatio: 0.5,
      minCompactionLagMs: 0,
      maxCompactionLagMs: Number.MAX_SAFE_INTEGER,
      segmentMs: 7 * DAY,
      segmentBytes: 1_073_741_824,
    });
  });

  it("takes the finest unit of the broker's retention", () => {
    const settings = { ...HOUSEKEEPING_DEFAULTS, logRetentionHours: 2 };
    expect(brokerRetentionMs(settings)).toBe(7_200_000);
    expect(brokerRetentionMs({ ...settings, logRetentionMinutes: 3 })).toBe(180_000);
    expect(brokerRetentionMs({ ...settings, logRetentionMinutes: 3, logRetentionMs: 4 })).toBe(4);
    expect(brokerRetentionMs({ ...settings, logRetentionMinutes: -1 })).toBe(-1);
  });

  it("prefers the topic's own configs", () => {
    expect(policy({ "cleanup.policy": "compact, delete", "retention.ms": "5" })).toMatchObject({
      deletes: true,
      compacts: true,
      retentionMs: 5,
    });
    expect(policy({ "retention.ms": "" }, { logRetentionMs: 9 })).toMatchObject({ retentionMs: 9 });
    expect(policy({ "cleanup.policy": "compact" })).toMatchObject({ deletes: false, compacts: true });
  });

  it("puts partitions of about the same lifetime into one class", () => {
    const classOf = (retentionMs: number): number => retentionClassOf(policy({ "retention.ms": `${retentionMs}` }));
    expect(classOf(7 * DAY)).toBe(classOf(6 * DAY));
    expect(classOf(7 * DAY)).not.toBe(classOf(DAY));
    expect(classOf(-1)).not.toBe(classOf(1));
    expect(retentionClassOf(policy({ "cleanup.policy": "compact" }))).not.toBe(classOf(-1));
  });
});

describe("retention", () => {
  it("drops runs whose newest record is older than retention.ms, oldest first", () => {
    const partition = partitionWith([
      { maxTimestampMs: NOW - 3 * DAY },
      { maxTimestampMs: NOW - 2 * DAY },
      { maxTimestampMs: NOW - DAY },
      { maxTimestampMs: NOW - 5 * DAY },
    ]);
    const plan = (ms: number): number | undefined => planRetention(partition, policy({ "retention.ms": `${ms}` }), NOW);
    expect(plan(7 * DAY)).toBeUndefined();
    expect(plan(2 * DAY)).toBe(10);
    expect(plan(2 * DAY - 1)).toBe(20);
    expect(plan(DAY / 2)).toBe(40);
    expect(plan(-1)).toBeUndefined();
  });

  it("lets records without a time go with the next that has one", () => {
    const old = { maxTimestampMs: NOW - 9 * DAY };
    const none = { maxTimestampMs: -1 };
    expect(planRetention(partitionWith([none, none, {}]), policy(), NOW)).toBeUndefined();
    expect(planRetention(partitionWith([none, old, {}]), policy(), NOW)).toBe(20);
    expect(planRetention(partitionWith([old, none, {}]), policy(), NOW)).toBe(10);
  });

  it("keeps at least retention.bytes", () => {
    const partition = partitionWith([{}, {}, {}, {}]);
    const plan = (bytes: number): number | undefined =>
      planRetention(partition, policy({ "retention.bytes": `${bytes}` }), NOW);
    expect(plan(-1)).toBeUndefined();
    expect(plan(400)).toBeUndefined();
    expect(plan(301)).toBeUndefined();
    expect(plan(300)).toBe(10);
    expect(plan(199)).toBe(20);
    expect(plan(0)).toBe(40);
  });

  it("leaves topics alone that are only compacted, and never moves the start back", () => {
    const partition = partitionWith([{ maxTimestampMs: 1 }, {}]);
    expect(planRetention(partition, policy({ "cleanup.policy": "compact" }), NOW)).toBeUndefined();
    partition.logStartOffset = 15;
    expect(planRetention(partition, policy(), NOW)).toBeUndefined();
  });
});

describe("topic compaction is due", () => {
  const compact = { "cleanup.policy": "compact" };
  const at = { nowMs: NOW, lastStableOffset: 1_000, horizonMs: Infinity };

  it("when more than min.cleanable.dirty.ratio is dirty", () => {
    const partition = partitionWith([{}, {}, {}, {}]);
    partition.cleanedOffset = 20;
    expect(planCompaction(partition, policy(compact), at)).toBeUndefined();
    partition.cleanedOffset = 10;
    expect(planCompaction(partition, policy(compact), at)).toEqual({
      firstDirtyOffset: 10,
      upperBoundOffset: 40,
      dirtyRatio: 0.75,
    });
    expect(planCompaction(partition, policy(), at)).toBeUndefined();
  });

  it("never for what is in entries, young, or behind the last stable offset", () => {
    const bound = (rows: Partial<Run>[], configs = {}, more = {}): number | undefined =>
      planCompaction(partitionWith(rows), policy({ ...compact, ...configs }), { ...at, ...more })?.upperBoundOffset;
    expect(bound([{}, {}, { source: 7 }])).toBe(20);
    expect(bound([{ source: 7 }])).toBeUndefined();
    const lag = { "min.compaction.lag.ms": "1000" };
    expect(bound([{ maxTimestampMs: NOW - 1000 }, { maxTimestampMs: NOW - 999 }], lag)).toBe(10);
    expect(bound([{}, {}, {}], {}, { lastStableOffset: 29 })).toBe(20);
  });

  it("when something dirty is older than max.compaction.lag.ms, whatever the ratio", () => {
    const partition = partitionWith([{}, {}, {}, { maxTimestampMs: NOW - 1_001 }]);
    partition.cleanedOffset = 30;
    const due = (lag: number): boolean =>
      planCompaction(partition, policy({ ...compact, "max.compaction.lag.ms": `${lag}` }), at) !== undefined;
    expect(due(1_001)).toBe(false);
    expect(due(1_000)).toBe(true);
  });
});

describe("topic compaction of a clean partition is due", () => {
  it("when a tombstone may go, and only then", () => {
    const partition = partitionWith([{}, {}]);
    partition.cleanedOffset = 20;
    const compact = policy({ "cleanup.policy": "compact" });
    const plan = (horizonMs: number): unknown =>
      planCompaction(partition, compact, { nowMs: NOW, lastStableOffset: 20, horizonMs });
    expect(plan(Infinity)).toBeUndefined();
    expect(plan(NOW + 1)).toBeUndefined();
    expect(plan(NOW)).toEqual({ firstDirtyOffset: 20, upperBoundOffset: 20, dirtyRatio: 0 });
  });
});

function stateWithTopic(partitions: number): LogState {
  const state = new LogState();
  for (let number = 0; number < partitions; number++) state.rows.partitions.add(newPartition("topic", number), 0);
  return state;
}

/** Appends a row of one record. */
function append(
  state: LogState,
  partition: Partition,
  { source, length, maxTimestampMs = NOW }: { source: number; length: number; maxTimestampMs?: number },
): void {
  const baseOffset = partition.endOffset;
  const run = { baseOffset, endOffset: baseOffset + 1, source, position: 0, length, maxTimestampMs, epoch: 0 };
  state.rows.append(partition, run);
  partition.endOffset++;
}

describe("packing entries", () => {
  it("waits for bytes or for age, and takes the oldest first", () => {
    const state = stateWithTopic(2);
    const [left, right] = [...state.rows.partitions];
    if (left === undefined || right === undefined) throw new Error("no partitions");
    for (const seq of [3, 5, 8])
      for (const partition of [left, right]) append(state, partition, { source: seq, length: 50 });
    const unpacked = unpackedEntries(state);
    expect([...unpacked]).toEqual([
      [3, 100],
      [5, 100],
      [8, 100],
    ]);
    const settings = { flushBytes: 150, flushMs: 1_000 };
    expect(planFlush(unpacked, 0, settings)).toEqual({ entries: [3, 5], throughSeq: 5, bytes: 200 });
    expect(planFlush(unpacked, 999, { ...settings, flushBytes: 301 })).toBeUndefined();
    expect(planFlush(unpacked, 1_000, { ...settings, flushBytes: 301 })).toMatchObject({ throughSeq: 8, bytes: 300 });
    expect(planFlush(new Map(), 1_000, settings)).toBeUndefined();
  });
});

describe("an entry with records of a compacted topic", () => {
  function flushMs(configs: Readonly<Record<string, string>>): number {
    const state = stateWithTopic(1);
    const partitions = [...state.rows.partitions];
    state.topics.set("topic", { topicId: "topic", name: "t", configs: new Map(Object.entries(configs)), partitions });
    const [partition] = partitions;
    if (partition !== undefined) for (const seq of [1, 2]) append(state, partition, { source: seq, length: 500 });
    return flushMsFor(state, { ...HOUSEKEEPING_DEFAULTS, flushMs: 10_000 });
  }

  it("is packed as soon as Kafka would close its segment", () => {
    const compact = { "cleanup.policy": "compact" };
    expect(flushMs(compact)).toBe(10_000);
    expect(flushMs({ ...compact, "segment.ms": "100" })).toBe(100);
    expect(flushMs({ ...compact, "segment.bytes": "1001" })).toBe(10_000);
    expect(flushMs({ ...compact, "segment.bytes": "1000" })).toBe(0);
    expect(flushMs({ ...compact, "max.compaction.lag.ms": "70" })).toBe(70);
    expect(flushMs({ "segment.ms": "100" })).toBe(10_000);
  });
});

describe("merging packs", () => {
  const settings = { ...HOUSEKEEPING_DEFAULTS, mergeFanIn: 4 };

  /** `packs` lists the partitions that have a part in each pack. */
  function stateWithPacks(packs: readonly (readonly number[])[], more: object = {}): LogState {
    const state = stateWithTopic(8);
    const partitions = [...state.rows.partitions];
    for (const [at, members] of packs.entries()) {
      const description = { packId: `p${at}`, level: 1, bytes: 1_000, footerPosition: 900, retentionClass: 3, ...more };
      const number = state.rows.packs.add(description);
      for (const member of members) {
        const partition = partitions[member];
        if (partition !== undefined) append(state, partition, { source: sourceOfPack(number), length: 100 });
      }
    }
    return state;
  }

  it("takes the oldest packs of a level, once there are enough that hold the same partitions", () => {
    const all = [0, 1, 2, 3];
    expect(planMerge(stateWithPacks([all, all, all]), settings)).toBeUndefined();
    const plan = planMerge(stateWithPacks([all, all, all, all, all]), settings);
    expect(plan?.packs.map(({ number }) => number)).toEqual([0, 1, 2, 3]);
    expect(plan).toMatchObject({ level: 2, retentionClass: 3 });
  });

  it("leaves packs side by side that share no partition", () => {
    const [low, high] = [
      [0, 1],
      [2, 3],
    ];
    if (low === undefined || high === undefined) throw new Error("no halves");
    expect(planMerge(stateWithPacks([low, high, low, high, low, high]), settings)).toBeUndefined();
    const plan = planMerge(stateWithPacks([low, high, low, high, low, high, low]), settings);
    expect(plan?.packs.map(({ number }) => number)).toEqual([0, 2, 4, 6]);
  });

  it("leaves packs alone whose rows have reached their bounds, however many there are", () => {
    const one = Array.from({ length: 20 }, () => [0]);
    expect(planMerge(stateWithPacks(one), { ...settings, logSegmentBytes: 199 })).toBeUndefined();
    expect(planMerge(stateWithPacks(one), { ...settings, logSegmentBytes: 200 })).toBeDefined();
    const state = stateWithTopic(1);
    const [partition] = state.rows.partitions;
    if (partition === undefined) throw new Error("no partition");
    for (let at = 0; at < 20; at++) {
      const pack = { packId: `p${at}`, level: 1, bytes: 1_000, footerPosition: 900, retentionClass: 3 };
      const source = sourceOfPack(state.rows.packs.add(pack));
      append(state, partition, { source, length: 100, maxTimestampMs: NOW + at * 1_000 });
    }
    expect(planMerge(state, { ...settings, logRollMs: 1_000 })).toBeUndefined();
    expect(planMerge(state, { ...settings, logRollMs: 10_000 })).toBeDefined();
  });

  it("leaves packs alone whose parts are large enough", () => {
    const one = [0];
    const large = { bytes: HOUSEKEEPING_DEFAULTS.mergePartBytesMax };
    expect(planMerge(stateWithPacks([one, one, one, one], large), settings)).toBeUndefined();
  });
});

describe("garbage", () => {
  it("never reaches a run, the checkpoint before the newest, or what was not folded here", () => {
    const random = seededRandom(1);
    for (let round = 0; round < 200; round++) {
      const checkpoints = Array.from({ length: Math.floor(random.fraction() * 4) }, (_, at) => at * 10 + 5);
      const lowestUnpacked = random.fraction() < 0.3 ? undefined : Math.floor(random.fraction() * 40);
      const gcFloor = Math.floor(random.fraction() * 20) - 1;
      const floor = planFloor({ checkpoints, lowestUnpacked, gcFloor, foldedSeq: 22 });
      if (floor === undefined) continue;
      expect(floor).toBeGreaterThan(gcFloor);
      expect(floor).toBeLessThan(lowestUnpacked ?? Infinity);
      expect(floor).toBeLessThanOrEqual(Math.min(checkpoints.at(-2) ?? -1, 22));
    }
    expect(planFloor({ checkpoints: [5, 9], lowestUnpacked: undefined, gcFloor: -1, foldedSeq: 50 })).toBe(5);
    expect(planFloor({ checkpoints: [9], lowestUnpacked: undefined, gcFloor: -1, foldedSeq: 50 })).toBeUndefined();
  });

  it("deletes a pack only when a checkpoint knows that it is retired, and after a grace period", () => {
    const pack = { number: 1, packId: "p", level: 1, retiredSeq: 10, retiredMs: NOW };
    const at = { checkpointSeq: 10, storeTimeMs: NOW + 100, graceMs: 100 };
    expect(deletablePacks([pack], at)).toEqual([pack]);
    expect(deletablePacks([pack], { ...at, checkpointSeq: 9 })).toEqual([]);
    expect(deletablePacks([pack], { ...at, storeTimeMs: NOW + 99 })).toEqual([]);
  });

  it("takes old unknown objects for orphans", () => {
    const object = (key: string, modifiedMs: number) => ({ key, modifiedMs, size: 1 });
    const at = { storeTimeMs: 100, orphanAgeMs: 100 };
    expect(orphans([object("old", 0), object("young", 1)], at).map(({ key }) => key)).toEqual(["old"]);
  });

  it("of checkpoints is what neither the kept ones refer to nor is young or newer than the published one", () => {
    const key = (seq: number, name: string): string => `ckpt/0/${seq.toString(16).padStart(16, "0")}/${name}`;
    const object = (seq: number, name: string, modifiedMs = 0) => ({ key: key(seq, name), modifiedMs, size: 1 });
    const objects = [object(1, "root"), object(1, "page-0"), object(1, "page-1"), object(5, "root"), object(9, "root")];
    const kept = new Set([key(5, "root"), key(1, "page-1")]);
    const at = { shard: 0, kept, pointerSeq: 5, storeTimeMs: 100, graceMs: 50 };
    const deletable = deletableCheckpointObjects([...objects, object(2, "root", 51)], at);
    expect(deletable.map((each) => each.key)).toEqual([key(1, "root"), key(1, "page-0")]);
  });
});
