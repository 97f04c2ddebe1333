import type { Clock } from "@streambed/kernel";

/** When to stop waiting. */
export interface WaitLimit {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** What to reject with when the time is over. */
  readonly onTimeout: () => Error;
}

/** Settles as the promise does, unless the time is over or the signal aborts first. The promise is not cancelled. */
export function within<T>(promise: Promise<T>, limit: WaitLimit): Promise<T> {
  const { signal } = limit;
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      cancelTimer();
      signal?.removeEventListener("abort", onAbort);
      act();
    };
    const onAbort = (): void => settle(() => reject(signal?.reason as Error));
    const cancelTimer = limit.clock.schedule(Math.max(0, limit.timeoutMs), () =>
      settle(() => reject(limit.onTimeout())),
    );
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    promise.then(
      (value) => settle(() => resolve(value)),
      (error: unknown) => settle(() => reject(error)),
    );
  });
}
