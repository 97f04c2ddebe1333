import type { Clock } from "@streambed/kernel";

/** Time that a test moves; between two timers everything that does not wait for time has run. */
export class VirtualClock implements Clock {
  #elapsedMs = 0;
  readonly #timers: Set<{ readonly atMs: number; readonly run: () => void }> = new Set();

  now(): number {
    return Date.UTC(2026, 0, 31, 12) + this.#elapsedMs;
  }

  elapsed(): number {
    return this.#elapsedMs;
  }

  schedule(delayMs: number, run: () => void): () => void {
    const timer = { atMs: this.#elapsedMs + Math.max(0, delayMs), run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Moves time by so much, timers on the way included. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#elapsedMs + byMs;
    await settled();
    for (;;) {
      let next: { readonly atMs: number; readonly run: () => void } | undefined;
      for (const timer of this.#timers) if (next === undefined || timer.atMs < next.atMs) next = timer;
      if (next === undefined || next.atMs > untilMs) break;
      this.#timers.delete(next);
      this.#elapsedMs = Math.max(this.#elapsedMs, next.atMs);
      next.run();
      await settled();
    }
    this.#elapsedMs = untilMs;
  }
}

/** A turn of the event loop comes after all promises; two, because checksums of the platform take one. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
}
