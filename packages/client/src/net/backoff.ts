import type { Random } from "@streambed/kernel";

/** Bounds of an exponential backoff. */
export interface BackoffBounds {
  readonly firstMs: number;
  readonly maxMs: number;
}

const JITTER = 0.2;

/** Wait before retry number `attempt` (0 is the first): doubles up to the maximum, plus or minus a fifth (KIP-580). */
export function backoffMs(bounds: BackoffBounds, attempt: number, random: Random): number {
  const plain = Math.min(bounds.maxMs, bounds.firstMs * 2 ** Math.min(attempt, 30));
  return Math.round(plain * (1 - JITTER + 2 * JITTER * random.fraction()));
}
