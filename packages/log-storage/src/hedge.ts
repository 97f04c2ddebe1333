import type { Clock } from "@streambed/kernel";
import { STALLED_MS } from "./limits.ts";
import { isAmbiguous } from "./retry.ts";

/** When a second attempt starts beside the first. */
export interface HedgeOptions {
  readonly clock: Clock;
  readonly delayMs: number;
  /** Asked when it is time, with how long the answer has been waited for; asked again, ever later, after a no. */
  readonly mayHedge: (waitedMs: number) => boolean;
}

/** Attempts at the same time. */
const ATTEMPTS_AT_ONCE = 2;

/**
 * Starts the same attempt again when the first has not answered after `delayMs`; the first answer wins and the other
 * attempt is aborted. When the second fails while the first still hangs, there is another one, after ever longer waits up to
 * seconds: a request that got lost must not hold everybody up until it times out. An error counts only when no attempt
 * is left: of several one that leaves the outcome open.
 */
export function hedged<Answer>(
  attempt: (signal: AbortSignal) => Promise<Answer>,
  { clock, delayMs, mayHedge }: HedgeOptions,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const others = new AbortController();
    const startedMs = clock.elapsed();
    let cancel = (): void => undefined;
    let running = 0;
    let failure: unknown;
    const start = (): void => {
      running++;
      attempt(others.signal).then(
        (answer) => {
          cancel();
          resolve(answer);
          others.abort(new Error("another attempt was answered first"));
        },
        (error: unknown) => {
          if (failure === undefined || isAmbiguous(error)) failure = error;
          running--;
          if (running > 0) return;
          cancel();
          reject(failure);
        },
      );
    };
    const arm = (waitMs: number): void => {
      cancel = clock.schedule(waitMs, () => {
        if (running < ATTEMPTS_AT_ONCE && mayHedge(clock.elapsed() - startedMs)) start();
        arm(Math.min(waitMs * 2, Math.max(delayMs, STALLED_MS)));
      });
    };
    start();
    arm(delayMs);
  });
}
