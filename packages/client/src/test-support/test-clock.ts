import type { Clock } from "@streambed/kernel";

interface Timer {
  readonly atMs: number;
  readonly run: () => void;
}

/** Turns given to promises before time moves on; longer than any chain of awaits here. */
const TURNS = 400;
const START_MS = 1_700_000_000_000;

/** Time that moves only when everything waits for it. */
export class TestClock implements Clock {
  #elapsedMs = 0;
  #timers: Timer[] = [];

  now(): number {
    return START_MS + this.#elapsedMs;
  }

  elapsed(): number {
    return this.#elapsedMs;
  }

  schedule(delayMs: number, run: () => void): () => void {
    const timer = { atMs: this.#elapsedMs + delayMs, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Moves time until the promise has settled. */
  async until<T>(promise: Promise<T>): Promise<T> {
    const state = { settled: false };
    const done = (): void => {
      state.settled = true;
    };
    promise.then(done, done);
    await this.idle();
    while (!state.settled) {
      if (!this.#fireNext(Number.POSITIVE_INFINITY)) throw new Error("Everything waits, and no timer is set");
      await this.idle();
    }
    return promise;
  }

  /** Moves time by so much, timers on the way included. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#elapsedMs + ms;
    await this.idle();
    while (this.#fireNext(endMs)) await this.idle();
    this.#elapsedMs = endMs;
  }

  /** Lets promises run until nothing moves without time. */
  async idle(): Promise<void> {
    for (let turn = 0; turn < TURNS; turn++) await undefined;
  }

  #fireNext(endMs: number): boolean {
    const [next] = this.#timers.toSorted((left, right) => left.atMs - right.atMs);
    if (next === undefined || next.atMs > endMs) return false;
    this.#timers = this.#timers.filter((other) => other !== next);
    this.#elapsedMs = Math.max(this.#elapsedMs, next.atMs);
    next.run();
    return true;
  }
}
