import type { Clock } from "@streambed/kernel";
import type { Dice } from "./dice.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** What the machines' clocks show at virtual time 0. */
export const START_MS: number = Date.UTC(2026, 0, 31, 12);

interface Delivery {
  readonly isTimer: boolean;
  readonly run: () => void;
}

/**
 * One process: everything its code waits for passes through here, so it can be stopped at any `await` and cut off for
 * good. A crashed machine never comes back; a restart is a new one.
 */
export class Machine {
  readonly name: string;
  readonly clock: Clock;
  /** Network between this machine and the store is cut. */
  isPartitioned: boolean = false;
  /** How far its wall clock is off, milliseconds. */
  skewMs: number;
  readonly #time: VirtualTime;
  readonly #dice: Dice;
  readonly #bootedMs: number;
  #frozenMs = 0;
  #alive = true;
  #paused = false;
  #pumping = false;
  #queue: Delivery[] = [];

  constructor(name: string, time: VirtualTime, dice: Dice) {
    this.name = name;
    this.#time = time;
    this.#dice = dice;
    this.#bootedMs = time.nowMs;
    this.skewMs = dice.chance(0.3) ? dice.between(-50_000, 50_000) : dice.between(-50, 50);
    this.clock = {
      now: () => Math.floor(START_MS + time.nowMs + this.skewMs),
      elapsed: () => time.nowMs - this.#bootedMs - this.#frozenMs,
      schedule: (delayMs, run) => time.after(delayMs, () => this.#deliver({ isTimer: true, run })),
    };
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  /** Runs a continuation of this machine's code: at once, after the pause, or never. */
  deliver(run: () => void): void {
    this.#deliver({ isTimer: false, run });
  }

  #deliver(delivery: Delivery): void {
    if (!this.#alive) return;
    if (this.#paused || this.#queue.length > 0) this.#queue.push(delivery);
    else delivery.run();
  }

  /** Kill -9. What it has sent may still arrive. */
  crash(): void {
    this.#alive = false;
    this.#queue = [];
  }

  /** SIGSTOP; or, with `frozen`, a virtual machine whose monotonic clock stands still, too. */
  pause(forMs: number, frozen: boolean): void {
    if (!this.#alive || this.#paused) return;
    this.#paused = true;
    this.#time.after(forMs, () => {
      if (frozen) this.#frozenMs += forMs;
      this.resume();
    });
  }

  /** Lets go on; what happened meanwhile is seen one by one, timers before network as in an event loop, or in order. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#dice.chance(0.5)) {
      const timers = this.#queue.filter(({ isTimer }) => isTimer);
      this.#queue = [...timers, ...this.#queue.filter(({ isTimer }) => !isTimer)];
    }
    this.#pump();
  }

  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    this.#time.after(0, () => {
      this.#pumping = false;
      if (!this.#alive || this.#paused) return;
      const next = this.#queue[0];
      if (next === undefined) return;
      next.run();
      this.#queue.shift();
      if (this.#queue.length > 0) this.#pump();
    });
  }
}
