/** Something that waits for its turn. */
interface Waiting {
  start(): void;
}

/**
 * Reads of history share a few places, so that they never take all connections from the tail. What a reader waits for
 * goes before what is read ahead.
 */
export class ColdLane {
  readonly #places: number;
  readonly #waitingAheadMax: number;
  #busy = 0;
  readonly #wanted: Waiting[] = [];
  readonly #ahead: Waiting[] = [];

  constructor(places: number, waitingAheadMax: number) {
    this.#places = places;
    this.#waitingAheadMax = waitingAheadMax;
  }

  /** True when so much is being read ahead that more would only wait. */
  get isCrowded(): boolean {
    return this.#ahead.length >= this.#waitingAheadMax;
  }

  /** Runs `read` when a place is free. */
  async run<Result>(urgency: "wanted" | "ahead", read: () => Promise<Result>): Promise<Result> {
    if (this.#busy < this.#places) this.#busy++;
    else await new Promise<void>((start) => (urgency === "wanted" ? this.#wanted : this.#ahead).push({ start }));
    try {
      return await read();
    } finally {
      this.#leave();
    }
  }

  /** The place goes to the next in line. */
  #leave(): void {
    const next = this.#wanted.shift() ?? this.#ahead.shift();
    if (next === undefined) this.#busy--;
    else next.start();
  }
}
