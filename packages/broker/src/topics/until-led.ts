import type { BrokerCore } from "../broker-core.ts";
import { LEADER_WAIT_MS_MAX } from "../limits.ts";

/**
 * Waits while partitions are between two leaders, as this broker sees it: until `isLed` or for half a second, whichever
 * is first, and not at all in a cluster of one process. A client that is told "nobody" pauses before it asks again, and
 * longer each time, so that a move of 0.2 s cost it up to three times that. Never rejects.
 */
export async function untilLed(
  { cluster, clock }: Pick<BrokerCore, "cluster" | "clock">,
  isLed: () => boolean,
  signal: AbortSignal,
): Promise<void> {
  if (cluster.controller === undefined || signal.aborted || isLed()) return;
  using waiting = new DisposableStack();
  await new Promise<void>((resolve) => {
    const done = (): void => resolve();
    waiting.defer(clock.schedule(LEADER_WAIT_MS_MAX, done));
    waiting.defer(cluster.onChange(() => isLed() && done()));
    signal.addEventListener("abort", done, { once: true });
    waiting.defer(() => signal.removeEventListener("abort", done));
  });
}
