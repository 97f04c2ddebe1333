import type { Clock, Meter, Random } from "@streambed/kernel";
import { type ObjectStore, openCluster, probeConformance } from "@streambed/log-storage";
import { meteredStore } from "@streambed/metrics";
import type { StoreLocation } from "./store-location.ts";
import { type DurabilityLost, watchDurability } from "./watch-durability.ts";

/** A bucket that may be written to. */
export interface OpenBucket extends AsyncDisposable {
  readonly store: ObjectStore;
  readonly clusterId: string;
}

/** What opening a bucket needs. */
export interface BucketParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly meter: Meter;
  /** Told when the process must end, because nobody knows any more what is durable. */
  readonly onDurabilityLost: DurabilityLost;
}

/**
 * Opens the place where data is kept. A bucket nobody has used yet is probed first: one that ignores conditions is
 * refused before anything depends on it.
 */
export async function openBucket(location: StoreLocation, parts: BucketParts): Promise<OpenBucket> {
  const adapter = await openStore(location, parts);
  const store = meteredStore(watchDurability(adapter, parts.onDurabilityLost), parts);
  try {
    const { found } = await store.head("cluster.json");
    if (!found) await probeConformance(store, parts);
    const { clusterId } = await openCluster(store, parts.random);
    return { store, clusterId, [Symbol.asyncDispose]: () => dispose(adapter) };
  } catch (thrown) {
    await dispose(adapter);
    throw thrown;
  }
}

/** Adapters are loaded when they are used: the S3 client alone would cost more than the rest of the start. */
async function openStore(location: StoreLocation, { clock, random }: BucketParts): Promise<ObjectStore> {
  switch (location.kind) {
    case "memory": {
      const { memoryStore } = await import("@streambed/store-memory");
      return memoryStore({ clock });
    }
    case "folder": {
      const { folderStore } = await import("@streambed/store-fs");
      return folderStore({ directory: location.path, clock, random });
    }
    case "s3": {
      const { s3Store } = await import("@streambed/store-s3");
      const { bucket, prefix, endpoint } = location;
      return s3Store({ bucket, prefix, clock, ...(endpoint === null ? {} : { endpoint }) });
    }
  }
}

/** Some adapters keep files or connections open. */
async function dispose(store: ObjectStore & Partial<AsyncDisposable & Disposable>): Promise<void> {
  await store[Symbol.asyncDispose]?.();
  store[Symbol.dispose]?.();
}
