/** Something that happens later. */
interface Timer {
  readonly atMs: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/** Events one schedule may take; more means that something spins. */
const EVENTS_MAX = 100_000;

/** How a stretch of virtual time ended. */
export type StretchEnd = "done" | "time-is-up" | "nothing-left";

/**
 * Time that jumps from event to event. Between two events everything that waits for no event has run: production code
 * sees no other source of asynchrony, so one seed gives one run.
 */
export class VirtualTime {
  nowMs: number = 0;
  events: number = 0;
  #heap: Timer[] = [];
  #order = 0;

  /** Calls `run` after `delayMs`. Returns the function that cancels it. */
  after(delayMs: number, run: () => void): () => void {
    const timer: Timer = { atMs: this.nowMs + Math.max(0, delayMs), order: this.#order++, run };
    this.#push(timer);
    return () => {
      timer.run = undefined;
    };
  }

  /** Resolves after `delayMs`. For the world and its clients; brokers have clocks of their own. */
  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.after(delayMs, resolve));
  }

  /** Runs events until `done` says so, at most `limitMs` of virtual time. `observe` is called after each event. */
  async runUntil(done: () => boolean, limitMs: number, observe: () => void): Promise<StretchEnd> {
    const endMs = this.nowMs + limitMs;
    await settled();
    for (;;) {
      observe();
      if (done()) return "done";
      const timer = this.#pop();
      if (timer === undefined) return "nothing-left";
      if (timer.atMs > endMs) {
        this.#push(timer);
        this.nowMs = endMs;
        return "time-is-up";
      }
      this.nowMs = timer.atMs;
      if (++this.events > EVENTS_MAX) throw new Error(`More than ${EVENTS_MAX} events: something spins`);
      timer.run?.();
      await settled();
    }
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      const above = heap[parent];
      if (above === undefined || isBefore(above, timer)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = timer;
  }

  /** The next timer that was not cancelled. */
  #pop(): Timer | undefined {
    for (;;) {
      const first = this.#heap[0];
      const last = this.#heap.pop();
      if (first === undefined || last === undefined) return undefined;
      if (first !== last) this.#sink(last);
      if (first.run !== undefined) return first;
    }
  }

  #sink(timer: Timer): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      let smaller = heap[child];
      if (smaller === undefined) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, smaller)) {
        child++;
        smaller = right;
      }
      if (isBefore(timer, smaller)) break;
      heap[at] = smaller;
      at = child;
    }
    heap[at] = timer;
  }
}

function isBefore(left: Timer, right: Timer): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order);
}

/** A turn of the event loop comes after all promises that wait for nothing else. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
