import { expect, test } from "vitest";
import { AlarmClock } from "./alarm-clock.ts";
import { KeepAwake } from "./keep-awake.ts";
import { KEEP_AWAKE_INTERVAL_MS, TIMER_MS_MAX } from "./limits.ts";

const START_MS = 1_000_000;

/** A clock over an alarm that rings when time passes it. */
function setUp() {
  let nowMs = START_MS;
  let armedMs = Number.POSITIVE_INFINITY;
  const alarms: number[] = [];
  const timers: number[] = [];
  const system = {
    now: () => nowMs,
    elapsed: () => nowMs,
    schedule: (delayMs: number) => (timers.push(delayMs), () => undefined),
  };
  const setAlarm = (atMs: number): Promise<void> => {
    armedMs = atMs;
    alarms.push(atMs - START_MS);
    return Promise.resolve();
  };
  const clock = new AlarmClock(system, { setAlarm });
  const pass = (ms: number): void => {
    for (const endMs = nowMs + ms; nowMs < endMs; nowMs++) {
      if (nowMs < armedMs) continue;
      armedMs = Number.POSITIVE_INFINITY;
      clock.rang();
    }
  };
  return { clock, alarms, timers, pass };
}

test("short waits are timers, long ones are alarms", () => {
  const { clock, alarms, timers } = setUp();
  clock.schedule(TIMER_MS_MAX, () => undefined);
  clock.schedule(TIMER_MS_MAX + 1, () => undefined);
  expect([timers, alarms]).toEqual([[TIMER_MS_MAX], [TIMER_MS_MAX + 1]]);
});

test("waits share the alarm, and each runs at its time", () => {
  const { clock, alarms, pass } = setUp();
  const ran: string[] = [];
  clock.schedule(30_000, () => ran.push("second"));
  clock.schedule(40_000, () => ran.push("third"));
  clock.schedule(20_000, () => ran.push("first"));
  pass(20_001);
  expect(ran).toEqual(["first"]);
  pass(30_000);
  expect(ran).toEqual(["first", "second", "third"]);
  expect(alarms).toEqual([30_000, 20_000, 30_000, 40_000]);
});

test("a wait that was given up does not run, and moves no alarm", () => {
  const { clock, alarms, pass } = setUp();
  const ran: string[] = [];
  const cancel = clock.schedule(20_000, () => ran.push("cancelled"));
  clock.schedule(30_000, () => ran.push("kept"));
  cancel();
  pass(31_000);
  expect([ran, alarms]).toEqual([["kept"], [20_000, 30_000]]);
});

test("an alarm of an earlier life does nothing", () => {
  const { clock, alarms } = setUp();
  clock.rang();
  expect(alarms).toEqual([]);
});

test("an object is kept awake until nobody has used it for the whole time", () => {
  const { clock, alarms, pass } = setUp();
  const awake = new KeepAwake(clock, 60_000);
  awake.use();
  awake.use();
  pass(200_000);
  expect(alarms).toEqual([1, 2, 3].map((ring) => ring * KEEP_AWAKE_INTERVAL_MS));
});
