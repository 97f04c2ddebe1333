import { scrubShard } from "@streambed/log-storage";
import { describe, expect, it } from "vitest";
import { RecordLog } from "./record-log.ts";

const SMALL = { flushBytes: 1_500, packBytes: 3_000, mergeFanIn: 4 };

/** A log with records in entries and in packs, checkpoints and a retired pack. */
async function filled(seed: number): Promise<RecordLog> {
  const world = await RecordLog.open(seed, SMALL);
  const topic = await world.createTopic("orders", 2);
  for (let at = 0; at < 200; at++) {
    await world.append(topic, at % 2, [[`k${at % 9}`, `v${at}`.repeat(10)]]);
    if (at % 40 === 39) await world.housekeeper.runOnce();
  }
  await world.append(topic, 0, [["last", "in an entry"]]);
  await world.log.internals.checkpoints.settled();
  return world;
}

async function read(world: RecordLog, key: string): Promise<Uint8Array> {
  const answer = await world.store.inner.get(key);
  if (!answer.found) throw new Error(`${key} is missing`);
  return answer.bytes;
}

async function replace(world: RecordLog, key: string, change: (bytes: Uint8Array) => Uint8Array): Promise<void> {
  await world.store.inner.put(key, [change(await read(world, key))]);
}

const hex16 = (seq: number): string => seq.toString(16).padStart(16, "0");
const entryKey = (seq: number): string => `log/0/${hex16(seq)}`;
const rootKey = (seq: number): string => `ckpt/0/${hex16(seq)}/root`;
const POINTER_KEY = "ptr/0";

const flipped =
  (at: number) =>
  (bytes: Uint8Array): Uint8Array => {
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes;
  };

