import type { ObjectInfo, ObjectStore } from "../ports/object-store.ts";

/** Keys that one delete may name. */
const KEYS_PER_DELETE = 1_000;

/** All objects under a prefix, page by page. */
export async function listAll(store: ObjectStore, prefix: string): Promise<ObjectInfo[]> {
  const found: ObjectInfo[] = [];
  let after: string | undefined;
  do {
    const page = await store.list({ prefix, ...(after === undefined ? {} : { after }) });
    found.push(...page.objects);
    after = page.next;
  } while (after !== undefined);
  return found;
}

/** Deletes any number of objects. */
export async function deleteAll(store: ObjectStore, keys: readonly string[]): Promise<void> {
  for (let at = 0; at < keys.length; at += KEYS_PER_DELETE) await store.delete(keys.slice(at, at + KEYS_PER_DELETE));
}
