/** The members of R2's objects that the store uses. */
export interface R2ObjectLike {
  readonly key: string;
  readonly size: number;
  /** The etag in quotes, as headers have it. */
  readonly httpEtag: string;
  readonly uploaded: Date;
}

/** An object with its bytes. */
export interface R2BodyLike extends R2ObjectLike {
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** A page of R2's list. */
export interface R2ObjectsLike {
  readonly objects: readonly R2ObjectLike[];
  readonly truncated: boolean;
}

/** What the store uses of a bucket binding. Cloudflare's `R2Bucket` fits, and anything else of this shape. */
export interface R2BucketLike {
  get(key: string, options?: { range?: { offset: number; length: number } }): Promise<R2BodyLike | null>;
  head(key: string): Promise<R2ObjectLike | null>;
  put(key: string, value: Uint8Array, options?: { onlyIf?: Headers }): Promise<R2ObjectLike | null>;
  list(options: { prefix?: string; startAfter?: string; limit?: number }): Promise<R2ObjectsLike>;
  delete(keys: string[]): Promise<void>;
}
