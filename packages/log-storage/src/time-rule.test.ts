import { seededRandom } from "@streambed/kernel";
import { describe, expect, it } from "vitest";
import { ALL_GUARDS } from "./guards.ts";
import type { Guards } from "./guards.ts";
import { entryKey, pointerKey } from "./keys.ts";
import { GRACE_MS, SAFE_MS } from "./limits.ts";
import { readPointer, swapPointer } from "./pointer.ts";
import { openShardLog } from "./shard-log.ts";
import type { ShardLog } from "./shard-log.ts";
import { batch, CREATE_TOPIC, tags } from "./test-support/log-records.ts";
import { mapStore } from "./test-support/map-store.ts";
import type { MapStore } from "./test-support/map-store.ts";
import { impatientClock } from "./test-support/virtual-clock.ts";
import { TimeRule } from "./time-rule.ts";

describe("the time rule", () => {
  it("looks at the floor again only when the last proof is too old, and then after the answer", async () => {
    let looks = 0;
    const floor = { floor: 4, storeTimeMs: 0 };
    const readFloor = () => Promise.resolve((looks++, floor));
    const rule = new TimeRule({ safeMs: 100, verifiedAtMs: 1000, readFloor, foldedSeq: () => 4 });
    expect(await rule.holds(1100, 3)).toBe(true);
    expect(looks).toBe(0);
    expect(await rule.holds(1101, 3)).toBe(false);
    floor.storeTimeMs = 1500;
    expect(await rule.holds(1101, 4)).toBe(true);
    expect(looks).toBe(2);
    expect(await rule.holds(1600, 4)).toBe(true);
    rule.noteTail(1650);
    rule.noteTail(1400);
    expect(await rule.holds(1750, 4)).toBe(true);
    expect(looks).toBe(2);
  });

  it("takes no look at an entry ahead of others on their way for a proof about those", async () => {
    let folded = 9;
    const readFloor = () => Promise.resolve({ floor: 10, storeTimeMs: 5000 });
    const rule = new TimeRule({ safeMs: 100, verifiedAtMs: 1000, readFloor, foldedSeq: () => folded });
    // Entry 11 is real: what is deleted ends before it. Of entry 10, which goes out with it, nothing is known.
    expect(await rule.holds(5000, 10)).toBe(true);
    expect(await rule.holds(5000, 9)).toBe(false);
    folded = 10;
    expect(await rule.holds(5000, 10)).toBe(true);
    expect(rule.isFresh(5000)).toBe(true);
  });
});

/** A log whose first 20 entries were written while `sleeper` slept, and were deleted since, by the book. */
async function overslept(guards: Partial<Guards> = {}) {
  let nowMs = 1_000_000;
  const store = mapStore(() => nowMs);
  const open = (seed: number): Promise<ShardLog> =>
    openShardLog({
      store,
      random: seededRandom(seed),
      clock: impatientClock(),
      checkpointIntervalEntries: 4,
      guards: { ...ALL_GUARDS, ...guards },
    });
  const sleeper = await open(1);
  await sleeper.command(CREATE_TOPIC);
  const other = await open(2);
  for (let at = 0; at < 20; at++) await other.append([batch(at)]);
  await other.internals.checkpoints.settled();
  const current = await readPointer(store, 0);
  if (current.pointer === undefined) throw new Error("no pointer");
  await swapPointer(store, 0, current, { ...current.pointer, gcFloor: 12 });
  nowMs += GRACE_MS;
  await other.internals.log.trim(12);
  return { store, sleeper, other, pass: (ms: number) => (nowMs += ms) };
}

describe("a process that slept while its part of the log was deleted", () => {
  it("does not believe its write on a key that is free again, and acknowledges nothing", async () => {
    const { sleeper, store } = await overslept();
    let halted: string | undefined;
    sleeper.onHalt((error) => (halted = error.code));
    const appends = [sleeper.append([batch(100)]), sleeper.append([batch(101)])];
    for (const append of appends) await expect(append).rejects.toMatchObject({ code: "LOG_STALE", retriable: true });
    expect(halted).toBe("LOG_STALE");
    await expect(sleeper.append([batch(102)])).rejects.toMatchObject({ code: "LOG_STALE" });
    await sleeper.close();
    const fresh = await openShardLog({ store, random: seededRandom(3), clock: impatientClock() });
    expect((await fresh.append([batch(103)]))[0]).toMatchObject({ status: "appended", baseOffset: 20 });
  });

  it("would lose what it acknowledged without the check after a write", async () => {
    const { sleeper, other } = await overslept({ checkTimeAfterPut: false });
    expect(await sleeper.append([batch(100)])).toMatchObject([{ status: "appended", baseOffset: 0 }]);
    await other.verifyTail();
    expect((await other.append([batch(101)]))[0]).toMatchObject({ baseOffset: 20 });
  });

  it("does not take a missing key for the end of the log", async () => {
    const { sleeper } = await overslept();
    await expect(sleeper.verifyTail()).rejects.toMatchObject({ code: "LOG_STALE" });
    const { sleeper: trusting } = await overslept({ checkTimeAfterRead: false });
    await trusting.verifyTail();
    expect(trusting.view.topicNamed("t")?.partitions[0]?.endOffset).toBe(0);
  });

  it("does not fold an entry that another sleeper wrote under a deleted key", async () => {
    for (const guarded of [true, false]) {
      const { sleeper, store } = await overslept({ checkTimeAfterRead: guarded, checkTimeAfterPut: false });
      const zombie = await strayBelowFloor(store);
      if (guarded) {
        await expect(sleeper.verifyTail()).rejects.toMatchObject({ code: "LOG_STALE" });
        expect(sleeper.view.topicNamed("t")?.partitions[0]?.endOffset).toBe(0);
      } else {
        await sleeper.verifyTail();
        expect((await tags(sleeper)).map(([, tag]) => tag)).toEqual([zombie]);
      }
    }
  });
});

/** Entry 1 again, as a sleeper without any check would write it: the tag of its only record. */
async function strayBelowFloor(store: MapStore): Promise<number> {
  const log = await openShardLog({ store: mapStore(() => 0), random: seededRandom(1), clock: impatientClock() });
  await log.command(CREATE_TOPIC);
  await log.append([batch(500)]);
  const bytes = (log.internals.store as MapStore).objects.get(entryKey(0, 1)) ?? new Uint8Array();
  store.objects.set(entryKey(0, 1), bytes);
  return 500;
}

describe("requests of the time rule", () => {
  it("an idle log makes none; the first write after a long rest one look at the pointer", async () => {
    const { other, store, pass } = await overslept();
    await other.verifyTail();
    const { calls } = store;
    const before = { ...calls };
    pass(SAFE_MS + 1);
    await Promise.resolve();
    expect(calls).toEqual(before);
    const seen: string[] = [];
    const { get } = store;
    store.get = (key, options) => {
      seen.push(key);
      return get(key, options);
    };
    await other.append([batch(100)]);
    await other.append([batch(101)]);
    await other.internals.checkpoints.settled();
    expect(seen).toEqual([pointerKey(0)]);
    expect(calls.put - before.put).toBe(2);
    expect(calls.list).toBe(before.list);
  });
});
