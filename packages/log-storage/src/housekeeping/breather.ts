import { type Clock, sleep } from "@streambed/kernel";

/** Bytes that are worked through in one go: a few milliseconds. */
const BYTES_IN_ONE_GO = 256 * 1024;

/**
 * Lets others run now and then: housekeeping shares its thread with producers and consumers, and a store that answers
 * at once gives them no turn.
 */
export class Breather {
  readonly #clock: Clock | undefined;
  #bytes = 0;

  /** @param clock undefined: there is nobody else. */
  constructor(clock: Clock | undefined) {
    this.#clock = clock;
  }

  /** Called with every batch or run that was worked through. */
  async after(bytes: number): Promise<void> {
    this.#bytes += bytes;
    if (this.#clock === undefined || this.#bytes < BYTES_IN_ONE_GO) return;
    this.#bytes = 0;
    await sleep(this.#clock, 0);
  }
}
