import type { ObjectStore } from "@streambed/log-storage";
import { test } from "vitest";
import { objectStoreContract } from "./contract.ts";

/** Claims that an adapter does not fulfil, by name, with the reason that its README gives, too. */
export interface ContractSkip {
  readonly reason: string;
  readonly tests: readonly string[];
}

/** Options of {@link testObjectStore}. */
export interface TestObjectStoreOptions {
  readonly skip?: readonly ContractSkip[];
}

/**
 * Registers one test per claim of the contract. `make` gives an empty store; a disposable one is disposed of at the end
 * of its test. A skip that names no claim fails, so that skips cannot outlive what they skip.
 */
export function testObjectStore(
  make: () => ObjectStore | Promise<ObjectStore>,
  { skip = [] }: TestObjectStoreOptions = {},
): void {
  const reasons = new Map(skip.flatMap(({ reason, tests }) => tests.map((name) => [name, reason] as const)));
  for (const claim of objectStoreContract) {
    const { name } = claim;
    const reason = reasons.get(name);
    reasons.delete(name);
    test(name, async (context) => {
      if (reason !== undefined) return context.skip(reason);
      const store = await make();
      try {
        await claim.run(store);
      } finally {
        await dispose(store);
      }
    });
  }
  test("every skip names a claim", () => {
    if (reasons.size > 0) throw new Error(`These skips name no claim: ${[...reasons.keys()].join("; ")}`);
  });
}

async function dispose(store: ObjectStore & Partial<AsyncDisposable>): Promise<void> {
  await store[Symbol.asyncDispose]?.();
}
