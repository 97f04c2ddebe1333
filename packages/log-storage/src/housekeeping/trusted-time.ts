import { CLOCK_SKEW_MS_MAX } from "../limits.ts";
import { readPointer } from "../pointer.ts";
import type { HousekeepingContext } from "./context.ts";

/**
 * The time by which records are dropped: the local clock's, unless the store's is behind it. So a clock that jumps
 * ahead deletes nothing. One GET.
 */
export async function trustedNow({ internals }: HousekeepingContext): Promise<number> {
  const { storeTimeMs } = await readPointer(internals.store, internals.shard);
  const nowMs = internals.clock.now();
  if (nowMs - storeTimeMs > CLOCK_SKEW_MS_MAX) {
    internals.logger.log("warn", "clock-ahead-of-store", { clockMs: nowMs, storeMs: storeTimeMs });
  }
  return Math.min(nowMs, storeTimeMs);
}
