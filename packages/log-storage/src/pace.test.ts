import { describe, expect, it } from "vitest";
import {
  ENTRY_PAYLOAD_BYTES_MAX,
  HEDGE_BYTES_PER_MS,
  HEDGE_DELAY_MS_MIN,
  HEDGE_SAMPLES_MIN,
  PIPELINED_ENTRY_BYTES_MAX,
  STALLED_MS,
  THROTTLE_MS_MAX,
} from "./limits.ts";
import { Pace } from "./pace.ts";
import type { Backlog, PaceSettings } from "./pace.ts";
import { PutBudget } from "./put-budget.ts";

const KIB = 1024;

function paceOf(settings: Partial<PaceSettings> = {}): Pace {
  const defaults = { entriesInFlight: 4, pipelinedEntryBytesMin: 256 * KIB, lingerMs: undefined, hedge: true };
  return new Pace({ ...defaults, budget: undefined, ...settings });
}

/** As it is after `count` writes that took `ms` each. */
function settled(pace: Pace, ms: number, count = 40): Pace {
  for (let at = 0; at < count; at++) {
    pace.noteAnswer(1000, ms);
    pace.noteSuccess();
  }
  return pace;
}

const backlog = (over: Partial<Backlog>): Backlog => ({
  nowMs: 1000,
  bytes: 1000,
  sinceMs: 1000,
  inFlight: 0,
  isUrgent: false,
  ...over,
});

describe("the pace of entries", () => {
  it("lets the first after a rest go at once, however slow the store", () => {
    expect(paceOf().waitMs(backlog({}))).toBe(0);
    const slow = settled(paceOf(), 60);
    slow.noteLaunch(990);
    expect(slow.waitMs(backlog({ inFlight: 0 }))).toBe(0);
  });

  it("waits 0.6 of the median write behind an entry on its way, unless much waits", () => {
    const pace = settled(paceOf(), 60);
    expect(pace.lingerMs).toBeCloseTo(36);
    pace.noteLaunch(990);
    expect(pace.waitMs(backlog({ inFlight: 1 }))).toBeCloseTo(26);
    expect(pace.waitMs(backlog({ inFlight: 1, nowMs: 1026 }))).toBeCloseTo(0);
    expect(pace.waitMs(backlog({ inFlight: 1, bytes: 512 * KIB }))).toBeGreaterThan(0);
    expect(pace.waitMs(backlog({ inFlight: 1, bytes: PIPELINED_ENTRY_BYTES_MAX }))).toBe(0);
  });

  it("never asks for a wait that is too short for a timer", () => {
    const pace = settled(paceOf(), 60.1);
    pace.noteLaunch(0.1);
    const dueMs = 0.1 + pace.lingerMs;
    for (const nowMs of [dueMs - 1e-14, dueMs - 0.9]) expect(pace.waitMs(backlog({ nowMs, inFlight: 1 }))).toBe(0);
    expect(pace.waitMs(backlog({ nowMs: dueMs - 2, inFlight: 1 }))).toBeCloseTo(2);
  });

  it("asks only for bytes when the store answers within about two milliseconds", () => {
    const pace = settled(paceOf(), 1.5);
    expect(pace.lingerMs).toBe(0);
    expect(pace.waitMs(backlog({ inFlight: 1 }))).toBe(Infinity);
    expect(pace.waitMs(backlog({ inFlight: 1, bytes: 256 * KIB }))).toBe(0);
    expect(pace.waitMs(backlog({ inFlight: 4, bytes: 256 * KIB }))).toBe(Infinity);
  });

  it("starts with one entry, adds one for each success, and starts over after a conflict", () => {
    const pace = paceOf();
    const full = (inFlight: number): boolean =>
      pace.waitMs(backlog({ inFlight, bytes: ENTRY_PAYLOAD_BYTES_MAX })) === Infinity;
    expect([full(0), full(1)]).toEqual([false, true]);
    pace.noteSuccess();
    expect([full(1), full(2)]).toEqual([false, true]);
    for (let at = 0; at < 10; at++) pace.noteSuccess();
    expect([full(3), full(4)]).toEqual([false, true]);
    pace.noteConflict();
    expect([full(0), full(1)]).toEqual([false, true]);
  });

  it("waits as long as it is told when it is told", () => {
    const pace = settled(paceOf({ lingerMs: 20 }), 60);
    expect(pace.waitMs(backlog({ sinceMs: 990 }))).toBe(10);
    expect(pace.waitMs(backlog({ sinceMs: 980 }))).toBe(0);
    expect(pace.waitMs(backlog({ sinceMs: 980, inFlight: 1 }))).toBe(Infinity);
    expect(pace.waitMs(backlog({ sinceMs: 1000, isUrgent: true }))).toBe(0);
    expect(settled(paceOf({ lingerMs: 0 }), 60).waitMs(backlog({ inFlight: 1 }))).toBe(Infinity);
  });

  it("goes one by one and ever slower while the store asks to, counts one storm once, and recovers slowly at first", () => {
    const pace = settled(paceOf(), 60);
    const waitMs = (nowMs: number): number => pace.waitMs(backlog({ nowMs, inFlight: 0 }));
    pace.noteLaunch(1000);
    for (let at = 0; at < 4; at++) pace.noteThrottled(1000);
    expect(waitMs(1000)).toBe(60);
    expect(pace.waitMs(backlog({ inFlight: 1, bytes: ENTRY_PAYLOAD_BYTES_MAX }))).toBe(Infinity);
    expect(pace.mayHedge(1000)).toBe(false);
    pace.noteThrottled(1100);
    expect(waitMs(1000)).toBe(120);
    for (let at = 2; at < 20; at++) pace.noteThrottled(at * 10_000);
    pace.noteLaunch(200_000);
    expect(waitMs(200_000)).toBe(THROTTLE_MS_MAX);
    settled(pace, 60, 3);
    expect(waitMs(200_000)).toBeGreaterThan(THROTTLE_MS_MAX / 4);
    expect(pace.mayHedge(200_000)).toBe(false);
    expect(pace.mayHedge(200_000, STALLED_MS)).toBe(true);
    settled(pace, 60, 4);
    expect(waitMs(200_000)).toBe(0);
    expect(pace.mayHedge(200_000)).toBe(true);
  });

  it("hedges after 1.25 medians of that size, and late before it knows them", () => {
    const pace = settled(paceOf(), 60, HEDGE_SAMPLES_MIN - 1);
    expect(pace.hedgeDelayMs(1000)).toBe(STALLED_MS + 1);
    pace.noteAnswer(1000, 60);
    expect(pace.hedgeDelayMs(2000)).toBeCloseTo(75, 0);
    for (let at = 0; at < HEDGE_SAMPLES_MIN; at++) pace.noteAnswer(2_000_000, 100);
    expect(pace.hedgeDelayMs(2_000_000)).toBeCloseTo(125 + 2_000_000 / HEDGE_BYTES_PER_MS);
    expect(pace.hedgeDelayMs(8_000_000)).toBe(STALLED_MS + 8_000);
    expect(settled(paceOf(), 1).hedgeDelayMs(1000)).toBe(HEDGE_DELAY_MS_MIN);
    expect(settled(paceOf({ hedge: false }), 60).hedgeDelayMs(1000)).toBeUndefined();
  });
});

