/** Time as an argument, so that a simulator can own it. */
export interface Clock {
  /** Wall clock, milliseconds since 1970. May jump; never used for ordering. */
  now(): number;
  /** Milliseconds from an arbitrary start; never goes back. For measuring waits. */
  elapsed(): number;
  /** Calls `run` once after `delayMs`. Returns a function that cancels it. */
  schedule(delayMs: number, run: () => void): () => void;
}

/** The longest wait that a platform's timer can have, milliseconds; longer ones end at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** The clock of the machine. Timers do not keep a Node process alive by themselves. */
export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    elapsed: () => performance.now(),
    schedule(delayMs, run) {
      let timer: unknown;
      const wait = (restMs: number): void => {
        timer =
          restMs > TIMER_MS_MAX ? setTimeout(() => wait(restMs - TIMER_MS_MAX), TIMER_MS_MAX) : setTimeout(run, restMs);
        // Node's timers are objects with unref(); browsers and workerd return numbers.
        if (typeof timer === "object" && timer !== null && "unref" in timer && typeof timer.unref === "function") {
          timer.unref();
        }
      };
      wait(delayMs);
      return () => clearTimeout(timer as ReturnType<typeof setTimeout>);
    },
  };
}

/** Resolves after `delayMs`, or rejects with the signal's reason when it aborts first. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason as Error);
    const onAbort = (): void => {
      cancel();
      reject(signal?.reason as Error);
    };
    const cancel = clock.schedule(delayMs, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
