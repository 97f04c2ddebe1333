import { seededRandom } from "@streambed/kernel";
import { describe, expect, it } from "vitest";
import { baseOffsetOf, lastOffsetOf } from "./batch-layout.ts";
import { ALL_GUARDS } from "./guards.ts";
import type { Guards } from "./guards.ts";
import type { InstallCommand } from "./install-command.ts";
import { entryKey, packKey } from "./keys.ts";
import type { Partition } from "./partition.ts";
import { packOfSource } from "./run-index.ts";
import { openShardLog } from "./shard-log.ts";
import type { ShardLog } from "./shard-log.ts";
import { installPack, writePack } from "./test-support/install-packs.ts";
import { batch, bigBatch, CREATE_TOPIC, partitionOf, stateBytes, tags, TOPIC } from "./test-support/log-records.ts";
import { mapStore } from "./test-support/map-store.ts";
import type { MapStore } from "./test-support/map-store.ts";

const random = seededRandom(5);

interface Opened {
  readonly store: MapStore;
  readonly log: ShardLog;
  readonly partition: Partition;
}

/** A log whose memory holds nothing, so that every read goes to the store. */
async function reopen(store: MapStore, guards: Guards = ALL_GUARDS): Promise<Opened> {
  const log = await openShardLog({ store, random: seededRandom(9), guards });
  return { store, log, partition: partitionOf(log) };
}

/** Entries of one batch each; `sizes` are the batches' lengths, bytes. */
async function logWith(entries: number, size = 69): Promise<Opened> {
  const store = mapStore();
  const log = await openShardLog({ store, random });
  await log.command(CREATE_TOPIC);
  for (let at = 0; at < entries; at++) await log.append([bigBatch(size, at, 2)]);
  return { store, log, partition: partitionOf(log) };
}

function deleteEntries(store: MapStore, below: number): void {
  for (let seq = 0; seq < below; seq++) store.objects.delete(entryKey(0, seq));
}

describe("a pack", () => {
  it("takes the place of the entries it was made of, and is read after they are gone", async () => {
    const { store, log, partition } = await logWith(20);
    const before = await tags(log);
    const outcome = await installPack(log, random, [{ partition, baseOffset: 0, endOffset: 30 }]);
    expect(outcome).toEqual({ status: "installed", accepted: [0] });
    expect(partition.runs.length).toBe(6);
    expect(packOfSource(partition.runs.at(0)?.source ?? 0)).toBe(0);
    expect(log.internals.state.packs.get(0)?.liveParts).toBe(1);
    expect(partition.bytes).toBe(20 * 69);
    const second = await reopen(store);
    deleteEntries(store, 16);
    expect(await tags(second.log)).toEqual(before);
    expect(await tags(second.log, 0, 11)).toEqual(before.slice(5));
    expect(stateBytes(second.log)).toEqual(stateBytes(log));
  });

  it("is found by time, also in the middle", async () => {
    const { store, log, partition } = await logWith(40, 30_000);
    await installPack(log, random, [{ partition, baseOffset: 0, endOffset: 80 }]);
    const second = await reopen(store);
    for (let at = 0; at < 40; at++) {
      const found = await second.log.findByTime(second.partition, 1000 + at);
      expect(found === undefined ? -1 : baseOffsetOf(found)).toBe(at * 2);
    }
    expect(await second.log.findByTime(second.partition, 1040)).toBeUndefined();
    await second.log.command({ kind: "advance-start", topicId: TOPIC, partition: 0, offset: 21 });
    const found = await second.log.findByTime(second.partition, 1000);
    expect(found === undefined ? -1 : baseOffsetOf(found)).toBe(20);
  });

  it.each([200, 70_000, 1_048_576, 3_000_000])("of batches of %i bytes gives every offset and bound", async (size) => {
    const count = Math.min(60, Math.max(8, Math.floor(12_000_000 / size)));
    const { store, log, partition } = await logWith(count, size);
    await installPack(log, random, [{ partition, baseOffset: 0, endOffset: count * 2 }]);
    const { log: cold, partition: found } = await reopen(store);
    for (let offset = 0; offset < count * 2; offset += 3) {
      for (const maxBytes of [0, size, size * 2 + 1, 1_000_000]) {
        const batches = await cold.read(found, offset, maxBytes);
        const wanted = Math.max(1, Math.min(Math.floor(maxBytes / size), count - Math.floor(offset / 2)));
        expect(batches.map(baseOffsetOf)).toEqual(
          Array.from({ length: wanted }, (_, at) => (Math.floor(offset / 2) + at) * 2),
        );
        expect(batches.every((each) => each.length === size)).toBe(true);
      }
    }
  });

  it("may lack offsets: a read in a gap gives the next batch, and behind the last one nothing", async () => {
    const { store, log, partition } = await logWith(20);
    const keeps = (each: Uint8Array): boolean => baseOffsetOf(each) % 8 === 0;
    const requests = [
      { partition, baseOffset: 0, endOffset: 20, keeps },
      { partition, baseOffset: 20, endOffset: 30, keeps: () => false },
    ];
    expect(await installPack(log, random, requests)).toEqual({ status: "installed", accepted: [0, 1] });
    expect(partition.cleanedOffset).toBe(30);
    const { log: cold, partition: found } = await reopen(store);
    const first = async (offset: number): Promise<number | undefined> =>
      (await cold.read(found, offset, 1)).map(baseOffsetOf)[0];
    expect(await Promise.all([0, 1, 2, 9, 10, 16, 17, 18, 29, 30, 39].map(first))).toEqual([
      0, 0, 8, 8, 16, 16, 16, 30, 30, 30, 38,
    ]);
    expect((await cold.read(found, 2, 10_000)).map(baseOffsetOf).slice(0, 3)).toEqual([8, 16, 30]);
  });
});

