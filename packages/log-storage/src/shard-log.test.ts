import { seededRandom, StreambedError } from "@streambed/kernel";
import { describe, expect, it } from "vitest";
import type { BatchInput } from "./entry-codec.ts";
import { ALL_GUARDS } from "./guards.ts";
import type { Guards } from "./guards.ts";
import { entryKey } from "./keys.ts";
import { openShardLog } from "./shard-log.ts";
import type { ShardLog } from "./shard-log.ts";
import type { ObjectStore } from "./ports/object-store.ts";
import { batch, CREATE_TOPIC, stateBytes, tags, TOPIC } from "./test-support/log-records.ts";
import { mapStore } from "./test-support/map-store.ts";
import { impatientClock } from "./test-support/virtual-clock.ts";

async function openWithTopic(store: ObjectStore, seed = 1, entriesInFlight = 1): Promise<ShardLog> {
  const log = await openShardLog({ store, random: seededRandom(seed), entriesInFlight });
  await log.command(CREATE_TOPIC);
  return log;
}

describe.each([1, 4])("a shard log with %i entries in flight", (entriesInFlight) => {
  it("gives dense offsets in order of calls and reads back from any offset", async () => {
    const log = await openWithTopic(mapStore(), 1, entriesInFlight);
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, at) => log.append([batch(at, 3), batch(100 + at, 1, { partition: 1 })])),
    );
    expect(outcomes.map(([first]) => first?.status === "appended" && first.baseOffset)).toEqual(
      Array.from({ length: 20 }, (_, at) => at * 3),
    );
    expect(await tags(log)).toEqual(Array.from({ length: 20 }, (_, at) => [at * 3, at]));
    expect(await tags(log, 0, 31)).toEqual(Array.from({ length: 10 }, (_, at) => [30 + at * 3, 10 + at]));
    expect(await tags(log, 1)).toHaveLength(20);
    const partition = log.view.partition(TOPIC, 0);
    if (partition === undefined) throw new Error("no partition");
    expect((await log.read(partition, 4, 0)).length).toBe(1);
    expect((await log.read(partition, 0, 1_000_000)).length).toBe(20);
  });

  it("is the same after a restart, with and without checkpoints, and reads history from the store", async () => {
    const store = mapStore();
    const log = await openWithTopic(store, 1, entriesInFlight);
    for (let at = 0; at < 600; at++)
      await log
        .append([batch(at, 1, { producerId: 7, producerEpoch: 0, baseSequence: at, partition: at % 3 === 0 ? 0 : 1 })])
        .catch(() => undefined);
    await log.close();
    const reopened = await openShardLog({ store, random: seededRandom(2), entriesInFlight });
    expect(stateBytes(reopened)).toEqual(stateBytes(log));
    expect([...store.objects.keys()].filter((key) => key.endsWith("/root")).length).toBe(2);
    for (const key of store.objects.keys())
      if (key.startsWith("ckpt") || key.startsWith("ptr")) store.objects.delete(key);
    const replayed = await openShardLog({ store, random: seededRandom(3), entriesInFlight });
    expect(stateBytes(replayed)).toEqual(stateBytes(log));
    expect(await tags(replayed)).toEqual(await tags(log));
    expect(await tags(reopened, 1)).toEqual(await tags(log, 1));
  });

  it("answers a retry of an idempotent producer with the first offset and refuses gaps and old epochs", async () => {
    const store = mapStore();
    const log = await openWithTopic(store, 1, entriesInFlight);
    const sequenced = (sequence: number, epoch = 3): BatchInput =>
      batch(sequence, 2, { producerId: 5, producerEpoch: epoch, baseSequence: sequence });
    expect(await log.append([sequenced(0)])).toMatchObject([{ status: "appended", baseOffset: 0 }]);
    expect(await log.append([sequenced(2), sequenced(2)])).toMatchObject([
      { status: "appended", baseOffset: 2 },
      { status: "duplicate", baseOffset: 2 },
    ]);
    const restarted = await openShardLog({ store, random: seededRandom(9) });
    expect(await restarted.append([sequenced(0)])).toMatchObject([{ status: "duplicate", baseOffset: 0 }]);
    expect(await restarted.append([sequenced(6)])).toMatchObject([
      { status: "rejected", reason: "out-of-order-sequence" },
    ]);
    expect(await restarted.append([sequenced(4, 2)])).toMatchObject([
      { status: "rejected", reason: "old-producer-epoch" },
    ]);
    expect(await restarted.append([sequenced(4, 4)])).toMatchObject([
      { status: "rejected", reason: "out-of-order-sequence" },
    ]);
    expect(await restarted.append([sequenced(0, 4)])).toMatchObject([{ status: "appended", baseOffset: 4 }]);
  });

  it("is safe with several writers: each record once, all agree", async () => {
    const store = mapStore();
    const first = await openWithTopic(store, 1, entriesInFlight);
    const second = await openShardLog({ store, random: seededRandom(2), entriesInFlight });
    const third = await openShardLog({ store, random: seededRandom(3), entriesInFlight });
    const writers = [first, second, third];
    await Promise.all(
      writers.flatMap((log, writer) => Array.from({ length: 30 }, (_, at) => log.append([batch(writer * 1000 + at)]))),
    );
    await Promise.all(writers.map((log) => log.verifyTail()));
    const all = await tags(first);
    expect(all.map(([offset]) => offset)).toEqual(Array.from({ length: 90 }, (_, at) => at));
    expect(new Set(all.map(([, tag]) => tag)).size).toBe(90);
    for (let writer = 0; writer < 3; writer++) {
      const own = all.map(([, tag]) => tag).filter((tag) => Math.floor(tag / 1000) === writer);
      expect(own).toEqual(own.toSorted((left, right) => left - right));
    }
    expect(await tags(second)).toEqual(all);
    expect(stateBytes(second)).toEqual(stateBytes(third));
  });

  it("takes back what was behind a lost entry, in order, and loses nothing to strays", async () => {
    for (let seed = 0; seed < 40; seed++) {
      const store = mapStore();
      const random = seededRandom(seed);
      const { intercept } = store;
      // Answers come late and in any order, are lost, or the write fails for certain.
      store.intercept = async (key, put) => {
        for (let turns = random.fraction() * 30; turns > 0; turns--) await Promise.resolve();
        const dice = random.fraction();
        if (dice < 0.05) throw new StreambedError({ kind: "limit", code: "STORE_FULL", message: "full" });
        if (dice < 0.1) throw new StreambedError({ kind: "unavailable", code: "STORE_TIMEOUT", message: "lost" });
        const result = await intercept(key, put);
        for (let turns = random.fraction() * 30; turns > 0; turns--) await Promise.resolve();
        if (dice < 0.15) throw new StreambedError({ kind: "unavailable", code: "STORE_TIMEOUT", message: "lost" });
        return result;
      };
      // Retries wait on a clock that does not make the test wait.
      const clock = impatientClock();
      const open = (number: number) =>
        openShardLog({ store, random: seededRandom(seed * 10 + number), entriesInFlight, clock });
      const logs = await Promise.all([open(1), open(2)]);
      while (logs[0]?.view.partition(TOPIC, 0) === undefined)
        await logs[0]?.command(CREATE_TOPIC).catch(() => undefined);
      await logs[1]?.verifyTail();
      const stored: number[] = [];
      await Promise.all(
        logs.map(async (log, writer) => {
          const calls = Array.from({ length: 40 }, async (_, at) => {
            for (let turns = at * 3; turns > 0; turns--) await Promise.resolve();
            const [outcome] = await log.append([batch(writer * 1000 + at)]).catch(() => []);
            if (outcome?.status === "appended") stored.push(writer * 1000 + at);
          });
          await Promise.all(calls);
        }),
      );
      const fresh = await openShardLog({ store, random: seededRandom(seed) });
      const found = (await tags(fresh)).map(([, tag]) => tag);
      expect(new Set(found).size, `seed ${seed}`).toBe(found.length);
      expect(found.toSorted(), `seed ${seed}`).toEqual(stored.toSorted());
      for (const writer of [0, 1]) {
        const own = found.filter((tag) => Math.floor(tag / 1000) === writer);
        expect(own, `seed ${seed}`).toEqual(own.toSorted((left, right) => left - right));
      }
      for (const log of logs) {
        await log.verifyTail();
        expect(await tags(log), `seed ${seed}`).toEqual(await tags(fresh));
      }
    }
  });

  it("resolves lost answers and refused writes without losing or doubling anything", async () => {
    const store = mapStore();
    const log = await openWithTopic(store, 1, entriesInFlight);
    const random = seededRandom(42);
    const lost = new StreambedError({ kind: "unavailable", code: "STORE_TIMEOUT", message: "no answer" });
    store.intercept = async (_key, put) => {
      await Promise.resolve();
      const dice = random.fraction();
      if (dice < 0.2) throw lost;
      if (dice < 0.4) {
        put();
        throw lost;
      }
      return put();
    };
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, async (_, at) => {
        for (let turn = 0; turn < at; turn++) await Promise.resolve();
        return log.append([batch(at)]);
      }),
    );
    expect(new Set(outcomes.flat().map((outcome) => outcome.status === "appended" && outcome.baseOffset)).size).toBe(
      12,
    );
    expect((await tags(log)).length).toBe(12);
  });

  it("does not acknowledge what can be seen but is not durable yet", async () => {
    const store = mapStore();
    const log = await openWithTopic(store, 1, entriesInFlight);
    const synced = Promise.withResolvers<void>();
    store.intercept = async (_key, put) => {
      const result = put();
      await synced.promise;
      return result;
    };
    let acknowledged = false;
    const appending = log.append([batch(1)]).then(() => (acknowledged = true));
    // Others may have appended behind it, so nobody may be told an end before it is known.
    const looking = log.verifyTail();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(acknowledged).toBe(false);
    expect(log.view.partition(TOPIC, 0)?.endOffset).toBe(0);
    synced.resolve();
    await appending;
    await looking;
    expect(log.view.partition(TOPIC, 0)?.endOffset).toBe(1);
  });

  it("passes on a certain failure and goes on afterwards", async () => {
    const store = mapStore();
    const log = await openWithTopic(store, 1, entriesInFlight);
    const { intercept } = store;
    store.intercept = () =>
      Promise.reject(new StreambedError({ kind: "limit", code: "STORE_FULL", message: "the disk is full" }));
    await expect(log.append([batch(1)])).rejects.toMatchObject({ code: "STORE_FULL" });
    store.intercept = intercept;
    expect(await log.append([batch(2)])).toMatchObject([{ status: "appended", baseOffset: 0 }]);
  });

  it("halts on a damaged or missing entry instead of skipping it", async () => {
    const store = mapStore();
    const log = await openWithTopic(store, 1, entriesInFlight);
    for (let at = 0; at < 5; at++) await log.append([batch(at)]);
    const key = "log/0/0000000000000003";
    const bytes = store.objects.get(key) ?? new Uint8Array();
    store.objects.delete(key);
    await expect(openShardLog({ store })).rejects.toMatchObject({ code: "LOG_DAMAGED" });
    const flipped = bytes.slice();
    flipped[40] = (flipped[40] ?? 0) ^ 1;
    store.objects.set(key, flipped);
    await expect(openShardLog({ store })).rejects.toMatchObject({ code: "LOG_DAMAGED" });
    store.objects.set(key, bytes);
    expect((await tags(await openShardLog({ store }))).length).toBe(5);
  });

  it("gives what it can read before what it cannot, and says so only to whoever asks for that", async () => {
    const store = mapStore();
    const writer = await openWithTopic(store, 1, entriesInFlight);
    for (let at = 0; at < 5; at++) await writer.append([batch(at)]);
    const log = await openShardLog({ store });
    store.objects.delete(entryKey(0, 3));
    const partition = log.view.partition(TOPIC, 0);
    if (partition === undefined) throw new Error("no partition");
    expect(await log.read(partition, 0, 1_000_000)).toHaveLength(2);
    await expect(log.read(partition, 2, 1_000_000)).rejects.toMatchObject({ code: "LOG_DAMAGED" });
    expect(await log.read(partition, 3, 1_000_000)).toHaveLength(2);
  });

  it("does not take entries for lost that others write while it opens", async () => {
    const store = mapStore();
    const writer = await openWithTopic(store, 1, entriesInFlight);
    let raced = 0;
    const racing: ObjectStore = {
      ...store,
      async list(options) {
        if (!options.prefix.startsWith("log/")) return store.list(options);
        // Between the look for the tail and the look behind it.
        if (raced++ < 3) {
          await writer.append([batch(raced)]);
          await writer.append([batch(10 + raced)]);
        }
        const page = await store.list(options);
        // The first listing is of a moment at which one of two entries was still on its way.
        return raced > 1 ? page : { ...page, objects: page.objects.toSpliced(-2, 1) };
      },
    };
    const opened = await openShardLog({ store: racing });
    expect(raced).toBeGreaterThan(3);
    expect(await tags(opened)).toEqual(await tags(writer));
  });

  it("wakes watchers for its own and for foreign commits", async () => {
    const store = mapStore();
    const log = await openWithTopic(store, 1, entriesInFlight);
    const other = await openShardLog({ store, random: seededRandom(5), entriesInFlight });
    const partition = other.view.partition(TOPIC, 0);
    if (partition === undefined) throw new Error("no partition");
    const woken = new Promise<void>((resolve) => void other.watch([partition], resolve));
    await log.append([batch(1)]);
    await woken;
    expect(partition.endOffset).toBe(1);
    await other.close();
  });

  it("never reuses a producer id", async () => {
    const store = mapStore();
    const log = await openWithTopic(store, 1, entriesInFlight);
    const other = await openShardLog({ store, random: seededRandom(5), entriesInFlight });
    const blocks = await Promise.all(
      [log, other, log].map((each) => each.command({ kind: "allocate-producer-ids", count: 10 })),
    );
    expect(new Set(blocks.map((block) => block.status === "allocated" && block.firstProducerId))).toEqual(
      new Set([0, 10, 20]),
    );
  });
});

