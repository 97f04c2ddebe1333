import { seededRandom, StreambedError } from "@streambed/kernel";
import { describe, expect, it } from "vitest";
import { decodeEntry, sectionLength } from "./entry-codec.ts";
import { entryKey } from "./keys.ts";
import { CHECKPOINT_REST_MS, ENTRIES_IN_FLIGHT_MAX, RELEASE_YOUNG_MS } from "./limits.ts";
import { LogState } from "./log-state.ts";
import { openShardLog } from "./shard-log.ts";
import type { ShardLog, ShardLogOptions } from "./shard-log.ts";
import { batch, bigBatch, CREATE_TOPIC, stateBytes, tags, TOPIC } from "./test-support/log-records.ts";
import { mapStore } from "./test-support/map-store.ts";
import type { MapStore } from "./test-support/map-store.ts";
import { impatientClock, virtualClock } from "./test-support/virtual-clock.ts";

const lost = new StreambedError({ kind: "unavailable", code: "STORE_TIMEOUT", message: "no answer" });

function owned(store: MapStore, seed: number, options: Partial<ShardLogOptions> = {}): Promise<ShardLog> {
  const random = seededRandom(seed);
  return openShardLog({ store, random, ownership: "owned", nodeId: seed, clock: impatientClock(), ...options });
}

/** A store whose clock agrees with the logs'. */
const agreeing = (): MapStore => mapStore(() => 1000);

async function ownerWithTopic(store: MapStore): Promise<ShardLog> {
  const log = await owned(store, 1, { entriesInFlight: 4 });
  expect(await log.claim()).toBe("claimed");
  await log.command(CREATE_TOPIC);
  return log;
}

