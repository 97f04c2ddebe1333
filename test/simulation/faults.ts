import type { Dice } from "./dice.ts";

/** What may happen to one request, per request; the rest is answered. */
export interface FaultRates {
  /** Never arrives; the sender sees a reset or a time-out. */
  readonly dropped: number;
  /** Takes effect, but the answer is lost. */
  readonly answerLost: number;
  /** Takes effect twice; one of the two answers arrives. */
  readonly duplicated: number;
  /** A sleeper: the sender gives up, and much later the request takes effect. */
  readonly late: number;
  /** S3's 409: a conflicting operation was in flight; nothing happened. */
  readonly busy: number;
  /** 429 or 503: nothing happened. */
  readonly throttled: number;
  /** The connection breaks in the middle of the body of a read. */
  readonly cut: number;
  /** A read answers with fewer bytes than there are, without an error. */
  readonly truncated: number;
  /** One bit of what a read answers is wrong. */
  readonly flipped: number;
  /** Answered, but slowly: just below or above the sender's patience. */
  readonly slow: number;
}

/** What happens to a request. */
export type Fate = keyof FaultRates | "answered";

/** Nothing goes wrong. */
export const NO_FAULTS: FaultRates = {
  dropped: 0,
  answerLost: 0,
  duplicated: 0,
  late: 0,
  busy: 0,
  throttled: 0,
  cut: 0,
  truncated: 0,
  flipped: 0,
  slow: 0,
};

/** A bad day: about one request in six is hit. */
export const MANY_FAULTS: FaultRates = {
  dropped: 0.02,
  answerLost: 0.03,
  duplicated: 0.02,
  late: 0.02,
  busy: 0.02,
  throttled: 0.02,
  cut: 0.01,
  truncated: 0.003,
  flipped: 0.003,
  slow: 0.02,
};

/** Scales all rates. */
export function scaled(rates: FaultRates, by: number): FaultRates {
  const entries = Object.entries(rates).map(([name, rate]) => [name, Number(rate) * by]);
  return Object.fromEntries(entries);
}

/** Draws what happens to the next request. */
export function drawFate(rates: FaultRates, dice: Dice): Fate {
  let left = dice.fraction();
  for (const name in rates) {
    left -= rates[name as keyof FaultRates]; // Own keys of a literal.
    if (left < 0) return name as keyof FaultRates;
  }
  return "answered";
}