describe("an install", () => {
  it("is refused where another one was first, where a row would be cut, and after twelve hours", async () => {
    const { log, partition } = await logWith(10);
    const plans = await Promise.all([
      writePack(log, random, [{ partition, baseOffset: 0, endOffset: 10 }]),
      writePack(log, random, [{ partition, baseOffset: 10, endOffset: 20 }]),
      writePack(log, random, [{ partition, baseOffset: 0, endOffset: 10 }]),
    ]);
    const [first, second, cut] = plans;
    if (first === undefined || second === undefined || cut === undefined) throw new Error("three plans");
    const none = { status: "installed", accepted: [] };
    expect(await log.command({ ...first, createdAtMs: first.createdAtMs - 13 * 3_600_000 })).toEqual({
      status: "rejected",
      reason: "too-old",
    });
    const across = cut.parts.map((part) => ({ ...part, endOffset: 9 }));
    expect(await log.command({ ...cut, parts: across })).toEqual(none);
    expect(await log.command(first)).toEqual({ status: "installed", accepted: [0] });
    expect(await log.command(second)).toEqual(none);
    expect(await log.command(first)).toEqual(none);
    expect([...log.internals.state.packs.keys()]).toEqual([0]);
  });

  it("is refused for a pack that another one has installed, for that would be deleted with it", async () => {
    const { log, partition } = await logWith(4);
    await log.append([batch(9, 2, { partition: 1 })]);
    const plan = await writePack(log, random, [
      { partition, baseOffset: 0, endOffset: 8 },
      { partition: partitionOf(log, 1), baseOffset: 0, endOffset: 2 },
    ]);
    const only = (index: number): InstallCommand => ({ ...plan, parts: plan.parts.slice(index, index + 1) });
    expect(await log.command(only(0))).toEqual({ status: "installed", accepted: [0] });
    expect(await log.command(only(1))).toEqual({ status: "installed", accepted: [] });
    await log.command({ kind: "advance-start", topicId: TOPIC, partition: 0, offset: 8 });
    expect(await log.command(only(1))).toEqual({ status: "installed", accepted: [] });
  });

  it("may reach below the log start, and retires packs that lose their last row", async () => {
    const { log, partition } = await logWith(10);
    const plan = await writePack(log, random, [{ partition, baseOffset: 0, endOffset: 10 }]);
    await log.command({ kind: "advance-start", topicId: TOPIC, partition: 0, offset: 5 });
    expect(await log.command(plan)).toEqual({ status: "installed", accepted: [0] });
    expect((await tags(log, 0, 5)).map(([base]) => base)).toEqual([4, 6, 8, 10, 12, 14, 16, 18]);
    const { state } = log.internals;
    await log.command({ kind: "advance-start", topicId: TOPIC, partition: 0, offset: 10 });
    expect(state.packs.size).toBe(0);
    expect(state.retiredPacks.get(0)).toMatchObject({ level: 1, retiredSeq: state.seq });
    await log.command({ kind: "forget-packs", numbers: [0, 7] });
    expect(state.retiredPacks.size).toBe(0);
    expect(partition.bytes).toBe(5 * 69);
  });

  it("may cut a row, if its parts together replace all of it", async () => {
    const { log, partition } = await logWith(10);
    await installPack(log, random, [{ partition, baseOffset: 0, endOffset: 20 }]);
    const plan = await writePack(log, random, [
      { partition, baseOffset: 0, endOffset: 4 },
      { partition, baseOffset: 4, endOffset: 12 },
      { partition, baseOffset: 12, endOffset: 20 },
    ]);
    const incomplete = { ...plan, parts: plan.parts.slice(0, 2) };
    expect(await log.command(incomplete)).toEqual({ status: "installed", accepted: [] });
    // Meanwhile the log start has moved into the second part, so the first has nothing to stand for.
    await log.command({ kind: "advance-start", topicId: TOPIC, partition: 0, offset: 6 });
    expect(await log.command(plan)).toEqual({ status: "installed", accepted: [1, 2] });
    expect([0, 1, 2].map((index) => partition.runs.at(index)?.baseOffset)).toEqual([4, 12, undefined]);
    expect(partition.bytes).toBe(8 * 69);
    expect((await tags(log, 0, 6)).map(([base]) => base)).toEqual([6, 8, 10, 12, 14, 16, 18]);
  });

  it("lets go of packs when a topic is deleted", async () => {
    const { log, partition } = await logWith(10);
    await installPack(log, random, [{ partition, baseOffset: 0, endOffset: 10 }]);
    await log.command({ kind: "delete-topic", topicId: TOPIC });
    expect([...log.internals.state.retiredPacks.keys()]).toEqual([0]);
    expect(await log.read(partition, 0, 1000)).toEqual([]);
    expect(log.internals.state.rows.sum.value).toEqual({ low: 0, high: 0 });
  });
});