describe("ownership", () => {
  it("refuses appends until the shard is claimed, and again after it was released", async () => {
    const log = await owned(agreeing(), 7);
    await expect(log.append([batch(1)])).rejects.toMatchObject({ code: "NOT_OWNER", retriable: true });
    expect(log.ownership).toMatchObject({ epoch: 0, owner: undefined, isOurs: false });
    expect(await log.claim()).toBe("claimed");
    expect(await log.claim()).toBe("claimed");
    expect(log.ownership).toMatchObject({ epoch: 1, owner: { nodeId: 7 }, isOurs: true, tailSeq: 0 });
    await log.command(CREATE_TOPIC);
    const accepted = log.append([batch(1)]);
    const released = log.release();
    expect(log.ownership.isOurs).toBe(false);
    await expect(log.append([batch(2)])).rejects.toMatchObject({ code: "NOT_OWNER" });
    await released;
    expect(await accepted).toMatchObject([{ status: "appended", baseOffset: 0 }]);
    expect(log.ownership).toMatchObject({ epoch: 1, owner: undefined, isOurs: false });
    await expect(log.append([batch(3)])).rejects.toMatchObject({ code: "NOT_OWNER" });
    expect(await log.claim()).toBe("claimed");
    expect(log.ownership).toMatchObject({ epoch: 2, isOurs: true });
  });

  it("survives restarts and checkpoints, and a restarted process is another owner", async () => {
    const store = agreeing();
    const log = await owned(store, 3, { checkpointIntervalEntries: 4 });
    await log.claim();
    await log.command(CREATE_TOPIC);
    for (let at = 0; at < 5; at++) await log.append([batch(at)]);
    await log.close();
    const again = await owned(store, 4);
    expect(again.ownership).toMatchObject({ epoch: 1, owner: log.ownership.owner, isOurs: false });
    await expect(again.append([batch(9)])).rejects.toMatchObject({ code: "NOT_OWNER" });
  });

  it("leaves the checkpoint that is due to a later entry when it has just taken over", async () => {
    const store = agreeing();
    const clock = virtualClock(1000);
    const former = await ownerWithTopic(store);
    const log = await owned(store, 3, { clock, checkpointIntervalEntries: 4 });
    for (let at = 0; at < 8; at++) await former.append([batch(at)]);
    await former.release();
    expect(await log.claim()).toBe("claimed");
    const { checkpoints } = log.internals;
    await clock.advance(CHECKPOINT_REST_MS - 1);
    await log.append([batch(8)]);
    await checkpoints.settled();
    expect(checkpoints.newestSeq).toBe(-1);
    await clock.advance(1);
    await log.append([batch(9)]);
    await checkpoints.settled();
    expect(checkpoints.newestSeq).toBe(log.ownership.tailSeq);
  });

  it("lets one of several claimants win, and fences the rest", async () => {
    const store = agreeing();
    const logs = await Promise.all([1, 2, 3].map((seed) => owned(store, seed)));
    const outcomes = await Promise.all(logs.map((log) => log.claim()));
    expect(outcomes.toSorted()).toEqual(["claimed", "lost", "lost"]);
    for (const log of logs) {
      await log.verifyTail();
      expect(log.ownership.epoch).toBe(1);
      expect(log.ownership.isOurs).toBe(outcomes[logs.indexOf(log)] === "claimed");
    }
  });

  it("fences an owner that was replaced while it slept at its first write, and tells its listeners", async () => {
    const store = agreeing();
    const sleeper = await ownerWithTopic(store);
    await sleeper.append([batch(0)]);
    const successor = await owned(store, 2);
    expect(await successor.claim()).toBe("claimed");
    await successor.append([batch(1)]);
    let told = 0;
    const stop = sleeper.onOwnershipChange(() => told++);
    expect(sleeper.ownership.isOurs).toBe(true);
    const late = [sleeper.append([batch(2)]), sleeper.append([batch(3)])];
    for (const append of late) await expect(append).rejects.toMatchObject({ code: "NOT_OWNER", kind: "unavailable" });
    expect(told).toBe(1);
    stop();
    expect(sleeper.ownership).toMatchObject({ isOurs: false, epoch: 2, owner: { nodeId: 2 } });
    await successor.append([batch(4)]);
    await sleeper.verifyTail();
    expect((await tags(sleeper)).map(([, tag]) => tag)).toEqual([0, 1, 4]);
    expect(await sleeper.claim()).toBe("claimed");
    await sleeper.append([batch(5)]);
    expect(told).toBe(1);
  });

  it("fails what hangs in a store that does not answer as soon as the new owner is known", async () => {
    const store = agreeing();
    const sleeper = await ownerWithTopic(store);
    const { intercept } = store;
    const hangs = Promise.withResolvers<void>();
    store.intercept = async (_key, put) => {
      await hangs.promise;
      return put();
    };
    const stuck = sleeper.append([batch(1)]);
    await Promise.resolve();
    await Promise.resolve();
    store.intercept = intercept;
    const successor = await owned(store, 2);
    await successor.claim();
    sleeper.noteTail(successor.ownership.tailSeq);
    await expect(stuck).rejects.toMatchObject({ code: "NOT_OWNER" });
    expect(await sleeper.claim()).toBe("claimed");
    await sleeper.append([batch(2)]);
    hangs.resolve();
    await sleeper.append([batch(3)]);
    expect((await tags(sleeper)).map(([, tag]) => tag)).toEqual([2, 3]);
  });

  it("fills the gap of an owner that died; its strays are void and cost one key each", async () => {
    const store = agreeing();
    const dying = await ownerWithTopic(store);
    for (let at = 0; at < 4; at++) await dying.append([batch(at)]);
    const gap = dying.ownership.tailSeq + 1;
    const { intercept } = store;
    // The first of four is lost, the others land.
    store.intercept = (key, put) => (key === entryKey(0, gap) ? new Promise(() => undefined) : Promise.resolve(put()));
    for (let at = 0; at < 4; at++) {
      dying.append([bigBatch(300_000, 100 + at)]).catch(() => undefined);
      await Promise.resolve();
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
    store.intercept = intercept;
    expect(store.objects.has(entryKey(0, gap + 3))).toBe(true);
    expect(store.objects.has(entryKey(0, gap))).toBe(false);
    const successor = await owned(store, 2, { entriesInFlight: 4 });
    expect(await successor.claim()).toBe("claimed");
    expect(successor.ownership.tailSeq).toBe(gap);
    const puts = store.calls.put;
    expect(await successor.append([batch(5)])).toMatchObject([{ baseOffset: 4 }]);
    expect(successor.ownership.tailSeq).toBe(gap + 4);
    expect(store.calls.put - puts).toBe(4);
  });

  it("halts instead of claiming when entries behind the gap prove that one was removed", async () => {
    for (const far of [false, true]) {
      const store = agreeing();
      const writer = await ownerWithTopic(store);
      for (let at = 0; at < ENTRIES_IN_FLIGHT_MAX + 4; at++) await writer.append([batch(at)]);
      const claimant = await owned(store, 2);
      const tail = claimant.ownership.tailSeq;
      const stray = store.objects.get(entryKey(0, 1)) ?? new Uint8Array();
      if (far) store.objects.set(entryKey(0, tail + ENTRIES_IN_FLIGHT_MAX + 1), stray);
      else {
        await writer.append([batch(1000)]);
        await writer.append([batch(1001)]);
        store.objects.delete(entryKey(0, tail + 1));
      }
      let halted: string | undefined;
      claimant.onHalt((error) => (halted = error.code));
      await expect(claimant.claim()).rejects.toMatchObject({ code: "LOG_DAMAGED" });
      expect(halted).toBe("LOG_DAMAGED");
      expect(store.objects.has(entryKey(0, tail + 1))).toBe(false);
    }
  });

  it("lists nothing to claim what was given up a moment ago, and lists once when that was longer ago", async () => {
    for (const ageMs of [0, RELEASE_YOUNG_MS, RELEASE_YOUNG_MS + 1]) {
      const store = mapStore(() => 2000);
      const owner = await ownerWithTopic(store);
      const claimant = await owned(store, 2, { clock: impatientClock(1000 + ageMs) });
      await owner.append([batch(1)]);
      await owner.release();
      const before = { ...store.calls };
      expect(await claimant.claim()).toBe("claimed");
      expect(store.calls.list - before.list).toBe(ageMs > RELEASE_YOUNG_MS ? 1 : 0);
    }
  });

  it("halts, too, when the gap is behind a release", async () => {
    for (const removed of [1, ENTRIES_IN_FLIGHT_MAX]) {
      const store = agreeing();
      const first = await ownerWithTopic(store);
      await first.release();
      const claimant = await owned(store, 2);
      const gap = claimant.ownership.tailSeq + 1;
      const second = await owned(store, 3);
      await second.claim();
      for (let at = 0; at < ENTRIES_IN_FLIGHT_MAX; at++) await second.append([batch(at)]);
      for (let at = 0; at < removed; at++) store.objects.delete(entryKey(0, gap + at));
      const { list } = store.calls;
      await expect(claimant.claim()).rejects.toMatchObject({ code: "LOG_DAMAGED" });
      expect(store.calls.list).toBe(list);
      expect(store.objects.has(entryKey(0, gap))).toBe(false);
    }
  });

  it("refuses to claim with a clock that differs from the store's by more than a minute", async () => {
    const log = await owned(
      mapStore(() => 1000),
      1,
      { clock: impatientClock(1000 + 61_000) },
    );
    await expect(log.claim()).rejects.toMatchObject({ code: "CLOCK_SKEW" });
    const shared = await openShardLog({ store: agreeing() });
    await expect(shared.claim()).rejects.toMatchObject({ code: "OWNERSHIP_SHARED" });
  });

  it("asks in vain no more often than it finds an entry when it looks by itself", async () => {
    const store = agreeing();
    const owner = await ownerWithTopic(store);
    const other = await owned(store, 2);
    await other.verifyTail();
    for (const entries of [0, 1, 2, 5, 20]) {
      for (let at = 0; at < entries; at++) await owner.append([batch(at)]);
      const before = store.calls.get;
      await other.verifyTail();
      expect(store.calls.get - before).toBeLessThanOrEqual(Math.max(1, entries * 2));
    }
  });

  it("folds what it is told of, once, and gives up on what does not exist", async () => {
    const store = agreeing();
    const owner = await ownerWithTopic(store);
    const other = await owned(store, 2);
    await owner.append([batch(1)]);
    const missing = owner.ownership.tailSeq - other.ownership.tailSeq;
    const before = store.calls.get;
    other.noteTail(owner.ownership.tailSeq);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(other.ownership.tailSeq).toBe(owner.ownership.tailSeq);
    const gets = store.calls.get;
    // A store charges for the answer that there is nothing as for an entry.
    expect(gets - before).toBe(missing);
    other.noteTail(owner.ownership.tailSeq);
    expect(store.calls.get).toBe(gets);
    other.noteTail(1_000_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(store.calls.get - gets).toBeLessThan(20);
  });
});

/** Late, lost and refused answers. */
function unreliable(store: MapStore, seed: number): void {
  const random = seededRandom(seed);
  const { intercept } = store;
  store.intercept = async (key, put) => {
    for (let turns = random.fraction() * 30; turns > 0; turns--) await Promise.resolve();
    const dice = random.fraction();
    if (dice < 0.03) throw new StreambedError({ kind: "limit", code: "STORE_FULL", message: "full" });
    if (dice < 0.1) throw lost;
    const result = await intercept(key, put);
    for (let turns = random.fraction() * 30; turns > 0; turns--) await Promise.resolve();
    if (dice < 0.15) throw lost;
    // A zombie: its write has landed, and it learns of it long after.
    if (dice < 0.2) for (let turns = 0; turns < 400; turns++) await Promise.resolve();
    return result;
  };
}

/** Proves on the stored entries that each epoch has one writer. */
function assertOneWriterPerEpoch(store: MapStore, seed: number): void {
  const state = new LogState();
  for (let seq = 0; ; seq++) {
    const bytes = store.objects.get(entryKey(0, seq));
    if (bytes === undefined) return;
    const entry = decodeEntry(bytes.subarray(0, sectionLength(bytes, seq)), seq);
    if (state.apply(entry).valid && state.owner !== undefined)
      expect(entry.header.writerId, `seed ${seed}, entry ${seq}`).toBe(state.owner.writerId);
  }
}

describe.each([1, 4])("with takeovers, releases and zombies, %i entries in flight", (entriesInFlight) => {
  it("every acknowledged record stays where it was, once, and all processes agree", async () => {
    let takeovers = 0;
    for (let seed = 0; seed < 40; seed++) {
      const store = agreeing();
      const first = await owned(store, seed * 10 + 1, { entriesInFlight });
      await first.claim();
      await first.command(CREATE_TOPIC);
      const others = [2, 3].map((number) =>
        owned(store, seed * 10 + number, { entriesInFlight, pipelinedEntryBytesMin: 1 }),
      );
      const logs = [first, ...(await Promise.all(others))];
      unreliable(store, seed);
      const random = seededRandom(seed + 1000);
      const acknowledged = new Map<number, number>();
      await Promise.all(
        logs.map(async (log, writer) => {
          for (let at = 0; at < 40; at++) {
            for (let turns = random.fraction() * 60; turns > 0; turns--) await Promise.resolve();
            const dice = random.fraction();
            if (dice < 0.06) await log.claim().catch(() => undefined);
            else if (dice < 0.08) await log.release().catch(() => undefined);
            const tag = writer * 1000 + at;
            const appending = log.append([batch(tag)]).then(
              ([outcome]) => void (outcome?.status === "appended" && acknowledged.set(tag, outcome.baseOffset)),
              () => undefined,
            );
            if (random.fraction() < 0.3) await appending;
          }
        }),
      );
      const fresh = await openShardLog({ store, random: seededRandom(seed) });
      await Promise.all(logs.map((log) => log.close()));
      await fresh.verifyTail();
      takeovers += fresh.ownership.epoch;
      const found = await tags(fresh);
      expect(new Set(found.map(([, tag]) => tag)).size, `seed ${seed}`).toBe(found.length);
      for (const [tag, offset] of acknowledged) expect(found, `seed ${seed}`).toContainEqual([offset, tag]);
      assertOneWriterPerEpoch(store, seed);
      for (const log of logs) {
        await log.verifyTail();
        expect(stateBytes(log), `seed ${seed}`).toEqual(stateBytes(fresh));
        expect(log.view.partition(TOPIC, 0)?.endOffset).toBe(fresh.view.partition(TOPIC, 0)?.endOffset);
      }
    }
    expect(takeovers).toBeGreaterThan(40);
  });
});