describe("without one of its guards a log", () => {
  const lost = new StreambedError({ kind: "unavailable", code: "STORE_TIMEOUT", message: "no answer" });

  /** A log with its topic on a store whose next write of `entry` lands without an answer. */
  async function unanswered(entry: number, guards: Partial<Guards>) {
    const store = mapStore();
    const options = { store, random: seededRandom(1), clock: impatientClock(), entriesInFlight: 4 };
    const log = await openShardLog({ ...options, pipelinedEntryBytesMin: 1, guards: { ...ALL_GUARDS, ...guards } });
    await log.command(CREATE_TOPIC);
    let answers = false;
    const { intercept } = store;
    store.intercept = async (key, put) => {
      const result = await intercept(key, put);
      if (key !== entryKey(0, entry) || answers) return result;
      answers = true;
      throw lost;
    };
    return { log, store };
  }

  it.each([
    ["compareEntryIds", 2],
    ["resolveBeforeMoving", 2],
  ] as const)("(%s) stores a record %i times when an answer is lost", async (guard, times) => {
    const { log } = await unanswered(1, { [guard]: false });
    await log.append([batch(7)]);
    await log.verifyTail();
    expect((await tags(log)).filter(([, tag]) => tag === 7).length).toBe(times);
    const { log: guarded } = await unanswered(1, {});
    await guarded.append([batch(7)]);
    expect((await tags(guarded)).length).toBe(1);
  });

  it("(revalidate) stores the retry of an idempotent producer again", async () => {
    const { log } = await unanswered(-1, { revalidate: false });
    const sequenced = batch(7, 1, { producerId: 1, producerEpoch: 0, baseSequence: 0 });
    await log.append([sequenced]);
    await log.append([sequenced]);
    expect((await tags(log)).length).toBe(2);
  });

  it.each([true, false])(
    "(chainRule: %s) takes entries behind one that was lost for good or not",
    async (chainRule) => {
      const { log, store } = await unanswered(-1, { chainRule });
      await log.append([batch(1)]);
      const { intercept } = store;
      const other = await openShardLog({ store, random: seededRandom(2), guards: { ...ALL_GUARDS, chainRule } });
      const blocked = Promise.withResolvers<void>();
      store.intercept = async (key, put) => {
        if (key === entryKey(0, 2)) await blocked.promise;
        return intercept(key, put);
      };
      const appends = [log.append([batch(2)])];
      await Promise.resolve();
      await Promise.resolve();
      appends.push(log.append([batch(3)]));
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      expect(store.objects.has(entryKey(0, 3))).toBe(true);
      store.intercept = intercept;
      await other.append([batch(4)]);
      blocked.resolve();
      await Promise.all(appends);
      const found = (await tags(log)).map(([, tag]) => tag);
      expect(found.filter((tag) => tag === 3).length).toBe(chainRule ? 1 : 2);
    },
  );

  it("(ackInOrder) acknowledges what is lost with the entry before it", async () => {
    for (const ackInOrder of [true, false]) {
      const { log, store } = await unanswered(-1, { ackInOrder });
      await log.append([batch(1)]);
      const { intercept } = store;
      store.intercept = (key, put) => (key === entryKey(0, 2) ? new Promise(() => undefined) : intercept(key, put));
      log.append([batch(2)]).catch(() => undefined);
      await Promise.resolve();
      await Promise.resolve();
      let acknowledged = false;
      void log.append([batch(3)]).then(() => (acknowledged = true));
      for (let turn = 0; turn < 40; turn++) await Promise.resolve();
      expect(store.objects.has(entryKey(0, 3))).toBe(true);
      expect(acknowledged).toBe(!ackInOrder);
      store.intercept = intercept;
      const successor = await openShardLog({ store, random: seededRandom(2) });
      await successor.append([batch(4)]);
      expect((await tags(successor)).map(([, tag]) => tag)).toEqual([1, 4]);
    }
  });
});
