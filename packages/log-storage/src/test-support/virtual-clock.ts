import type { Clock } from "@streambed/kernel";

/** Time that moves only when a test says so. */
export interface VirtualClock extends Clock {
  /** Runs what is due, in order, with a few turns of the microtask queue in between. */
  advance(ms: number): Promise<void>;
  /** Timers that wait. */
  readonly pending: number;
}

/** Starts at `startMs`, wall clock. */
export function virtualClock(startMs = 1_700_000_000_000): VirtualClock {
  let elapsed = 0;
  let timers: { readonly at: number; readonly run: () => void }[] = [];
  return {
    now: () => startMs + elapsed,
    elapsed: () => elapsed,
    get pending() {
      return timers.length;
    },
    schedule(delayMs, run) {
      const timer = { at: elapsed + Math.max(0, delayMs), run };
      timers.push(timer);
      return () => {
        timers = timers.filter((each) => each !== timer);
      };
    },
    async advance(ms) {
      const end = elapsed + ms;
      for (;;) {
        await turns(50);
        const [next] = timers.toSorted((left, right) => left.at - right.at);
        if (next === undefined || next.at > end) break;
        timers = timers.filter((each) => each !== next);
        elapsed = Math.max(elapsed, next.at);
        next.run();
      }
      elapsed = end;
      await turns(50);
    },
  };
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await Promise.resolve();
}

/** A clock on which every wait is over at once, for tests in which time plays no part. */
export function impatientClock(nowMs = 1000): Clock {
  return {
    now: () => nowMs,
    elapsed: () => 0,
    schedule: (_ms, run) => (queueMicrotask(run), () => undefined),
  };
}
