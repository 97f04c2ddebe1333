import { decodeBatchHeader, defaultCodecs, splitBatches } from "@streambed/protocol";
import { createHousekeeper, openShardLog } from "@streambed/log-storage";
import { describe, expect, it } from "vitest";
import { RecordLog, storeDown, type SeenRecord } from "./record-log.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SMALL = { flushBytes: 2_000, packBytes: 4_000, mergeFanIn: 4 };

async function fill(world: RecordLog, topicId: string, batches: number, partitions = 1): Promise<SeenRecord[][]> {
  const written: SeenRecord[][] = Array.from({ length: partitions }, () => []);
  for (let at = 0; at < batches; at++) {
    const number = at % partitions;
    const records = await world.append(topicId, number, [
      [`k${at % 7}`, `v${at}`.repeat(20)],
      [`k${at % 3}`, `w${at}`],
    ]);
    written[number]?.push(...records);
  }
  return written;
}

async function bytesOf(world: RecordLog, topicId: string): Promise<Uint8Array[]> {
  const partition = world.partition(topicId);
  const found: Uint8Array[] = [];
  for (let offset = partition.logStartOffset; offset < partition.endOffset;) {
    const batches = await world.log.read(partition, offset, 50_000);
    found.push(...batches.map((batch) => batch.slice()));
    offset = decodeBatchHeader(found.at(-1) ?? new Uint8Array(0)).lastOffset + 1;
  }
  return found;
}

describe("packing and merging", () => {
  it("keep every byte of every batch, through packs of several levels and a fresh process", async () => {
    const world = await RecordLog.open(1, SMALL);
    const topic = await world.createTopic("t", 3);
    const written: SeenRecord[][] = [[], [], []];
    let before: Uint8Array[] = [];
    for (let round = 0; round < 30; round++) {
      const more = await fill(world, topic, 40, 3);
      for (const [at, records] of more.entries()) written[at]?.push(...records);
      before = await bytesOf(world, topic);
      await world.housekeeper.flush();
      await world.housekeeper.merge();
    }
    const levels = new Set([...world.log.internals.state.packs.values()].map(({ level }) => level));
    expect(levels.size).toBeGreaterThan(1);
    expect(world.log.internals.state.retiredPacks.size).toBeGreaterThan(0);
    await world.reopen();
    for (const [number, records] of written.entries()) expect(await world.readAll(topic, number)).toEqual(records);
    expect(await bytesOf(world, topic)).toEqual(before);
    expect(splitBatches(before[0] ?? new Uint8Array(0)).batches).toHaveLength(1);
  });

  it("packs what is old although it is little, internal topics, too", async () => {
    const world = await RecordLog.open(2);
    const topic = await world.createTopic("__consumer_offsets", 1, { "cleanup.policy": "compact" });
    const written = await world.append(topic, 0, [["group", "offset"]], true);
    expect(await world.housekeeper.flush()).toBeUndefined();
    world.clock.nowMs += 10 * MINUTE;
    expect(await world.housekeeper.flush()).toMatchObject({ packs: 1, parts: 1, rejectedParts: 0 });
    expect(world.partition(topic).runs.at(0)?.source).toBeLessThan(0);
    await world.reopen();
    expect(await world.readAll(topic)).toEqual(written);
  });

  it("reads each input of a merge once", async () => {
    const world = await RecordLog.open(3, { flushBytes: 3_000, mergeFanIn: 8 });
    const topic = await world.createTopic("t", 10);
    for (let round = 0; round < 8; round++) {
      await fill(world, topic, 40, 10);
      world.clock.nowMs += 10 * MINUTE;
      await world.housekeeper.flush();
    }
    const packs = world.log.internals.state.packs.size;
    expect(packs).toBeGreaterThanOrEqual(8);
    const gets = world.store.counts.get;
    expect(await world.housekeeper.merge()).toMatchObject({ rejectedParts: 0 });
    expect(world.log.internals.state.packs.size).toBeLessThan(packs);
    expect(world.store.counts.get - gets).toBeLessThanOrEqual(packs);
  });

  it("reads no entry that is still in memory, but one for its age", async () => {
    const world = await RecordLog.open(17, SMALL);
    const topic = await world.createTopic("t", 3);
    const written = await fill(world, topic, 90, 3);
    const gets = world.store.counts.get;
    expect(await world.housekeeper.flush()).toMatchObject({ rejectedParts: 0 });
    expect(world.store.counts.get - gets).toBeLessThanOrEqual(1);
    await world.reopen();
    for (const [number, records] of written.entries()) expect(await world.readAll(topic, number)).toEqual(records);
  });

  it("begins a new row where Kafka would begin a segment, though all comes in one entry", async () => {
    const world = await RecordLog.open(18, { flushMs: 0 });
    const topic = await world.createTopic("t", 1, { "segment.ms": `${HOUR}`, "retention.ms": `${2 * HOUR}` });
    const appended: Promise<SeenRecord[]>[] = [];
    for (let at = 0; at < 6; at++) {
      appended.push(world.append(topic, 0, [[`k${at}`, "v"]]));
      world.clock.nowMs += HOUR;
    }
    const written = (await Promise.all(appended)).flat();
    const { runs } = world.partition(topic);
    expect(runs.length).toBeLessThan(6);
    await world.housekeeper.flush();
    expect(runs.length).toBe(6);
    expect(await world.readAll(topic)).toEqual(written);
    await world.housekeeper.retention();
    expect(await world.readAll(topic)).toEqual(written.slice(4));
  });

  it("takes an entry that is cut for damage only if nobody else has packed it meanwhile", async () => {
    for (const isPacked of [true, false]) {
      const world = await RecordLog.open(19, SMALL);
      const topic = await world.createTopic("t", 1);
      const [written] = await fill(world, topic, 60);
      const { store, clock, random } = world;
      const asleep = await openShardLog({ store, clock, random });
      if (isPacked) await world.housekeeper.flush();
      // Packed, deleted, and written again under the same key by somebody who slept, too.
      const [cut = ""] = world.keys("log/").slice(2);
      await store.inner.delete([cut]);
      await store.inner.put(cut, [new Uint8Array(3)]);
      const woken = createHousekeeper({ internals: asleep.internals, codecs: defaultCodecs, settings: SMALL });
      const code = isPacked ? "HOUSEKEEPING_INPUT_GONE" : "LOG_DAMAGED";
      await expect(woken.flush()).rejects.toMatchObject({ code });
      if (isPacked) expect(await woken.flush()).toBeUndefined();
      await asleep.close();
      expect(await world.readAll(topic)).toEqual(written);
    }
  });

  it("does nothing twice when two processes pack the same entries", async () => {
    const world = await RecordLog.open(4, SMALL);
    const topic = await world.createTopic("t", 1);
    const [written] = await fill(world, topic, 60);
    const [first, second] = await Promise.all([world.housekeeper.flush(), world.housekeeper.flush()]);
    expect((first?.parts ?? 0) + (second?.parts ?? 0)).toBeGreaterThan(0);
    expect((first?.rejectedParts ?? 0) + (second?.rejectedParts ?? 0)).toBeGreaterThan(0);
    expect(await world.readAll(topic)).toEqual(written);
  });
});

