import { sleep, type Clock } from "@streambed/kernel";
import type { ObjectStore } from "@streambed/log-storage";
import { interceptStore, type StoreCall } from "./intercept-store.ts";

/** Options of {@link slowStore}. */
export interface SlowStoreOptions {
  readonly clock: Clock;
  /** Delay of a call, milliseconds; half of it passes before the store executes the call, half after. */
  readonly delayMs: (call: StoreCall) => number;
}

/** A store that is as far away as you like. */
export function slowStore(store: ObjectStore, { clock, delayMs }: SlowStoreOptions): ObjectStore {
  return interceptStore(store, async (call, execute) => {
    const half = delayMs(call) / 2;
    await sleep(clock, half);
    const answer = await execute();
    await sleep(clock, half);
    return answer;
  });
}