describe("a reader whose state is old", () => {
  it("folds on when entries were packed and deleted, and when a pack was merged and deleted", async () => {
    const { store, log, partition } = await logWith(10);
    const before = await tags(log);
    const old = await reopen(store);
    await installPack(log, random, [{ partition, baseOffset: 0, endOffset: 20 }]);
    const older = await reopen(store);
    deleteEntries(store, 11);
    expect(await tags(old.log)).toEqual(before);
    await installPack(log, random, [{ partition, baseOffset: 0, endOffset: 20 }]);
    const [merged] = log.internals.state.retiredPacks.values();
    if (merged === undefined) throw new Error("a pack is retired");
    store.objects.delete(packKey(0, merged));
    expect(await tags(older.log)).toEqual(before);
  });

  it("does not take another's entry for the one that was deleted, however alike they are", async () => {
    let hours = 0;
    const store = mapStore(() => 1_700_000_000_000 + hours * 3_600_000);
    const log = await openShardLog({ store, random });
    await log.command(CREATE_TOPIC);
    for (let at = 0; at < 5; at++) await log.append([batch(at, 2)]);
    const before = await tags(log);
    const old = await reopen(store);
    const careless = await reopen(store, { ...ALL_GUARDS, checkTimeAfterRead: false });
    await installPack(log, random, [{ partition: partitionOf(log), baseOffset: 0, endOffset: 10 }]);
    hours = 2;
    const key = entryKey(0, 3);
    const bytes = store.objects.get(key)?.slice() ?? new Uint8Array();
    new DataView(bytes.buffer).setFloat64(bytes.length - 8, 77);
    deleteEntries(store, 6);
    store.objects.set(key, bytes);
    const tagAt4 = async ({ log: reader, partition }: Opened): Promise<number | undefined> => {
      const [found] = await reader.read(partition, 4, 1);
      return found === undefined ? undefined : new DataView(found.buffer, found.byteOffset).getFloat64(61);
    };
    expect(await tagAt4(old)).toBe(2);
    expect(await tags(old.log, 0, 4)).toEqual(before.slice(2));
    // The test can fail: without the guard the other's record is given out.
    expect(await tagAt4(careless)).toBe(77);
  });

  it("says that the log is damaged when a pack is really missing, cut or changed", async () => {
    const { store, log, partition } = await logWith(10, 30_000);
    await installPack(log, random, [{ partition, baseOffset: 0, endOffset: 20 }]);
    const [pack] = log.internals.state.packs.values();
    if (pack === undefined) throw new Error("a pack is live");
    const key = packKey(0, pack);
    const whole = store.objects.get(key) ?? new Uint8Array();
    const spoiled = [whole.subarray(0, 150_000), undefined, whole.map((byte, at) => (at > 60_000 ? 0xff : byte))];
    for (const bytes of spoiled) {
      store.objects.delete(key);
      if (bytes !== undefined) store.objects.set(key, bytes);
      const { log: cold, partition: found } = await reopen(store);
      await expect(cold.read(found, 7, 300_000)).rejects.toMatchObject({ kind: "corrupt" });
    }
  });
});

describe("reads of history", () => {
  it("share blocks and read ahead: a cold scan needs about one GET for four blocks", async () => {
    const { store, log, partition } = await logWith(160, 200_000);
    await installPack(log, random, [{ partition, baseOffset: 0, endOffset: 320 }]);
    const { log: cold, partition: found } = await reopen(store);
    store.calls.get = 0;
    let batches = 0;
    for (let offset = 0; offset < 320;) {
      const part = await cold.read(found, offset, 1_000_000);
      batches += part.length;
      const last = part.at(-1);
      if (last === undefined) break;
      offset = lastOffsetOf(last) + 1;
    }
    expect(batches).toBe(160);
    // 31 MiB: the footer, a few short reads at the beginning, then four blocks at a time.
    expect(store.calls.get).toBeLessThanOrEqual(14);
    await Promise.all([0, 1, 2, 3].map(() => cold.read(found, 0, 1_000_000)));
    expect(store.calls.get).toBeLessThanOrEqual(16);
  });
});
