import { StreambedError } from "@streambed/kernel";
import type { ObjectStore } from "@streambed/log-storage";
import { interceptStore, type StoreCall } from "./intercept-store.ts";

/**
 * What goes wrong with one call.
 *
 * - `request-lost`: the store never sees it; the caller gets `error`.
 * - `answer-lost`: the store executes it; the caller gets `error`.
 * - `request-late`: the store executes it when `until` resolves, and answers then.
 * - `answer-late`: the store executes it at once, the answer waits for `until`.
 * - `duplicate`: the store executes it twice, one after the other; the caller gets one of the two answers. `last` is
 *   what a hidden retry of a client does: the second create of a key answers conflict to the writer of the first.
 *
 * `error` is by default `STORE_TIMEOUT`, which says nothing about what happened.
 */
export type StoreFault =
  | { readonly kind: "request-lost" | "answer-lost"; readonly error?: Error }
  | { readonly kind: "request-late" | "answer-late"; readonly until: Promise<unknown> }
  | { readonly kind: "duplicate"; readonly answer: "first" | "last" };

/** Decides call by call; undefined lets the call through. */
export type FaultPlan = (call: StoreCall) => StoreFault | undefined;

/** A store that fails according to plan. */
export function failingStore(store: ObjectStore, plan: FaultPlan): ObjectStore {
  return interceptStore(store, async (call, execute) => {
    const fault = plan(call);
    switch (fault?.kind) {
      case undefined:
        return execute();
      case "request-lost":
        throw fault.error ?? timeout(call);
      case "answer-lost":
        await execute();
        throw fault.error ?? timeout(call);
      case "request-late":
        await fault.until;
        return execute();
      case "answer-late": {
        const answer = await execute();
        await fault.until;
        return answer;
      }
      case "duplicate": {
        const first = await execute();
        const last = await execute();
        return fault.answer === "first" ? first : last;
      }
    }
  });
}

/** A plan that gives its faults to the calls of one verb, in order, and then lets everything through. */
export function faultsInOrder(verb: StoreCall["verb"], faults: readonly (StoreFault | undefined)[]): FaultPlan {
  let next = 0;
  return (call) => (call.verb === verb ? faults[next++] : undefined);
}

function timeout({ verb, keys }: StoreCall): StreambedError {
  return new StreambedError({
    kind: "unavailable",
    code: "STORE_TIMEOUT",
    message: `No answer to ${verb} ${keys.join(", ")}; this store fails on purpose.`,
  });
}