describe("a scrub", () => {
  it("finds nothing wrong with a healthy log, and writes nothing", async () => {
    const world = await filled(1);
    const puts = world.store.counts.put;
    const { packs } = world.log.internals.state;
    for (const deep of [false, true]) {
      const report = await scrubShard({ store: world.store, deep });
      expect(report).toMatchObject({ isComplete: true, findings: [], topics: 1, partitions: 2 });
      expect(report.tailSeq).toBe(world.log.internals.state.seq);
      expect(report.packs.objects).toBe(packs.size);
      expect(report.batches).toBe(deep ? 201 : 0);
      expect(report.garbage.objects).toBeGreaterThan(0);
      expect(report.orphans.objects).toBe(0);
    }
    expect(world.store.counts.put).toBe(puts);
    expect(world.store.counts.delete).toBe(0);
  });

  it("names the records of a pack that is cut, or missing", async () => {
    const world = await filled(2);
    const [pack] = world.log.internals.state.packs.values();
    const key = world.keys("seg/").find((each) => each.endsWith(pack?.packId ?? "?")) ?? "";
    await replace(world, key, (bytes) => bytes.subarray(0, bytes.length - 1));
    const cut = await scrubShard({ store: world.store });
    expect(cut).toMatchObject({ isComplete: false, findingsTotal: pack?.liveParts });
    expect(cut.findings[0]).toMatchObject({ problem: "object-short", key, records: { topic: "orders" } });
    await world.store.inner.delete(world.keys("seg/"));
    const gone = await scrubShard({ store: world.store, deep: true });
    expect(new Set(gone.findings.map(({ problem }) => problem))).toEqual(new Set(["object-missing"]));
    const offsets = gone.findings.map(({ records }) => (records?.endOffset ?? 0) - (records?.baseOffset ?? 0));
    expect(offsets.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(100);
  });

  it("sees a single changed byte in any batch, but only if it is deep", async () => {
    const world = await filled(3);
    const { state } = world.log.internals;
    const [topic] = state.topics.values();
    for (const index of [0, (topic?.partitions[0]?.runs.length ?? 1) - 1]) {
      const run = topic?.partitions[0]?.runs.at(index);
      if (run === undefined) throw new Error("no run");
      const pack = run.source < 0 ? state.packs.get(-1 - run.source) : undefined;
      const key = pack === undefined ? `log/0/${run.source.toString(16).padStart(16, "0")}` : "seg/";
      const [object = key] =
        pack === undefined ? [key] : world.keys("seg/").filter((each) => each.endsWith(pack.packId));
      const flip = (bytes: Uint8Array): Uint8Array => {
        bytes[run.position + run.length - 1] = (bytes[run.position + run.length - 1] ?? 0) ^ 1;
        return bytes;
      };
      await replace(world, object, flip);
      expect(await scrubShard({ store: world.store })).toMatchObject({ isComplete: true });
      const deep = await scrubShard({ store: world.store, deep: true });
      expect(deep.findings).toMatchObject([{ problem: "batch-damaged", key: object, records: { partition: 0 } }]);
      await replace(world, object, flip);
    }
  });

  it("sees any changed byte of what is needed, if it is deep, but for those that mean nothing", async () => {
    const world = await RecordLog.open(12, { ...SMALL, flushBytes: 400 });
    const topic = await world.createTopic("orders", 1);
    for (let at = 0; at < 6; at++) await world.append(topic, 0, [[`k${at}`, `v${at}`.repeat(10)]]);
    await world.housekeeper.runOnce();
    const { checkpoints, state } = world.log.internals;
    checkpoints.save(state);
    await checkpoints.settled();
    await world.append(topic, 0, [["last", "in an entry"]]);
    expect(state.packs.size).toBe(1);
    const starts = new Map<string, number>();
    const { runs } = world.partition(topic);
    for (let at = 0; at < runs.length; at++) {
      const { source, position } = runs.at(at) ?? { source: -1, position: 0 };
      if (source >= 0) starts.set(entryKey(source), position);
    }
    expect(starts.size).toBeGreaterThan(1);
    for (const key of world.keys("").filter((each) => each !== POINTER_KEY)) {
      const bytes = await read(world, key);
      const start = starts.get(key);
      // A reader replaces the first offset and the leader epoch that the producer wrote. The rest of a first offset is 0.
      const meaningless = start === undefined ? [] : [1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 15].map((at) => start + at);
      // What lies in a pack by now is not read in its entry any more.
      const isMoved = key.startsWith("log/") && start === undefined;
      const end = isMoved ? 16 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(8) : bytes.length;
      const missed: number[] = [];
      for (let at = 0; at < end; at++) {
        await replace(world, key, flipped(at));
        const { findingsTotal, warningsTotal } = await scrubShard({ store: world.store, deep: true });
        if (findingsTotal + warningsTotal === 0) missed.push(at);
        await replace(world, key, flipped(at));
      }
      expect(missed, key).toEqual(meaningless);
    }
  });

  it("misses an entry that was removed above the floor", async () => {
    const world = await filled(4);
    const [removed = ""] = world.keys("log/").slice(-3);
    await world.store.inner.delete([removed]);
    const report = await scrubShard({ store: world.store });
    expect(report.isComplete).toBe(false);
    expect(report.findings).toContainEqual(expect.objectContaining({ problem: "entry-missing", key: removed }));
  });

  it("says that a log without its checkpoint and without its first entries cannot be read", async () => {
    const world = await filled(5);
    await world.store.inner.delete([...world.keys("ckpt/"), ...world.keys("log/").slice(0, 5)]);
    expect(await scrubShard({ store: world.store })).toMatchObject({ isComplete: false });
  });

  it("warns of each part of a checkpoint that cannot be read, whichever a start goes on with", async () => {
    for (const deep of [false, true]) {
      const world = await filled(7);
      const seq = world.log.internals.checkpoints.newestSeq;
      const [healthy, parts] = [await scrubShard({ store: world.store }), world.keys("ckpt/").length];
      expect(healthy).toMatchObject({ warnings: [], warningsTotal: 0, checkpointSeq: seq });
      const [root, page] = [rootKey(seq), rootKey(seq).replace("root", "page-0")];
      await replace(world, root, flipped(9));
      const older = await scrubShard({ store: world.store, deep });
      expect(older).toMatchObject({ isComplete: true, findings: [], warningsTotal: 1 });
      expect(older.warnings).toMatchObject([{ problem: "checkpoint-damaged", key: root }]);
      expect(older.checkpointSeq).toBeLessThan(seq);
      expect(older.checkpoints.objects + older.garbage.objects).toBeGreaterThanOrEqual(parts);
      await replace(world, root, flipped(9));
      await replace(world, page, flipped(9));
      const damaged = await scrubShard({ store: world.store, deep });
      expect(damaged.warnings).toMatchObject([{ problem: "checkpoint-damaged", key: page }]);
      await world.store.inner.delete([page]);
      const missing = await scrubShard({ store: world.store, deep });
      expect(missing.warnings).toMatchObject([{ problem: "checkpoint-incomplete", key: page }]);
    }
  });

  it("counts the objects of the only checkpoint although it cannot be read", async () => {
    const world = await RecordLog.open(8);
    await world.append(await world.createTopic("orders", 2), 0, [["k", "v"]]);
    const { checkpoints, state } = world.log.internals;
    checkpoints.save(state);
    await checkpoints.settled();
    const root = rootKey(state.seq);
    await replace(world, root, flipped(9));
    const report = await scrubShard({ store: world.store });
    expect(report).toMatchObject({ isComplete: true, checkpointSeq: -1, checkpoints: { objects: 2 } });
    expect(report.warnings).toMatchObject([{ problem: "checkpoint-damaged", key: root }]);
    await world.store.inner.delete(world.keys("log/"));
    const lost = await scrubShard({ store: world.store });
    expect(lost.findings).toMatchObject([{ problem: "entry-missing", key: entryKey(0) }]);
  });

  it("warns of a pointer that cannot be read, and finds the floor without it", async () => {
    const world = await filled(9);
    const { gcFloor } = await scrubShard({ store: world.store });
    await world.log.internals.log.trim(gcFloor);
    await replace(world, POINTER_KEY, flipped(0));
    const report = await scrubShard({ store: world.store });
    expect(report).toMatchObject({ isComplete: true, warnings: [{ problem: "pointer-damaged", key: POINTER_KEY }] });
  });

  it("names the entry that cannot be folded, and counts everything nevertheless", async () => {
    for (const change of [flipped(10), () => new Uint8Array()]) {
      const world = await filled(10);
      const whole = await scrubShard({ store: world.store });
      const key = entryKey(whole.tailSeq);
      await replace(world, key, change);
      const report = await scrubShard({ store: world.store });
      expect(report.findings).toMatchObject([{ problem: "log-unreadable", key }]);
      expect(report).toMatchObject({ tailSeq: whole.tailSeq - 1, topics: 1, partitions: 2 });
      const { entries, packs, checkpoints, garbage } = whole;
      expect(report.entries.objects).toBe(entries.objects);
      expect(report).toMatchObject({ packs, checkpoints, garbage });
    }
  });

  it("knows from the pointer that newer entries were there", async () => {
    const world = await filled(11);
    const seq = world.log.internals.checkpoints.newestSeq;
    const newer = world.keys("log/").filter((key) => key > entryKey(seq - 1));
    await world.store.inner.delete([...newer, ...world.keys("ckpt/").filter((key) => key.includes(hex16(seq)))]);
    const report = await scrubShard({ store: world.store });
    expect(report.isComplete).toBe(false);
    expect(report.findings).toMatchObject([{ problem: "entry-missing", key: entryKey(seq) }]);
  });

  it("counts packs that the log knows nothing of", async () => {
    const world = await filled(6);
    await world.store.inner.put("seg/0/1/unknown", [new Uint8Array(100)]);
    const orphans = { objects: 1, bytes: 100 };
    expect(await scrubShard({ store: world.store })).toMatchObject({ isComplete: true, orphans });
  });
});
