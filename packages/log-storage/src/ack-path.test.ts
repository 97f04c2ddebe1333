import { seededRandom, sleep, StreambedError } from "@streambed/kernel";
import type { Meter } from "@streambed/kernel";
import { describe, expect, it } from "vitest";
import { openShardLog } from "./shard-log.ts";
import type { ShardLog, ShardLogOptions } from "./shard-log.ts";
import { batch, CREATE_TOPIC, tags } from "./test-support/log-records.ts";
import { mapStore } from "./test-support/map-store.ts";
import type { MapStore } from "./test-support/map-store.ts";
import { virtualClock } from "./test-support/virtual-clock.ts";
import type { VirtualClock } from "./test-support/virtual-clock.ts";

interface DistantLog {
  readonly log: ShardLog;
  readonly clock: VirtualClock;
  readonly store: MapStore;
  readonly counts: Map<string, number>;
}

/** A log on a store whose writes take `latencyMs(n)`, with its topic. */
async function distantLog(
  latencyMs: (write: number) => number,
  options: Partial<ShardLogOptions> = {},
): Promise<DistantLog> {
  const clock = virtualClock();
  const store = mapStore(() => clock.now());
  const { intercept } = store;
  let writes = 0;
  store.intercept = async (key, put) => {
    const ms = latencyMs(writes++);
    await sleep(clock, ms / 2);
    const result = await intercept(key, put);
    await sleep(clock, ms / 2);
    return result;
  };
  const counts = new Map<string, number>();
  const count: Meter["count"] = (name, amount) => void counts.set(name, (counts.get(name) ?? 0) + amount);
  const meter = { count, observe: () => undefined };
  const log = await openShardLog({ store, clock, random: seededRandom(1), entriesInFlight: 4, meter, ...options });
  const created = log.command(CREATE_TOPIC);
  await clock.advance(10_000);
  await created;
  return { log, clock, store, counts };
}

/** Appends one record every `everyMs`; how long each took. */
async function load({ log, clock }: DistantLog, records: number, everyMs: number): Promise<number[]> {
  const took: number[] = [];
  for (let at = 0; at < records; at++) {
    const startedMs = clock.elapsed();
    void log.append([batch(at)]).then(() => took.push(clock.elapsed() - startedMs));
    await clock.advance(everyMs);
  }
  await clock.advance(60_000);
  return took;
}

const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((left, right) => left - right)[Math.floor(values.length * share)] ?? Number.NaN;

describe("the ack path on a distant store", () => {
  it("answers a lonely record after one write, and a steady stream after about 1.3, for one write each 0.6", async () => {
    const distant = await distantLog(() => 60);
    expect(await load(distant, 1, 1)).toEqual([60]);
    const before = distant.counts.get("streambed_log_puts_total") ?? 0;
    const took = await load(distant, 500, 2);
    expect(took.length).toBe(500);
    expect(quantile(took, 0.5)).toBeLessThanOrEqual(95);
    expect(Math.max(...took)).toBeLessThanOrEqual(60 * 1.6 + 4);
    const puts = (distant.counts.get("streambed_log_puts_total") ?? 0) - before;
    expect(puts).toBeLessThanOrEqual(1000 / 36 + 3);
    expect(puts).toBeGreaterThan(1000 / 60);
  });

  it("hedges what stalls, stores it once, and pays for no more than that", async () => {
    const random = seededRandom(5);
    const stalls = (write: number): number => (write > 40 && random.fraction() < 0.05 ? 1500 : 60);
    const without = await distantLog(stalls);
    expect(quantile(await load(without, 1000, 5), 0.99)).toBeGreaterThan(1000);
    const distant = await distantLog(stalls, { hedge: true });
    const took = await load(distant, 1000, 5);
    expect(took.length).toBe(1000);
    expect(quantile(took, 0.99)).toBeLessThan(260);
    const found = (await tags(distant.log)).map(([, tag]) => tag);
    expect(found).toEqual(Array.from({ length: 1000 }, (_, at) => at));
    const hedges = distant.counts.get("streambed_log_hedges_total") ?? 0;
    const puts = distant.counts.get("streambed_log_puts_total") ?? 0;
    expect(hedges).toBeGreaterThan(0);
    expect(hedges / puts).toBeLessThan(0.1);
    expect(distant.counts.get("streambed_log_conflicts_total") ?? 0).toBe(0);
    // Entry 0 is the topic.
    expect(puts - hedges).toBe([...distant.store.objects.keys()].filter((key) => key.startsWith("log/")).length);
  });

  it("reads the key beside a second write, and so hears soon of a first one that was not answered", async () => {
    const distant = await distantLog(() => 60, { hedge: true });
    await load(distant, 50, 100);
    const { intercept } = distant.store;
    let isSlow = true;
    distant.store.intercept = async (key, put) => {
      const result = await intercept(key, put);
      if (isSlow) {
        isSlow = false;
        await sleep(distant.clock, 700);
      }
      return result;
    };
    const [ms = Infinity] = await load(distant, 1, 1);
    // The second write is sent after 1.25 medians, and would be answered a median later.
    expect(ms).toBeLessThan(60 * 1.25 + 5);
  });

  it("slows down while the store asks to, loses nothing and finds back", async () => {
    const distant = await distantLog(() => 20, { checkpointIntervalEntries: 1_000_000 });
    const { store, clock } = distant;
    const { intercept } = store;
    let refused = 0;
    const fromMs = clock.elapsed() + 1000;
    store.intercept = (key, put) => {
      if (clock.elapsed() < fromMs || clock.elapsed() > fromMs + 3000) return intercept(key, put);
      refused++;
      return Promise.reject(new StreambedError({ kind: "unavailable", code: "STORE_THROTTLED", message: "slow down" }));
    };
    const took = await load(distant, 4000, 5);
    expect(took.length).toBe(4000);
    expect(refused).toBeLessThan(20);
    expect(quantile(took.slice(-200), 0.5)).toBeLessThan(60);
    expect((await tags(distant.log)).length).toBe(4000);
  });

  it("spaces entries out when a month's budget runs short, and still stores everything", async () => {
    const paying = async (putsPerMonthMax?: number): Promise<number> => {
      const budget = putsPerMonthMax === undefined ? {} : { putsPerMonthMax };
      const distant = await distantLog(() => 20, { pipelinedEntryBytesMin: 1, ...budget });
      const took = await load(distant, 500, 25);
      await distant.clock.advance(3_600_000);
      expect(took.length).toBe(500);
      return distant.counts.get("streambed_log_puts_total") ?? 0;
    };
    expect(await paying()).toBe(501);
    // 400 may come at any speed, and half of them before entries are spaced out.
    expect(await paying(20_000)).toBeLessThan(260);
  });

  it("writes what waits for its share of a budget at once when it is closed", async () => {
    const { log, clock } = await distantLog(() => 20, { putsPerMonthMax: 1 });
    const waits = log.append([batch(1)]);
    const closed = log.close();
    await clock.advance(1_000);
    await closed;
    expect(await waits).toMatchObject([{ status: "appended", baseOffset: 0 }]);
  });
});