describe("retention", () => {
  it("drops what is older than retention.ms, by both clocks", async () => {
    const world = await RecordLog.open(6);
    const topic = await world.createTopic("t", 1, { "retention.ms": `${HOUR}` });
    await fill(world, topic, 5);
    world.clock.nowMs += HOUR / 2;
    const [kept] = await fill(world, topic, 5);
    expect(await world.housekeeper.retention()).toMatchObject({ partitions: 0 });
    world.clock.nowMs += HOUR / 2 + 1;
    expect(await world.housekeeper.retention()).toMatchObject({ partitions: 1 });
    expect(await world.readAll(topic)).toEqual(kept);
  });

  it("deletes nothing because the local clock jumped ahead", async () => {
    const world = await RecordLog.open(7);
    const topic = await world.createTopic("t", 1);
    const [written] = await fill(world, topic, 5);
    const { clock } = world;
    const honest = clock.nowMs;
    const [now, list] = [clock.now, world.store.inner.get];
    clock.now = () => honest + 365 * DAY;
    world.store.inner.get = async (key, options) => ({ ...(await list(key, options)), storeTimeMs: honest });
    await world.housekeeper.retention();
    clock.now = now;
    expect(await world.readAll(topic)).toEqual(written);
  });
});

describe("topic compaction", () => {
  it("keeps the last record of each key, and tombstones for delete.retention.ms", async () => {
    const world = await RecordLog.open(8, { ...SMALL, flushMs: 0 });
    const topic = await world.createTopic("t", 1, { "cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.1" });
    const [written = []] = await fill(world, topic, 50);
    const tombstones = await world.append(topic, 0, [["k1", null]]);
    await world.housekeeper.flush();
    const counts = await world.housekeeper.compact();
    expect(counts).toMatchObject({ partitions: 1, recordsRead: 101, recordsKept: 7 });
    const last = new Map([...written, ...tombstones].map((record) => [record.key, record]));
    const expected = [...last.values()].toSorted((left, right) => left.offset - right.offset);
    expect(await world.readAll(topic)).toEqual(expected);
    expect(await world.housekeeper.compact()).toBeUndefined();
    world.clock.nowMs += DAY;
    await world.append(topic, 0, [["k2", "new"]]);
    await world.append(topic, 0, [["k2", "newer".repeat(50)]]);
    await world.housekeeper.flush();
    await world.housekeeper.compact();
    await world.reopen();
    const remaining = await world.readAll(topic);
    expect(remaining.map(({ key }) => key).toSorted()).toEqual(["k0", "k2", "k3", "k4", "k5", "k6"]);
    expect(world.partition(topic).cleanedOffset).toBe(world.partition(topic).endOffset);
  });

  it("comes back for tombstones when nobody writes any more", async () => {
    const world = await RecordLog.open(15, { ...SMALL, flushMs: 0 });
    const topic = await world.createTopic("t", 1, { "cleanup.policy": "compact" });
    for (const value of ["1", "2", null]) await world.append(topic, 0, [["gone", value]]);
    await world.append(topic, 0, [["stays", "1"]]);
    await world.housekeeper.flush();
    await world.housekeeper.compact();
    expect(await world.readAll(topic)).toHaveLength(2);
    world.clock.nowMs += DAY - 1;
    expect(await world.housekeeper.compact()).toBeUndefined();
    world.clock.nowMs += 1;
    expect(await world.housekeeper.compact()).toMatchObject({ partitions: 1, recordsRead: 2, recordsKept: 1 });
    expect((await world.readAll(topic)).map(({ key }) => key)).toEqual(["stays"]);
    world.clock.nowMs += 10 * DAY;
    expect(await world.housekeeper.compact()).toBeUndefined();
  });

  it("of many small partitions reads whole packs, not every run by itself", async () => {
    const world = await RecordLog.open(16, { flushMs: 0 });
    const topic = await world.createTopic("t", 50, { "cleanup.policy": "compact" });
    for (let round = 0; round < 4; round++) {
      for (let number = 0; number < 50; number++) await world.append(topic, number, [["k", `v${round}`]]);
      await world.housekeeper.flush();
    }
    const gets = world.store.counts.get;
    expect(await world.housekeeper.compact()).toMatchObject({ partitions: 50, recordsRead: 200, recordsKept: 50 });
    // One of each pack, and one for the store's time.
    expect(world.store.counts.get - gets).toBeLessThanOrEqual(5);
  });

  it("goes on where the memory for keys ended", async () => {
    const world = await RecordLog.open(9, { ...SMALL, flushMs: 0, logCleanerDedupeBufferSize: 600 });
    const topic = await world.createTopic("t", 1, { "cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0" });
    for (let at = 0; at < 120; at++) await world.append(topic, 0, [[`key-${at % 40}`, `v${at}`.repeat(30)]]);
    await world.housekeeper.flush();
    let rounds = 0;
    while ((await world.housekeeper.compact()) !== undefined) rounds++;
    expect(rounds).toBeGreaterThan(3);
    const remaining = await world.readAll(topic);
    expect(remaining.map(({ offset }) => offset)).toEqual(Array.from({ length: 40 }, (_, at) => at + 80));
  });

  it("leaves a partition alone that it cannot clean, and cleans the others", async () => {
    const world = await RecordLog.open(10, { ...SMALL, flushMs: 0, logCleanerDedupeBufferSize: 500 });
    const topic = await world.createTopic("t", 2, { "cleanup.policy": "compact" });
    await world.append(topic, 0, [["k".repeat(600), "large key"]]);
    for (let at = 0; at < 9; at++) await world.append(topic, 1, [["k", `v${at}`]]);
    await world.housekeeper.flush();
    await world.housekeeper.compact();
    expect(await world.readAll(topic, 0)).toHaveLength(1);
    expect(await world.readAll(topic, 1)).toHaveLength(1);
    expect(await world.housekeeper.compact()).toBeUndefined();
  });
});

