import type { Clock } from "@streambed/kernel";
import { expect, test } from "vitest";
import { KeepAwake } from "./keep-awake.ts";
import { KEEP_AWAKE_INTERVAL_MS } from "./limits.ts";

function setUp() {
  let nowMs = 1_000_000;
  const alarms: number[] = [];
  const clock: Clock = { now: () => nowMs, elapsed: () => nowMs, schedule: () => () => undefined };
  const alarm = { setAlarm: (atMs: number) => Promise.resolve(void alarms.push(atMs)) };
  const pass = (ms: number): void => void (nowMs += ms);
  return { awake: new KeepAwake(alarm, clock, 60_000), alarms, pass, startMs: nowMs };
}

test("an alarm is set by the first use, and not again while it is pending", async () => {
  const { awake, alarms, startMs } = setUp();
  await awake.use();
  await awake.use();
  expect(alarms).toEqual([startMs + KEEP_AWAKE_INTERVAL_MS]);
});

test("it rings until nobody has used the object for the whole time", async () => {
  const { awake, alarms, pass } = setUp();
  await awake.use();
  for (let ring = 0; ring < 10; ring++) {
    pass(KEEP_AWAKE_INTERVAL_MS);
    await awake.rang();
  }
  expect(alarms.length).toBe(60_000 / KEEP_AWAKE_INTERVAL_MS);
});

test("an object that lost its memory lets the alarm end", async () => {
  const { awake, alarms } = setUp();
  await awake.rang();
  expect(alarms).toEqual([]);
});
