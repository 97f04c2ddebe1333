import type { Clock } from "@streambed/kernel";
import { StreambedError } from "@streambed/kernel";
import type { ObjectStore } from "@streambed/log-storage";

/** How long a store may leave a request without an answer before it counts as out of reach, milliseconds. */
const ANSWER_MS_MAX = 4_000;
/** What a slow line may carry in a millisecond: a large body has so much longer. */
const BYTES_PER_MS_MIN = 1_000;
/** How often a store that is out of reach is tried, milliseconds. */
const PROBE_EVERY_MS = 1_000;
/** Exists in every bucket that is in use. */
const PROBE_KEY = "cluster.json";

/** A store, and whether it answers. */
export interface StoreHealth {
  readonly store: ObjectStore;
  /** False when a request is overdue, or all have failed for some time, and none has succeeded since. */
  isHealthy(): boolean;
}

/** Watches a store by its traffic. A store at rest is healthy; one in trouble is tried until it answers. */
export function watchHealth(store: ObjectStore, clock: Clock): StoreHealth {
  const due: Set<{ readonly atMs: number }> = new Set();
  let answeredMs = clock.elapsed();
  let failingSinceMs: number | undefined;
  let probedMs = -Infinity;

  const watched = async <T>(bytes: number, work: Promise<T>): Promise<T> => {
    const startedMs = clock.elapsed();
    const overdue = { atMs: startedMs + ANSWER_MS_MAX + bytes / BYTES_PER_MS_MIN };
    due.add(overdue);
    try {
      const answer = await work;
      answeredMs = clock.elapsed();
      failingSinceMs = undefined;
      return answer;
    } catch (error) {
      // Other errors are answers, too.
      if (error instanceof StreambedError && error.kind === "unavailable") failingSinceMs ??= startedMs;
      else answeredMs = clock.elapsed();
      throw error;
    } finally {
      due.delete(overdue);
    }
  };
  const watchedStore: ObjectStore = {
    description: store.description,
    get: (key, options) => watched(0, store.get(key, options)),
    head: (key) => watched(0, store.head(key)),
    put: (key, body, options) => watched(sizeOf(body), store.put(key, body, options)),
    list: (options) => watched(0, store.list(options)),
    delete: (keys) => watched(0, store.delete(keys)),
  };
  const isHealthy = (): boolean => {
    const nowMs = clock.elapsed();
    if (nowMs - answeredMs < ANSWER_MS_MAX) return true;
    const isFailing = failingSinceMs !== undefined && nowMs - failingSinceMs >= ANSWER_MS_MAX;
    const isOverdue = [...due].some(({ atMs }) => atMs <= nowMs);
    if (failingSinceMs !== undefined && due.size === 0 && nowMs - probedMs >= PROBE_EVERY_MS) {
      probedMs = nowMs;
      // Its outcome is what was watched.
      watchedStore.head(PROBE_KEY).catch(() => undefined);
    }
    return !isFailing && !isOverdue;
  };
  return { store: watchedStore, isHealthy };
}

function sizeOf(body: readonly Uint8Array[]): number {
  return body.reduce((bytes, chunk) => bytes + chunk.length, 0);
}
