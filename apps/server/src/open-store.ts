import type { Clock, Random } from "@streambed/kernel";
import type { ObjectStore } from "@streambed/log-storage";
import { uncopiedBody } from "@streambed/runtime-node";
import type { StoreLocation } from "./store-location.ts";

/** Adapters are loaded when they are used: the S3 client alone would cost more than the rest of the start. */
export async function openStore(
  location: StoreLocation,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): Promise<ObjectStore> {
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
      return s3Store({ bucket, prefix, clock, toBody: uncopiedBody, ...(endpoint === null ? {} : { endpoint }) });
    }
  }
}

/** Some adapters have something to make and to clear up before they are written to; without that they are only read. */
export async function prepareStore(store: ObjectStore & { prepare?(): Promise<void> }): Promise<void> {
  await store.prepare?.();
}

/** Some adapters keep files or connections open. */
export async function closeStore(store: ObjectStore & Partial<AsyncDisposable & Disposable>): Promise<void> {
  await store[Symbol.asyncDispose]?.();
  store[Symbol.dispose]?.();
}
