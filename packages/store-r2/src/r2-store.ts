import { concatBytes, StreambedError, systemClock, type Clock } from "@streambed/kernel";
import type {
  GetOptions,
  ListOptions,
  ListPage,
  ObjectStore,
  PutCondition,
  PutOptions,
  PutResult,
} from "@streambed/log-storage";
import { KEYS_PER_DELETE_MAX, KEYS_PER_LIST_MAX } from "./limits.ts";
import type { R2BucketLike } from "./r2-bucket-like.ts";
import { r2Error } from "./r2-errors.ts";

/** Options of {@link r2Store}. */
export interface R2StoreOptions {
  /** The binding: `env.BUCKET`. */
  readonly bucket: R2BucketLike;
  /** Put before every key, with a slash between. Default: none. */
  readonly prefix?: string;
  /**
   * Time of answers that carry none. Default: the platform's, which on Workers is the time of the last I/O, so that it
   * cannot lag behind the answer it is read after.
   */
  readonly clock?: Clock;
}

/**
 * An `ObjectStore` on a bucket binding of Cloudflare. The store's time of a write is R2's `uploaded`; other answers of
 * R2 carry no time, so theirs is the platform's.
 *
 * Errors: `STORE_THROTTLED` (also for more than one write a second to one key), `STORE_INTERNAL_ERROR`, `STORE_TIMEOUT`,
 * `STORE_UNAVAILABLE`, `STORE_ACCESS_DENIED`, `BUCKET_NOT_FOUND`, `STORE_TOO_MANY_KEYS`.
 */
export function r2Store({ bucket, prefix: folder = "", clock = systemClock() }: R2StoreOptions): ObjectStore {
  const root = folder === "" ? "" : `${folder.replace(/\/+$/, "")}/`;

  const head = async (key: string) => {
    const object = await orError(bucket.head(root + key));
    const storeTimeMs = clock.now();
    if (object === null) return { found: false, storeTimeMs } as const;
    return { found: true, size: object.size, etag: object.httpEtag, storeTimeMs } as const;
  };
  const headWithoutBytes = async (key: string) => {
    const answer = await head(key);
    return answer.found ? { ...answer, bytes: new Uint8Array(0) } : answer;
  };

  return {
    description: `R2 bucket${root === "" ? "" : `, below ${root}`}`,
    head,
    async get(key: string, { range, signal }: GetOptions = {}) {
      signal?.throwIfAborted();
      if (range?.length === 0) return headWithoutBytes(key);
      try {
        const object = await bucket.get(root + key, range === undefined ? {} : { range });
        if (object === null) return { found: false, storeTimeMs: clock.now() };
        const bytes = new Uint8Array(await object.arrayBuffer());
        return { found: true, bytes, size: object.size, etag: object.httpEtag, storeTimeMs: clock.now() };
      } catch (error) {
        // A range behind the end is an error whose number differs between R2 and its local stand-in.
        const whole = range === undefined ? undefined : await headWithoutBytes(key);
        if (whole?.found === true && range !== undefined && range.offset >= whole.size) return whole;
        throw r2Error(error);
      }
    },
    async put(key: string, body: readonly Uint8Array[], { condition, signal }: PutOptions = {}): Promise<PutResult> {
      signal?.throwIfAborted();
      const object = await orError(bucket.put(root + key, concatBytes(body), conditionOf(condition)));
      // R2 reports a condition that did not hold as null, not as an error.
      if (object === null) return { outcome: "conflict", storeTimeMs: clock.now() };
      return { outcome: "written", etag: object.httpEtag, storeTimeMs: object.uploaded.getTime() };
    },
    async list({ prefix, after, limit = KEYS_PER_LIST_MAX }: ListOptions): Promise<ListPage> {
      const startAfter = after === undefined ? {} : { startAfter: root + after };
      const count = Math.min(limit, KEYS_PER_LIST_MAX);
      const page = await orError(bucket.list({ prefix: root + prefix, limit: count, ...startAfter }));
      const storeTimeMs = clock.now();
      const objects = page.objects.map(({ key, size, uploaded }) => {
        return { key: key.slice(root.length), size, modifiedMs: uploaded.getTime() };
      });
      const last = objects.at(-1);
      return page.truncated && last !== undefined ? { objects, next: last.key, storeTimeMs } : { objects, storeTimeMs };
    },
    async delete(keys: readonly string[]) {
      if (keys.length > KEYS_PER_DELETE_MAX) throw tooManyKeys(keys.length);
      if (keys.length > 0) await orError(bucket.delete(keys.map((key) => root + key)));
      return { storeTimeMs: clock.now() };
    },
  };
}

async function orError<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    throw r2Error(error);
  }
}

/** Conditions go as headers: the binding's own form took `*` for an etag of that name in some releases. */
function conditionOf(condition: PutCondition | undefined): { onlyIf?: Headers } {
  if (condition === undefined) return {};
  if (condition.kind === "absent") return { onlyIf: new Headers({ "If-None-Match": "*" }) };
  return { onlyIf: new Headers({ "If-Match": condition.etag }) };
}

function tooManyKeys(count: number): StreambedError {
  const message = `One delete takes at most ${KEYS_PER_DELETE_MAX} keys, not ${count}; send several.`;
  return new StreambedError({ kind: "invalid", code: "STORE_TOO_MANY_KEYS", message });
}
