import { sleep, StreambedError } from "@streambed/kernel";
import type { Clock, Random } from "@streambed/kernel";
import { RETRY_BACKOFF_MS_MAX, RETRY_BACKOFF_MS_MIN } from "./limits.ts";

/** Errors after which a write may or may not have happened; the same bytes may go to the same key again. */
export function isAmbiguous(error: unknown): boolean {
  return error instanceof StreambedError && error.kind === "unavailable";
}

/** Waits that double, with jitter, between the limits. */
export class Backoff {
  readonly #clock: Clock;
  readonly #random: Random;
  #waitMs = RETRY_BACKOFF_MS_MIN;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  reset(): void {
    this.#waitMs = RETRY_BACKOFF_MS_MIN;
  }

  /** The next wait, milliseconds. */
  next(): number {
    const waitMs = this.#waitMs * (0.5 + this.#random.fraction() / 2);
    this.#waitMs = Math.min(this.#waitMs * 2, RETRY_BACKOFF_MS_MAX);
    return waitMs;
  }

  async pause(signal?: AbortSignal): Promise<void> {
    await sleep(this.#clock, this.next(), signal);
  }
}
