import type { Clock } from "@streambed/kernel";
import { TIMER_MS_MAX } from "./limits.ts";
import type { AlarmLike } from "./shapes.ts";

interface Pending {
  readonly atMs: number;
  readonly run: () => void;
}

/**
 * A clock for a Durable Object. A timer holds an object in memory, where it costs money, until Cloudflare drops it all
 * the same; the object's alarm does not, and rings. So long waits share the one alarm, and only short ones are timers.
 * What waits is forgotten with the object: an alarm that rings in a new life finds nothing to do.
 */
export class AlarmClock implements Clock {
  readonly #system: Clock;
  readonly #alarm: AlarmLike;
  readonly #pending = new Set<Pending>();
  /** When the alarm will ring; never later than the earliest wait. */
  #armedMs = Number.POSITIVE_INFINITY;

  constructor(system: Clock, alarm: AlarmLike) {
    this.#system = system;
    this.#alarm = alarm;
  }

  now(): number {
    return this.#system.now();
  }

  elapsed(): number {
    return this.#system.elapsed();
  }

  schedule(delayMs: number, run: () => void): () => void {
    if (delayMs <= TIMER_MS_MAX) return this.#system.schedule(delayMs, run);
    const pending = { atMs: this.now() + delayMs, run };
    this.#pending.add(pending);
    this.#arm(pending.atMs);
    // The alarm stays armed: moving it would be a write, and ringing for nothing is cheap.
    return () => void this.#pending.delete(pending);
  }

  /** To be called by the object's `alarm()`. */
  rang(): void {
    this.#armedMs = Number.POSITIVE_INFINITY;
    const due = [...this.#pending].filter(({ atMs }) => atMs <= this.now());
    for (const pending of due) this.#pending.delete(pending);
    for (const { atMs } of this.#pending) this.#arm(atMs);
    for (const { run } of due) run();
  }

  #arm(atMs: number): void {
    if (atMs >= this.#armedMs) return;
    this.#armedMs = atMs;
    this.#alarm.setAlarm(atMs).catch(() => {
      // The write was lost with the object, or the next wait arms again.
      this.#armedMs = Number.POSITIVE_INFINITY;
    });
  }
}
