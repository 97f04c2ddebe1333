import { type Clock, hasCode, type Logger, messageOf, type Random, StreambedError } from "@streambed/kernel";
import { READ_PATIENCE_MS } from "./limits.ts";
import type { ObjectStore } from "./ports/object-store.ts";
import type { ReadSources } from "./read-hedge.ts";
import { Backoff } from "./retry.ts";

/** What only a store says that is there, has heard the request, and may do it the next time. */
const SAID_BY_A_STORE = ["STORE_THROTTLED", "STORE_INTERNAL_ERROR"];

/** What waiting takes. */
export interface PatienceParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/**
 * Sends reads again that fail in passing. A start reads hundreds of objects, and one 503 among them should not end it.
 * A store that has never answered may not exist, so there only what a store itself says is waited for: a wrong address is
 * told at once. After {@link READ_PATIENCE_MS} a failure counts.
 */
class Patience {
  readonly #parts: PatienceParts;
  #hasAnswered = false;

  constructor(parts: PatienceParts) {
    this.#parts = parts;
  }

  async read<Answer>(attempt: () => Promise<Answer>, signal?: AbortSignal): Promise<Answer> {
    const { clock, random, logger } = this.#parts;
    const beganMs = clock.elapsed();
    for (const backoff = new Backoff(clock, random); ;) {
      try {
        const answer = await attempt();
        this.#hasAnswered = true;
        return answer;
      } catch (error) {
        const isOver = signal?.aborted === true || clock.elapsed() - beganMs >= READ_PATIENCE_MS;
        if (isOver || !this.#mayPass(error)) throw error;
        logger.log("warn", "start-waits-for-store", { error: messageOf(error) });
        await backoff.pause(signal);
      }
    }
  }

  #mayPass(error: unknown): boolean {
    if (SAID_BY_A_STORE.some((code) => hasCode(error, code))) return true;
    return this.#hasAnswered && error instanceof StreambedError && error.kind === "unavailable";
  }
}

/** The same store for a start: reads that fail in passing are sent again. Writes go through as they are. */
export function patientReads(store: ObjectStore, parts: PatienceParts): ObjectStore {
  const patience = new Patience(parts);
  return {
    description: store.description,
    put: (key, body, options) => store.put(key, body, options),
    delete: (keys) => store.delete(keys),
    get: (key, options) => patience.read(() => store.get(key, options), options?.signal),
    head: (key) => patience.read(() => store.head(key)),
    list: (options) => patience.read(() => store.list(options)),
  };
}

/** The same places for one cold start. */
export function patientSources({ store, log }: ReadSources, parts: PatienceParts): ReadSources {
  const patience = new Patience(parts);
  return {
    store: {
      get: (key, options) => patience.read(() => store.get(key, options)),
      list: (options) => patience.read(() => store.list(options)),
    },
    log: {
      read: (seq, range) => patience.read(() => log.read(seq, range)),
      list: (after) => patience.read(() => log.list(after)),
    },
  };
}
