/** When a put may take effect. Without one it overwrites. */
export type PutCondition =
  /** Only if no object has this key (`If-None-Match: *`). */
  | { readonly kind: "absent" }
  /** Only if the object's etag is still this one (`If-Match`). */
  | { readonly kind: "etag"; readonly etag: string };

/** Options of {@link ObjectStore.get}. */
export interface GetOptions {
  /** Bytes `offset` to `offset + length - 1`; a range past the end is cut, like HTTP does. */
  readonly range?: { readonly offset: number; readonly length: number };
  readonly signal?: AbortSignal;
}

/** Options of {@link ObjectStore.put}. */
export interface PutOptions {
  readonly condition?: PutCondition;
  readonly signal?: AbortSignal;
}

/** What a store knows about an object. */
export interface ObjectInfo {
  readonly key: string;
  /** Whole size, bytes. */
  readonly size: number;
  /** The store's own time of the last write, milliseconds. */
  readonly modifiedMs: number;
}

/** Answer of get and head. `storeTimeMs` is the store's own clock at the answer. */
export type GetResult =
  | {
      readonly found: true;
      readonly bytes: Uint8Array;
      readonly size: number;
      readonly etag: string;
      readonly storeTimeMs: number;
    }
  | { readonly found: false; readonly storeTimeMs: number };

/** Answer of a head: as {@link GetResult}, without bytes. */
export type HeadResult =
  | { readonly found: true; readonly size: number; readonly etag: string; readonly storeTimeMs: number }
  | { readonly found: false; readonly storeTimeMs: number };

/** Answer of a put. `conflict` means: the condition did not hold, nothing was written by this call. */
export type PutResult =
  | { readonly outcome: "written"; readonly etag: string; readonly storeTimeMs: number }
  | { readonly outcome: "conflict"; readonly storeTimeMs: number };

/** One page of keys in ascending byte order. `next` is the `after` of the following page. */
export interface ListPage {
  readonly objects: readonly ObjectInfo[];
  readonly next?: string;
  readonly storeTimeMs: number;
}

/** Arguments of {@link ObjectStore.list}. */
export interface ListOptions {
  readonly prefix: string;
  /** Only keys greater than this one. */
  readonly after?: string;
  /** At most this many (default and maximum 1,000). */
  readonly limit?: number;
}

/**
 * A bucket. Five verbs; each answer carries the store's own time, because no local clock is trusted.
 *
 * Keys are 1 to 1,024 characters of printable ASCII, without `.` or `..` between slashes; a store may refuse others with
 * `STORE_KEY_INVALID`. An aborted signal rejects with its reason; a put that had started may still take effect.
 *
 * Errors are `StreambedError`s: kind `unavailable` with code `STORE_UNAVAILABLE`, `STORE_TIMEOUT`, `STORE_THROTTLED`,
 * `STORE_INTERNAL_ERROR` (its own fault, S3's 500) or `STORE_BUSY` (S3's 409) may or may not have taken effect and may be sent again with the same bytes;
 * kind `denied` (`STORE_ACCESS_DENIED`, `STORE_READ_ONLY`), `not-found` (`BUCKET_NOT_FOUND`), `limit` (`STORE_FULL`)
 * and `invalid` did certainly not take effect. `STORE_FSYNC_FAILED` (kind `internal`) means durability is unknown: the
 * process must end. Adapters never retry by themselves.
 */
export interface ObjectStore {
  /** For messages: `memory`, `folder ./data`, `s3://bucket/prefix`. Holds no secret. */
  readonly description: string;
  /** The bytes belong to the caller, who may change them. */
  get(key: string, options?: GetOptions): Promise<GetResult>;
  head(key: string): Promise<HeadResult>;
  /**
   * Durable once it resolves. The body is written as the concatenation of its chunks; once it resolves the caller may
   * change them, so a store that keeps them in memory copies.
   */
  put(key: string, body: readonly Uint8Array[], options?: PutOptions): Promise<PutResult>;
  list(options: ListOptions): Promise<ListPage>;
  /** Missing keys are not an error. At most 1,000 keys a call. */
  delete(keys: readonly string[]): Promise<{ readonly storeTimeMs: number }>;
}
