import type { Clock } from "@streambed/kernel";
import { KEEP_AWAKE_INTERVAL_MS } from "./limits.ts";

/**
 * Keeps a Durable Object in memory for a while after its last use. An object that gets no events is dropped after about
 * a minute. Its alarm is an event, so the clock has to be an `AlarmClock`.
 */
export class KeepAwake {
  readonly #clock: Clock;
  readonly #holdMs: number;
  #untilMs = 0;
  #waiting = false;

  constructor(clock: Clock, holdMs: number) {
    this.#clock = clock;
    this.#holdMs = holdMs;
  }

  /** The object was used: it stays for the whole time from now. */
  use(): void {
    this.#untilMs = this.#clock.now() + this.#holdMs;
    this.#wait();
  }

  #wait(): void {
    if (this.#waiting || this.#clock.now() >= this.#untilMs) return;
    this.#waiting = true;
    this.#clock.schedule(KEEP_AWAKE_INTERVAL_MS, () => {
      this.#waiting = false;
      this.#wait();
    });
  }
}