describe("garbage", () => {
  it("goes after its grace period: entries, retired packs, old checkpoints", async () => {
    const world = await RecordLog.open(11, { ...SMALL, flushMs: 0 });
    const topic = await world.createTopic("t", 1, { "retention.ms": `${DAY}` });
    const [written] = await fill(world, topic, 200);
    await world.housekeeper.runOnce();
    await world.log.internals.checkpoints.settled();
    const entries = world.keys("log/").length;
    for (let at = 0; at < 4; at++) {
      world.clock.nowMs += 10 * MINUTE;
      await world.housekeeper.runOnce();
    }
    expect(world.keys("log/").length).toBeGreaterThanOrEqual(entries);
    for (let at = 0; at < 4; at++) {
      world.clock.nowMs += HOUR;
      await world.housekeeper.runOnce();
    }
    expect(world.keys("log/").length).toBeLessThan(60);
    expect(await world.readAll(topic)).toEqual(written);
    await world.reopen();
    expect(await world.readAll(topic)).toEqual(written);
    world.clock.nowMs += 2 * DAY;
    for (let at = 0; at < 60; at++) await world.append(topic, 0, [["a", `${at}`]]);
    for (let at = 0; at < 6; at++) {
      await world.housekeeper.runOnce();
      await world.log.internals.checkpoints.settled();
      world.clock.nowMs += HOUR;
    }
    const { packs, retiredPacks } = world.log.internals.state;
    expect(retiredPacks.size).toBe(0);
    expect(world.keys("seg/")).toHaveLength(packs.size);
    expect(await world.readAll(topic)).toHaveLength(60);
  });

  it("waits the whole grace period again after a crash, unless the pointer says since when", async () => {
    const world = await RecordLog.open(12, { ...SMALL, flushMs: 0 });
    const topic = await world.createTopic("t", 1);
    await fill(world, topic, 100);
    await world.housekeeper.flush();
    await world.log.internals.checkpoints.settled();
    await world.housekeeper.collectGarbage();
    const entries = world.keys("log/").length;
    world.clock.nowMs += 30 * MINUTE;
    await world.reopen();
    await world.housekeeper.collectGarbage();
    world.clock.nowMs += 40 * MINUTE;
    await world.reopen();
    await world.housekeeper.collectGarbage();
    expect(world.keys("log/").length).toBeGreaterThanOrEqual(entries);
    world.clock.nowMs += 20 * MINUTE;
    await world.reopen();
    await world.housekeeper.collectGarbage();
    expect(world.keys("log/").length).toBeLessThan(entries);
  });

  it("goes on when somebody has removed the pointer, though nobody writes any more", async () => {
    const world = await RecordLog.open(20, { checkpointsKept: 1 });
    const topic = await world.createTopic("t", 1);
    const [written] = await fill(world, topic, 100);
    await world.log.internals.checkpoints.settled();
    const roots = (): string[] => world.keys("ckpt/").filter((key) => key.endsWith("/root"));
    expect(roots().length).toBeGreaterThan(2);
    await world.store.inner.delete(world.keys("ptr/"));
    await world.reopen();
    for (let round = 0; round < 3; round++) {
      await world.housekeeper.collectGarbage();
      await world.log.internals.checkpoints.settled();
      world.clock.nowMs += 2 * HOUR;
    }
    expect(world.keys("ptr/")).toHaveLength(1);
    expect(roots().length).toBe(1);
    await world.reopen();
    expect(await world.readAll(topic)).toEqual(written);
  });

  it("includes packs that never became part of the log, after a day", async () => {
    const world = await RecordLog.open(13, { ...SMALL, flushMs: 0 });
    const topic = await world.createTopic("t", 1);
    const [written] = await fill(world, topic, 60);
    world.store.before = (verb, key) => {
      if (verb === "put" && key.startsWith("log/")) throw storeDown();
    };
    const abort = new AbortController();
    const failing = world.housekeeper.flush(abort.signal);
    const settled = failing.then(
      () => "done",
      () => "failed",
    );
    while (world.keys("seg/").length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    world.store.before = () => undefined;
    expect(await settled).toBe("done");
    await world.store.put("seg/0/1/never-installed", [new Uint8Array(9)]);
    await world.housekeeper.runOnce();
    expect(world.keys("seg/")).toContain("seg/0/1/never-installed");
    world.clock.nowMs += DAY;
    await world.append(topic, 0, [["a", "b"]]);
    await world.housekeeper.runOnce();
    expect(world.keys("seg/")).not.toContain("seg/0/1/never-installed");
    expect((await world.readAll(topic)).slice(0, -1)).toEqual(written);
  });

  it("of an idle cluster costs no request", async () => {
    const world = await RecordLog.open(14, { ...SMALL, flushMs: 0 });
    const topic = await world.createTopic("t", 1);
    await fill(world, topic, 100);
    for (let at = 0; at < 40; at++) {
      await world.housekeeper.runOnce();
      await world.log.internals.checkpoints.settled();
      world.clock.nowMs += HOUR;
    }
    const before = { ...world.store.counts };
    for (let at = 0; at < 72; at++) {
      await world.housekeeper.runOnce();
      world.clock.nowMs += HOUR;
    }
    expect(world.store.counts).toEqual(before);
  });
});
