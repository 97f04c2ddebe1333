import type { Clock } from "@streambed/kernel";
import { isAmbiguous } from "./retry.ts";

/** When a second attempt starts beside the first. */
export interface HedgeOptions {
  readonly clock: Clock;
  readonly delayMs: number;
  /** Asked when it is time; it is too late for it otherwise. */
  readonly mayHedge: () => boolean;
}

/**
 * Starts the same attempt again when the first has not answered after `delayMs`; the first answer wins and the other
 * attempt is aborted. An error counts only when no attempt is left: of two the one that leaves the outcome open.
 */
export function hedged<Answer>(
  attempt: (signal: AbortSignal) => Promise<Answer>,
  { clock, delayMs, mayHedge }: HedgeOptions,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const others = new AbortController();
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
    const cancel = clock.schedule(delayMs, () => {
      if (mayHedge()) start();
    });
    start();
  });
}
