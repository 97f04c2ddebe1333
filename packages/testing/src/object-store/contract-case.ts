import { equalBytes, utf8 } from "@streambed/kernel";
import type { GetResult, ObjectStore, PutResult } from "@streambed/log-storage";

/**
 * One claim about every object store. It gets an empty store and throws when the claim does not hold. It knows no test
 * framework, so that it also runs inside workerd.
 */
export interface ContractCase {
  readonly name: string;
  run(store: ObjectStore): Promise<void>;
}

/** The condition of a create. */
export const absent = { condition: { kind: "absent" } } as const;

/** The condition of a swap. */
export function swap(etag: string): { readonly condition: { readonly kind: "etag"; readonly etag: string } } {
  return { condition: { kind: "etag", etag } };
}

/** Throws with the claim that failed. */
export function check(condition: boolean, claim: string): asserts condition {
  if (!condition) throw new Error(`The store broke its contract: ${claim}.`);
}

/** Throws unless both print the same. */
export function checkSame(actual: unknown, expected: unknown, what: string): void {
  const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  check(got === wanted, `${what} should be ${wanted}, not ${got}`);
}

/** The etag of a put that has to succeed. */
export function etagOf(result: PutResult): string {
  check(result.outcome === "written", "the put should have been written");
  check(result.etag !== "", "a written object has an etag");
  return result.etag;
}

/** Throws unless the object was found with exactly these bytes. */
export function checkBytes(result: GetResult, expected: Uint8Array): void {
  check(result.found, "the object should be there");
  const same = equalBytes(result.bytes, expected);
  check(same, `the object should have its ${expected.length} bytes, got ${result.bytes.length}`);
}

/** Keys of all pages under a prefix, in the order in which the store lists them. */
export async function keysOf(store: ObjectStore, prefix: string, limit?: number): Promise<readonly string[]> {
  const keys: string[] = [];
  let after: string | undefined;
  do {
    const cursor = after === undefined ? {} : { after };
    const page = await store.list({ prefix, ...cursor, ...(limit === undefined ? {} : { limit }) });
    keys.push(...page.objects.map(({ key }) => key));
    check(page.next === undefined || page.next !== after, "paging has to advance");
    after = page.next;
  } while (after !== undefined);
  return keys;
}

/** Bytes of a text, different for different texts. */
export const text: (value: string) => Uint8Array = utf8;

/** `count` bytes that do not repeat within a block, so that a shifted read shows. */
export function pattern(count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count; at++) bytes[at] = at * 31 + (at >>> 8);
  return bytes;
}

/** The outcomes of concurrent attempts: how many were written. */
export function winners(results: readonly PutResult[]): readonly number[] {
  return results.flatMap(({ outcome }, at) => (outcome === "written" ? [at] : []));
}
