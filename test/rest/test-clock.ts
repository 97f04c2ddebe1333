import type { Clock } from "@streambed/kernel";

/** A clock that a test moves by hand. */
export interface TestClock extends Clock {
  /** Moves time forward and runs what is due, in order. */
  advance(ms: number): void;
}

/** Starts at 2026-01-31T12:00:00Z. */
export function testClock(): TestClock {
  let elapsedMs = 0;
  const timers = new Set<{ readonly atMs: number; readonly run: () => void }>();
  return {
    now: () => Date.UTC(2026, 0, 31, 12) + elapsedMs,
    elapsed: () => elapsedMs,
    schedule(delayMs, run) {
      const timer = { atMs: elapsedMs + delayMs, run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    advance(ms) {
      const untilMs = elapsedMs + ms;
      for (;;) {
        const [next] = [...timers].filter((timer) => timer.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
        if (next === undefined) break;
        timers.delete(next);
        elapsedMs = Math.max(elapsedMs, next.atMs);
        next.run();
      }
      elapsedMs = untilMs;
    },
  };
}
