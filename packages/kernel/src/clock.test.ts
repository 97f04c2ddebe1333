import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "./clock.ts";

const MONTH_MS = 30 * 24 * 60 * 60 * 1000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("waits longer than a timer can, once, and can be called off at any time", async () => {
  const clock = systemClock();
  const ran: string[] = [];
  clock.schedule(MONTH_MS, () => ran.push("month"));
  const cancel = clock.schedule(MONTH_MS + 1, () => ran.push("never"));
  await vi.advanceTimersByTimeAsync(MONTH_MS - 1);
  expect(ran).toEqual([]);
  cancel();
  await vi.advanceTimersByTimeAsync(MONTH_MS);
  expect(ran).toEqual(["month"]);
});
