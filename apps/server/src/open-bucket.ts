import type { Clock, Logger, Meter, Random } from "@streambed/kernel";
import {
  type ObjectStore,
  openCluster,
  patientReads,
  probeConformance,
  type ProbeResult,
} from "@streambed/log-storage";
import { meteredStore } from "@streambed/metrics";
import { closeStore, openStore, prepareStore } from "./open-store.ts";
import type { StoreLocation } from "./store-location.ts";
import { warnOfReadOnly } from "./warn-of-read-only.ts";
import { type DurabilityLost, watchDurability } from "./watch-durability.ts";

/** A bucket that may be written to. */
export interface OpenBucket extends AsyncDisposable {
  readonly store: ObjectStore;
  readonly clusterId: string;
  /** Shards of the cluster. */
  readonly shards: number;
}

/** What opening a bucket needs. */
export interface BucketParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly meter: Meter;
  readonly logger: Logger;
  /** Told when the process must end, because nobody knows any more what is durable. */
  readonly onDurabilityLost: DurabilityLost;
  /** Shards that a new cluster gets, and an existing one grows to; null: 1, or what it has. */
  readonly shards: number | null;
}

/**
 * Opens the place where data is kept. A bucket nobody has used yet is probed first: one that ignores conditions is
 * refused before anything depends on it.
 */
export async function openBucket(location: StoreLocation, parts: BucketParts): Promise<OpenBucket> {
  const adapter = await openStore(location, parts);
  const store = meteredStore(watchDurability(adapter, parts.onDurabilityLost), parts);
  try {
    await prepareStore(adapter);
    const probe = (): Promise<ProbeResult> => probeConformance(store, parts);
    const wish = { probe, shards: parts.shards ?? "any" } as const;
    const { clusterId, shards } = await openCluster(patientReads(store, parts), parts.random, wish);
    if (location.kind === "folder") await warnOfReadOnly(location.path, parts.logger);
    return { store, clusterId, shards, [Symbol.asyncDispose]: () => closeStore(adapter) };
  } catch (thrown) {
    await closeStore(adapter);
    throw thrown;
  }
}