describe("a budget of writes", () => {
  const MONTH_MS = 30 * 24 * 3600 * 1000;

  it.each([10_000, 1_000_000])("of %i lasts a month of constant demand", (putsPerMonth) => {
    const budget = new PutBudget(putsPerMonth, 0);
    let puts = 0;
    for (let nowMs = 0; nowMs < MONTH_MS; nowMs += Math.max(20, budget.spacingMs(nowMs))) {
      budget.spend(nowMs);
      puts++;
    }
    expect(puts).toBeLessThanOrEqual(putsPerMonth);
    expect(puts).toBeGreaterThan(putsPerMonth * 0.97);
  });

  it("does not slow a burst down, then spaces entries out and saves hedges", () => {
    const budget = new PutBudget(1_000_000, 0);
    const pace = settled(paceOf({ budget }), 60);
    for (let at = 0; at < 9_000; at++) pace.notePut(1000);
    pace.noteLaunch(1000);
    expect(pace.waitMs(backlog({}))).toBe(0);
    expect(pace.mayHedge(1000)).toBe(true);
    for (let at = 0; at < 11_000; at++) pace.notePut(1000);
    expect(pace.waitMs(backlog({}))).toBeGreaterThan(2000);
    expect(pace.waitMs(backlog({}))).toBeLessThan(3000);
    expect(pace.waitMs(backlog({ isUrgent: true }))).toBe(0);
    expect(pace.mayHedge(1000)).toBe(false);
    expect(pace.mayHedge(1000 + 8 * 3600 * 1000)).toBe(true);
  });
});
