import { type HousekeepingSettings, type Partition, scrubShard } from "@streambed/log-storage";
import { expect, it } from "vitest";
import { RecordLog, type SeenRecord, storeDown } from "./record-log.ts";

/*
 * Random topics of all policies, random records, times, restarts and failures of the store in the middle of
 * housekeeping. A naive model knows every record that was written; after each step all that can be read is held
 * against Kafka's rules.
 */
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const SETTINGS: Partial<HousekeepingSettings> = {
  flushBytes: 3_000,
  packBytes: 5_000,
  mergeFanIn: 3,
  logCleanerDedupeBufferSize: 2_000,
  logRetentionCheckIntervalMs: 1,
};

interface ModelTopic {
  readonly topicId: string;
  readonly policy: "delete" | "compact" | "compact,delete";
  readonly retentionMs: number;
  readonly retentionBytes: number;
  readonly deleteRetentionMs: number;
  readonly segmentMs: number;
  readonly segmentBytes: number;
  readonly partitions: SeenRecord[][];
  /** Largest log start that was seen. */
  readonly starts: number[];
  /** What could be read at the last look, and everything written since. */
  readonly present: SeenRecord[][];
}

class Model {
  readonly world: RecordLog;
  readonly #seed: number;
  readonly topics: ModelTopic[] = [];

  constructor(world: RecordLog, seed: number) {
    this.world = world;
    this.#seed = seed;
  }

  pick(count: number): number {
    return Math.floor(this.world.random.fraction() * count);
  }

  async createTopic(): Promise<void> {
    const policy = (["delete", "compact", "compact,delete"] as const)[this.pick(3)] ?? "delete";
    const retentionMs = this.pick(3) === 0 ? -1 : HOUR * (1 + this.pick(48));
    const retentionBytes = this.pick(3) === 0 ? 2_000 : -1;
    const deleteRetentionMs = HOUR * this.pick(5);
    const segmentMs = this.pick(2) === 0 ? 10 * MINUTE : 7 * DAY;
    const segmentBytes = this.pick(2) === 0 ? 1_000 : 1_000_000_000;
    const partitions = 1 + this.pick(3);
    const topicId = await this.world.createTopic(`topic-${this.topics.length}`, partitions, {
      "cleanup.policy": policy,
      "retention.ms": `${retentionMs}`,
      "retention.bytes": `${retentionBytes}`,
      "delete.retention.ms": `${deleteRetentionMs}`,
      "segment.ms": `${segmentMs}`,
      "segment.bytes": `${segmentBytes}`,
      "min.cleanable.dirty.ratio": ["0", "0.3", "0.5"][this.pick(3)] ?? "0.5",
    });
    const empty = Array.from({ length: partitions }, (): SeenRecord[] => []);
    const limits = { retentionMs, retentionBytes, deleteRetentionMs, segmentMs, segmentBytes };
    const starts = empty.map(() => 0);
    this.topics.push({ topicId, policy, ...limits, partitions: empty, starts, present: empty.map(() => []) });
  }

  async append(): Promise<void> {
    const topic = this.topics[this.pick(this.topics.length)];
    if (topic === undefined) return;
    const number = this.pick(topic.partitions.length);
    const pairs = Array.from({ length: 1 + this.pick(4) }, (): readonly [string, string | null] => [
      `k${this.pick(6)}`,
      this.pick(6) === 0 ? null : "v".repeat(this.pick(80)) + String(this.pick(1_000)),
    ]);
    const records = await this.world.append(topic.topicId, number, pairs, this.pick(4) === 0);
    topic.partitions[number]?.push(...records);
    topic.present[number]?.push(...records);
  }

  /** A round of housekeeping in which the store may fail at any request. */
  async keepHouse(): Promise<void> {
    const { world } = this;
    let requests = this.pick(3) === 0 ? this.pick(12) : Number.POSITIVE_INFINITY;
    let isDown = false;
    world.store.before = (verb, key) => {
      // What the log needs to write its entries it tries for ever; what fails here is housekeeping's own.
      const isOwn = key.startsWith("seg/") || verb === "delete" || (verb === "put" && key.startsWith("ptr/"));
      isDown ||= isOwn && requests-- <= 0;
      if (isDown && isOwn) throw storeDown();
    };
    await world.housekeeper.runOnce().catch((error: unknown) => {
      if (!isDown) throw error;
    });
    world.store.before = () => undefined;
    if (isDown || this.pick(6) === 0) await world.reopen();
  }

  async check(step: string): Promise<void> {
    for (const topic of this.topics) {
      for (const [number, written] of topic.partitions.entries()) {
        const where = `seed ${this.#seed}, ${step}, ${topic.policy}, partition ${number}`;
        const partition = this.world.partition(topic.topicId, number);
        const seen = await this.world.readAll(topic.topicId, number);
        expect(partition.endOffset, where).toBe((written.at(-1)?.offset ?? -1) + 1);
        expect(partition.logStartOffset, where).toBeGreaterThanOrEqual(topic.starts[number] ?? 0);
        topic.starts[number] = partition.logStartOffset;
        const readable = written.filter(({ offset }) => offset >= partition.logStartOffset);
        const byOffset = new Map(readable.map((record) => [record.offset, record]));
        for (const record of seen) expect(record, where).toEqual(byOffset.get(record.offset));
        this.#checkRetention(topic, topic.present[number] ?? [], { partition, where });
        topic.present[number] = seen;
        this.#checkRows(topic, seen, { partition, where });
        if (topic.policy === "delete") expect(seen.length, where).toBe(readable.length);
        else this.#checkCompaction(topic, readable, seen, where);
      }
    }
  }

