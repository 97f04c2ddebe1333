import { PUT_BUDGET_BURST_SHARE } from "./limits.ts";

const MONTH_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * Makes an operator's number of writes last for a month of 30 days. A share of it may be spent at any speed; the rest
 * trickles in evenly. When half of that allowance is gone, entries are spaced out, the more the less is left, until what
 * is spent is what trickles in. Times are milliseconds of any steady clock. A restart begins with a new allowance.
 */
export class PutBudget {
  readonly #burst: number;
  readonly #putsPerMs: number;
  #left: number;
  #atMs: number;

  constructor(putsPerMonth: number, nowMs: number) {
    this.#burst = Math.max(1, putsPerMonth * PUT_BUDGET_BURST_SHARE);
    this.#putsPerMs = Math.max(putsPerMonth - this.#burst, 1) / MONTH_MS;
    this.#left = this.#burst;
    this.#atMs = nowMs;
  }

  /** One write was sent: an entry, again or as a hedge. */
  spend(nowMs: number): void {
    this.#refill(nowMs);
    this.#left--;
  }

  /** Least time between two entries now. */
  spacingMs(nowMs: number): number {
    this.#refill(nowMs);
    const shortage = Math.min(1, Math.max(0, 1 - this.#left / (this.#burst / 2)));
    return shortage / this.#putsPerMs;
  }

  /** Whether writes must be saved that are not needed. */
  isLow(nowMs: number): boolean {
    this.#refill(nowMs);
    return this.#left < this.#burst / 2;
  }

  #refill(nowMs: number): void {
    this.#left = Math.min(this.#burst, this.#left + (nowMs - this.#atMs) * this.#putsPerMs);
    this.#atMs = nowMs;
  }
}
