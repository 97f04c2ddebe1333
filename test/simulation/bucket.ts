import type { ListOptions, ListPage, ObjectInfo, PutCondition, PutResult } from "@streambed/log-storage";
import { START_MS } from "./machine.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** An object as the bucket holds it. */
export interface StoredObject {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly etag: string;
  readonly modifiedMs: number;
}

/** How this bucket behaves. */
export interface BucketSettings {
  /** The store's time is cut to this, milliseconds; a Date header has seconds. */
  readonly timeGranularityMs: number;
  /** Keys in one page of a list, at most. */
  readonly listPageKeys: number;
  /** Accepts `If-None-Match` and ignores it, as some look-alikes do. */
  readonly ignoresConditions?: boolean;
  /** Lists in no particular order, as S3 Express does. */
  readonly listsUnsorted?: boolean;
}

/** Where the entries of the only shard are. */
export const LOG_PREFIX = "log/0/";

/** What an observer may want to know. */
export interface BucketObserver {
  written(object: StoredObject, before: StoredObject | undefined): void;
  deleted(object: StoredObject): void;
}

/** The bucket itself: decides conditions at the moment a request arrives, and has a time of its own. */
export class Bucket {
  readonly objects: Map<string, StoredObject> = new Map();
  readonly settings: BucketSettings;
  /** Number of the newest entry that ever was; -1 before the first. */
  newestEntry: number = -1;
  observer: BucketObserver = { written: () => undefined, deleted: () => undefined };
  readonly #time: VirtualTime;
  #sorted: string[] | undefined;
  #writes = 0;

  constructor(settings: BucketSettings, time: VirtualTime) {
    this.settings = settings;
    this.#time = time;
  }

  get timeMs(): number {
    const { timeGranularityMs } = this.settings;
    return Math.floor((START_MS + this.#time.nowMs) / timeGranularityMs) * timeGranularityMs;
  }

  put(key: string, bytes: Uint8Array, condition: PutCondition | undefined): PutResult {
    const present = this.objects.get(key);
    if (!this.settings.ignoresConditions && !holds(condition, present))
      return { outcome: "conflict", storeTimeMs: this.timeMs };
    const object = { key, bytes, etag: `"${++this.#writes}"`, modifiedMs: this.timeMs };
    this.objects.set(key, object);
    if (present === undefined) this.#sorted = undefined;
    if (key.startsWith(LOG_PREFIX)) this.newestEntry = Math.max(this.newestEntry, entryNumber(key));
    this.observer.written(object, present);
    return { outcome: "written", etag: object.etag, storeTimeMs: object.modifiedMs };
  }

  list({ prefix, after = "", limit = 1_000 }: ListOptions): ListPage {
    this.#sorted ??= [...this.objects.keys()].sort();
    const matching = this.#sorted.filter((key) => key > after && key.startsWith(prefix));
    const found = matching.slice(0, Math.min(limit, this.settings.listPageKeys));
    const last = found.at(-1);
    const objects = found.flatMap((key) => infoOf(this.objects.get(key)));
    if (this.settings.listsUnsorted) objects.reverse();
    const next = matching.length > found.length && last !== undefined ? { next: last } : {};
    return { objects, ...next, storeTimeMs: this.timeMs };
  }

  delete(keys: readonly string[]): { readonly storeTimeMs: number } {
    for (const key of keys) {
      const object = this.objects.get(key);
      if (object === undefined) continue;
      this.objects.delete(key);
      this.#sorted = undefined;
      this.observer.deleted(object);
    }
    return { storeTimeMs: this.timeMs };
  }
}

/** The number in the key of an entry. */
export function entryNumber(key: string): number {
  return Number.parseInt(key.slice(LOG_PREFIX.length), 16);
}

function holds(condition: PutCondition | undefined, present: StoredObject | undefined): boolean {
  if (condition === undefined) return true;
  return condition.kind === "absent" ? present === undefined : present?.etag === condition.etag;
}

function infoOf(object: StoredObject | undefined): ObjectInfo[] {
  return object === undefined ? [] : [{ key: object.key, size: object.bytes.length, modifiedMs: object.modifiedMs }];
}