  /** What is deleted at once is never more than a segment of Kafka. */
  #checkRows(
    { segmentMs, segmentBytes, policy }: ModelTopic,
    seen: readonly SeenRecord[],
    { partition, where }: { partition: Partition; where: string },
  ): void {
    for (let index = 0; ; index++) {
      const run = partition.runs.at(index);
      if (run === undefined || run.source >= 0) return;
      const records = seen.filter(({ offset }) => offset >= run.baseOffset && offset < run.endOffset);
      // Four records and no more are in one batch, and a single batch may be larger.
      if (records.length > 4) expect(run.length, where).toBeLessThanOrEqual(segmentBytes);
      const [first, last] = [records[0]?.timestamp ?? 0, records.at(-1)?.timestamp ?? 0];
      if (policy !== "compact") expect(last - first, where).toBeLessThan(segmentMs);
    }
  }

  /** Nothing goes before its time: what is gone was too old, or too much. */
  #checkRetention(
    topic: ModelTopic,
    present: readonly SeenRecord[],
    { partition, where }: { partition: Partition; where: string },
  ): void {
    const youngest = present.filter(({ offset }) => offset < partition.logStartOffset).at(-1);
    if (youngest === undefined) return;
    expect(topic.policy, where).not.toBe("compact");
    const isTooOld = topic.retentionMs >= 0 && this.world.clock.now() - youngest.timestamp > topic.retentionMs;
    // A compaction in the same round may have left less than retention kept.
    const isTooMuch =
      topic.retentionBytes >= 0 && (partition.bytes >= topic.retentionBytes || topic.policy !== "delete");
    expect(isTooOld || isTooMuch, where).toBe(true);
  }

  /** What is gone has a later record of its key, or is a tombstone that was kept long enough. */
  #checkCompaction(
    topic: ModelTopic,
    readable: readonly SeenRecord[],
    seen: readonly SeenRecord[],
    where: string,
  ): void {
    const kept = new Set(seen.map(({ offset }) => offset));
    const last = new Map(readable.map((record) => [record.key, record]));
    for (const record of readable) {
      if (kept.has(record.offset)) continue;
      const newest = last.get(record.key);
      if (newest !== record) continue;
      expect(record.value, where).toBeNull();
      const age = this.world.clock.now() - record.timestamp;
      expect(age, where).toBeGreaterThanOrEqual(topic.deleteRetentionMs);
      // A value must not come back when its tombstone goes.
      expect(seen.filter(({ key }) => key === record.key).length, where).toBe(0);
    }
  }

  /** When nobody writes any more, what is due has happened: one record a key, nothing too old, nothing left over. */
  async settle(): Promise<void> {
    const { world } = this;
    for (let round = 0; round < 40; round++) {
      for (const { topicId } of this.topics) if (round === 0) await world.append(topicId, 0, [["end", "end"]]);
      await world.housekeeper.runOnce();
      await world.log.internals.checkpoints.settled();
      world.clock.nowMs += 2 * HOUR;
    }
    const report = await scrubShard({ store: world.store, deep: true });
    expect(report.findings, `seed ${this.#seed}`).toEqual([]);
    expect(report.orphans.objects, `seed ${this.#seed}`).toBe(0);
    expect(world.log.internals.state.retiredPacks.size, `seed ${this.#seed}`).toBe(0);
    for (const topic of this.topics) {
      if (topic.policy === "compact" || topic.retentionMs < 0) continue;
      for (const number of topic.partitions.keys()) {
        const oldest = world.partition(topic.topicId, number).runs.at(0)?.maxTimestampMs ?? Infinity;
        expect(world.clock.now() - 2 * HOUR - oldest, `seed ${this.#seed}`).toBeLessThanOrEqual(topic.retentionMs);
      }
    }
  }
}

async function runSeed(seed: number): Promise<void> {
  const model = new Model(await RecordLog.open(seed, SETTINGS, 8 + (seed % 24)), seed);
  for (let topics = 0; topics < 3; topics++) await model.createTopic();
  for (let step = 0; step < 12; step++) {
    const appends = model.pick(40);
    for (let count = 0; count < appends; count++) {
      await model.append();
      model.world.clock.nowMs += model.pick(2 * MINUTE);
    }
    if (model.pick(3) === 0) model.world.clock.nowMs += model.pick(DAY);
    await model.keepHouse();
    await model.check(`step ${step}`);
  }
  await model.settle();
}

it("what remains agrees with Kafka's rules, whatever fails in between", async () => {
  for (let seed = 1; seed <= 12; seed++) await runSeed(seed);
});
