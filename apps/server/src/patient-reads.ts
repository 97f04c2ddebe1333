import { type Clock, hasCode, type Logger, messageOf, type Random, sleep, StreambedError } from "@streambed/kernel";
import type { ObjectStore } from "@streambed/log-storage";

/** Waits between two attempts, which double, and after which time a failure counts, milliseconds. */
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 2_000;
const PATIENCE_MS = 20_000;

/** A store whose reads are repeated while a server starts. */
export interface PatientReads {
  readonly store: ObjectStore;
  /** The server has started: from now on whoever reads is told at once, and decides what to do. */
  stop(): void;
}

/**
 * The same store, with reads that fail in passing sent again. A start reads hundreds of objects, and one 503 among them
 * should not end it. A store that has never answered may not exist, so there only a request to slow down is waited for:
 * a wrong address is told at once. Writes go through as they are; the log knows itself when to repeat one.
 */
export function patientReads(
  store: ObjectStore,
  { clock, random, logger }: { readonly clock: Clock; readonly random: Random; readonly logger: Logger },
): PatientReads {
  let isStarting = true;
  let hasAnswered = false;
  const mayPass = (error: unknown): boolean =>
    hasCode(error, "STORE_THROTTLED") ||
    (hasAnswered && error instanceof StreambedError && error.kind === "unavailable");
  const patiently = async <Answer>(read: () => Promise<Answer>, signal?: AbortSignal): Promise<Answer> => {
    const beganMs = clock.elapsed();
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      try {
        const answer = await read();
        hasAnswered = true;
        return answer;
      } catch (error) {
        const isOver = !isStarting || signal?.aborted === true || clock.elapsed() - beganMs >= PATIENCE_MS;
        if (isOver || !mayPass(error)) throw error;
        logger.log("warn", "start-waits-for-store", { error: messageOf(error) });
        await sleep(clock, waitMs * (0.5 + random.fraction() / 2), signal);
      }
    }
  };
  return {
    store: {
      ...store,
      get: (key, options) => patiently(() => store.get(key, options), options?.signal),
      head: (key) => patiently(() => store.head(key)),
      list: (options) => patiently(() => store.list(options)),
    },
    stop: () => void (isStarting = false),
  };
}
