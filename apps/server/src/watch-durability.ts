import { hasCode, type StreambedError } from "@streambed/kernel";
import type { ObjectStore } from "@streambed/log-storage";

/** Told once when nobody can say any more what is durable. */
export type DurabilityLost = (error: StreambedError) => void;

/**
 * The same store, watched for `STORE_FSYNC_FAILED`. After a failed fsync the system may already have thrown the bytes
 * away while it shows them to readers, so neither a retry nor a read tells the truth; only a new process that reads
 * the disk again does.
 */
export function watchDurability(store: ObjectStore, onLost: DurabilityLost): ObjectStore {
  const watched = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (thrown) {
      if (hasCode(thrown, "STORE_FSYNC_FAILED")) onLost(thrown);
      throw thrown;
    }
  };
  return {
    description: store.description,
    get: (key, options) => store.get(key, options),
    head: (key) => store.head(key),
    put: (key, body, options) => watched(store.put(key, body, options)),
    list: (options) => store.list(options),
    delete: (keys) => watched(store.delete(keys)),
  };
}
