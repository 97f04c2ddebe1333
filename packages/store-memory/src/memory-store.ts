import { concatBytes, StreambedError, systemClock, type Clock } from "@streambed/kernel";
import type {
  GetOptions,
  GetResult,
  HeadResult,
  ListOptions,
  ListPage,
  ObjectStore,
  PutCondition,
  PutOptions,
  PutResult,
} from "@streambed/log-storage";
import { KEYS_PER_DELETE_MAX, KEYS_PER_LIST_MAX } from "./limits.ts";
import { SortedKeys } from "./sorted-keys.ts";

/** One object of a {@link MemorySnapshot}. Its bytes are never changed. */
export interface MemoryObject {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly etag: string;
  readonly modifiedMs: number;
}

/** Everything a memory store held at one moment. */
export interface MemorySnapshot {
  readonly objects: readonly MemoryObject[];
  /** How many writes there were, so that a restored store never gives an old etag to a new object. */
  readonly writes: number;
}

/** Options of {@link memoryStore}. */
export interface MemoryStoreOptions {
  /** The store's own time. Default: the machine's. */
  readonly clock?: Clock;
  /** Start with these objects instead of empty. */
  readonly from?: MemorySnapshot;
}

/** An object store that lives and dies with its process. */
export interface MemoryStore extends ObjectStore {
  /** What is stored now; later writes do not change it. */
  snapshot(): MemorySnapshot;
}

/**
 * An `ObjectStore` in memory, with the semantics of a bucket: conditions are decided atomically, reads see the last
 * write, bytes are copied in and out so that neither side can change what the other holds.
 */
export function memoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  const clock = options.clock ?? systemClock();
  const objects = new Map<string, MemoryObject>((options.from?.objects ?? []).map((object) => [object.key, object]));
  const keys = new SortedKeys(objects.keys());
  let writes = options.from?.writes ?? 0;

  const write = (key: string, body: readonly Uint8Array[]): MemoryObject => {
    writes += 1;
    if (!objects.has(key)) keys.add(key);
    const object = { key, bytes: concatBytes(body).slice(), etag: `"${writes}"`, modifiedMs: clock.now() };
    objects.set(key, object);
    return object;
  };

  return {
    description: "memory",
    async get(key: string, { range, signal }: GetOptions = {}): Promise<GetResult> {
      signal?.throwIfAborted();
      const storeTimeMs = clock.now();
      const object = objects.get(key);
      if (object === undefined) return { found: false, storeTimeMs };
      const { bytes, etag } = object;
      const part = range === undefined ? bytes.slice() : bytes.slice(range.offset, range.offset + range.length);
      return { found: true, bytes: part, size: bytes.length, etag, storeTimeMs };
    },
    async head(key: string): Promise<HeadResult> {
      const storeTimeMs = clock.now();
      const object = objects.get(key);
      if (object === undefined) return { found: false, storeTimeMs };
      return { found: true, size: object.bytes.length, etag: object.etag, storeTimeMs };
    },
    async put(key: string, body: readonly Uint8Array[], { condition, signal }: PutOptions = {}): Promise<PutResult> {
      signal?.throwIfAborted();
      if (!holds(condition, objects.get(key))) return { outcome: "conflict", storeTimeMs: clock.now() };
      const object = write(key, body);
      return { outcome: "written", etag: object.etag, storeTimeMs: object.modifiedMs };
    },
    async list({ prefix, after, limit }: ListOptions): Promise<ListPage> {
      const count = Math.min(limit ?? KEYS_PER_LIST_MAX, KEYS_PER_LIST_MAX);
      const { found, more } = keys.page({ prefix, after: after ?? "", count });
      const page = found.flatMap((key) => infoOf(objects.get(key)));
      const last = found.at(-1);
      return { objects: page, ...(more && last !== undefined ? { next: last } : {}), storeTimeMs: clock.now() };
    },
    async delete(targets: readonly string[]): Promise<{ readonly storeTimeMs: number }> {
      if (targets.length > KEYS_PER_DELETE_MAX) throw tooManyKeys(targets.length);
      keys.remove(targets.filter((key) => objects.delete(key)));
      return { storeTimeMs: clock.now() };
    },
    snapshot: () => ({ objects: [...objects.values()], writes }),
  };
}

function holds(condition: PutCondition | undefined, present: MemoryObject | undefined): boolean {
  if (condition === undefined) return true;
  return condition.kind === "absent" ? present === undefined : present?.etag === condition.etag;
}

function infoOf(object: MemoryObject | undefined): ListPage["objects"] {
  return object === undefined ? [] : [{ key: object.key, size: object.bytes.length, modifiedMs: object.modifiedMs }];
}

function tooManyKeys(count: number): StreambedError {
  return new StreambedError({
    kind: "invalid",
    code: "STORE_TOO_MANY_KEYS",
    message: `One delete takes at most ${KEYS_PER_DELETE_MAX} keys, not ${count}; send several.`,
  });
}
