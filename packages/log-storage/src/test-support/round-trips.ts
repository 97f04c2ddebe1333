import { sleep, systemClock } from "@streambed/kernel";
import type { ObjectStore } from "../ports/object-store.ts";

/** A store whose answers come in waves, to count how many waits depend on one another. */
export interface CountedStore extends ObjectStore {
  /** Runs `work` and answers its requests: all that are open at the same time in one round trip. */
  roundTripsOf<Result>(work: () => Promise<Result>): Promise<{ readonly result: Result; readonly roundTrips: number }>;
}

/** Holds every answer of `store` back until nothing else can go on. */
export function countedStore(store: ObjectStore): CountedStore {
  const clock = systemClock();
  let waiting: (() => void)[] = [];
  const held = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
    await new Promise<void>((release) => waiting.push(release));
    return ask();
  };
  return {
    description: store.description,
    get: (key, options) => held(() => store.get(key, options)),
    head: (key) => held(() => store.head(key)),
    put: (key, body, options) => held(() => store.put(key, body, options)),
    list: (options) => held(() => store.list(options)),
    delete: (keys) => held(() => store.delete(keys)),
    async roundTripsOf(work) {
      let done = false;
      const working = work().finally(() => {
        done = true;
      });
      working.catch(() => undefined);
      let roundTrips = 0;
      for (;;) {
        // All that can run without an answer does so before the next turn of the event loop.
        await sleep(clock, 0);
        if (done) return { result: await working, roundTrips };
        if (waiting.length > 0) roundTrips++;
        const released = waiting;
        waiting = [];
        for (const release of released) release();
      }
    },
  };
}
