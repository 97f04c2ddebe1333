import { expect, test } from "vitest";
import { COLD_START_READS_AT_ONCE, READ_HEDGE_MEDIANS, READ_HEDGE_MS_FIRST, READ_HEDGES_SHARE } from "./limits.ts";
import { ReadHedge } from "./read-hedge.ts";
import { virtualClock } from "./test-support/virtual-clock.ts";

/** Reads that answer with their number, each after the time that the test says; `Infinity`: never. */
function timedReads(...delaysMs: (number | Error)[]) {
  const clock = virtualClock();
  const hedge = new ReadHedge(clock);
  let sent = 0;
  const attempt = (): Promise<number> => {
    const number = sent++;
    const delay = delaysMs[number] ?? 10;
    if (delay instanceof Error) return Promise.reject(delay);
    return new Promise((resolve) => delay < Infinity && clock.schedule(delay, () => resolve(number)));
  };
  const read = (): Promise<number> => hedge.read(attempt);
  return { clock, read, sent: () => sent };
}

async function seen(clock: ReturnType<typeof virtualClock>, reads: readonly Promise<number>[], ms: number) {
  await clock.advance(ms);
  return Promise.all(reads);
}

test("a read that stalls is sent again after about twice as long as others take, and the first answer wins", async () => {
  const { clock, read, sent } = timedReads(100, 100, 100, Infinity, 50);
  for (let first = 0; first < 3; first++) await seen(clock, [read()], 100);
  let answer: number | undefined;
  void read().then((number) => (answer = number));
  await clock.advance(100 * READ_HEDGE_MEDIANS - 1);
  expect(sent()).toBe(4);
  await clock.advance(21);
  expect(sent()).toBe(5);
  await clock.advance(50);
  expect(answer).toBe(4);
  expect(clock.pending).toBe(0);
});

test("before anything was answered only a stall is worth a second read", async () => {
  const { clock, read, sent } = timedReads(Infinity, 10);
  const reading = read();
  await clock.advance(READ_HEDGE_MS_FIRST - 1);
  expect(sent()).toBe(1);
  expect(await seen(clock, [reading], 31)).toEqual([1]);
});

test("answers that come first do not make the rest look late", async () => {
  const delays = Array.from({ length: 100 }, (_, at) => 50 + at);
  const { clock, read, sent } = timedReads(...delays);
  const reads = delays.map(() => read());
  expect(await seen(clock, reads, 200)).toEqual(delays.map((_, at) => at));
  expect(sent()).toBe(100);
});

test("a store that became slow for everybody gets little more than it is asked for", async () => {
  const count = COLD_START_READS_AT_ONCE;
  const { clock, read, sent } = timedReads(10, 10, 10, ...Array.from({ length: count * 2 }, () => 5000));
  for (let first = 0; first < 3; first++) await seen(clock, [read()], 10);
  const reads = Array.from({ length: count }, () => read());
  await seen(clock, reads, 5000);
  expect(sent()).toBeLessThanOrEqual(4 + count * (1 + READ_HEDGES_SHARE));
});

test("a failure counts when no other attempt is left", async () => {
  const failing = timedReads(new Error("first"));
  await expect(failing.read()).rejects.toThrow("first");
  expect(failing.clock.pending).toBe(0);
  const { clock, read } = timedReads(Infinity, new Error("second"), 10);
  const reading = read();
  expect(await seen(clock, [reading], 4 * READ_HEDGE_MS_FIRST)).toEqual([2]);
});
