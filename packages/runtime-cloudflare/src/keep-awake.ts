import type { Clock } from "@streambed/kernel";
import { KEEP_AWAKE_INTERVAL_MS } from "./limits.ts";
import type { AlarmLike } from "./shapes.ts";

/**
 * Keeps a Durable Object in memory for a while after its last use. A timer does not: an object that gets no events is
 * dropped after about a minute. Its alarm is an event, so one rings until the time is over.
 */
export class KeepAwake {
  readonly #alarm: AlarmLike;
  readonly #clock: Clock;
  readonly #holdMs: number;
  #untilMs = 0;
  #armed = false;

  constructor(alarm: AlarmLike, clock: Clock, holdMs: number) {
    this.#alarm = alarm;
    this.#clock = clock;
    this.#holdMs = holdMs;
  }

  /** The object was used: it stays for the whole time from now. */
  async use(): Promise<void> {
    this.#untilMs = this.#clock.now() + this.#holdMs;
    if (!this.#armed) await this.#arm();
  }

  /** The alarm rang. In an object that was dropped all the same, nothing is left to be kept. */
  async rang(): Promise<void> {
    this.#armed = false;
    if (this.#clock.now() < this.#untilMs) await this.#arm();
  }

  async #arm(): Promise<void> {
    this.#armed = true;
    await this.#alarm.setAlarm(this.#clock.now() + KEEP_AWAKE_INTERVAL_MS);
  }
}
