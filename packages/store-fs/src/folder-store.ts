import { resolve } from "node:path";
import { StreambedError, systemClock, systemRandom, type Clock, type Random } from "@streambed/kernel";
import type { GetOptions, ListOptions, ObjectInfo, ObjectStore, PutOptions } from "@streambed/log-storage";
import { directIo } from "./direct-io.ts";
import { MISSING, unless, type FileIo } from "./file-io.ts";
import { folderError } from "./folder-errors.ts";
import { versionOf } from "./file-version.ts";
import { inParallel } from "./in-parallel.ts";
import { KeyLister, type ListedKey } from "./key-lister.ts";
import { KEYS_PER_DELETE_MAX, KEYS_PER_LIST_MAX, PARALLEL_OPERATIONS_MAX } from "./limits.ts";
import { ObjectFiles } from "./object-files.ts";
import { onceDone } from "./once-done.ts";

/** Options of {@link folderStore}. */
export interface FolderStoreOptions {
  /** Where the objects go. Created, with the folders above it, at the first put. */
  readonly directory: string;
  /** The store's own time. Default: the machine's. */
  readonly clock?: Clock;
  /** For names of temporary files. Default: the platform's. */
  readonly random?: Random;
  /** The file system. Default: Node's, with cheap calls made at once. */
  readonly io?: FileIo;
}

/** An object store in a folder. Dispose of it to close the files it keeps open. */
export interface FolderStore extends ObjectStore, AsyncDisposable {
  /** Does at once what the first put would do: a server should know at its start that it may write. */
  prepare(): Promise<void>;
}

/**
 * An `ObjectStore` in a folder of a local file system. Every put that is answered has been fsynced, file and directory.
 * Several processes may use one folder; conditions hold between them. The first put creates the folder and removes
 * temporary files of processes that ended in the middle of a put; whoever only reads needs no permission to write.
 *
 * Errors: `STORE_FULL`, `STORE_READ_ONLY`, `STORE_FSYNC_FAILED`, `STORE_KEY_INVALID`, `STORE_FOLDER_INVALID`,
 * `BUCKET_NOT_FOUND` (the folder disappeared), `STORE_UNAVAILABLE`, `STORE_BUSY`.
 */
export function folderStore(options: FolderStoreOptions): FolderStore {
  const { io = directIo, clock = systemClock(), random = systemRandom() } = options;
  const root = resolve(options.directory);
  const description = `folder ${options.directory}`;
  const files = new ObjectFiles({ io, root, clock, random });
  const lister = new KeyLister(io, root);
  const look = onceDone(() => files.look());
  const answer = async <Answer extends object>(work: () => Promise<Answer>, signal?: AbortSignal) => {
    signal?.throwIfAborted();
    try {
      await look();
      return { ...(await work()), storeTimeMs: clock.now() };
    } catch (error) {
      throw folderError(error, description);
    }
  };

  return {
    description,
    get: (key: string, { range, signal }: GetOptions = {}) =>
      answer(async () => {
        const content = await files.read(key, range);
        if (content === undefined) return { found: false } as const;
        const { bytes, version } = content;
        return { found: true, bytes, size: version.size, etag: version.etag } as const;
      }, signal),
    head: (key: string) =>
      answer(async () => {
        const version = await files.version(key);
        if (version === undefined) return { found: false } as const;
        return { found: true, size: version.size, etag: version.etag } as const;
      }),
    put: (key: string, body: readonly Uint8Array[], { condition, signal }: PutOptions = {}) =>
      answer(async () => {
        const version = await files.put(key, body, { condition, signal });
        if (version === undefined) return { outcome: "conflict" } as const;
        return { outcome: "written", etag: version.etag } as const;
      }, signal),
    list: ({ prefix, after = "", limit = KEYS_PER_LIST_MAX }: ListOptions) =>
      answer(async () => {
        const count = Math.min(limit, KEYS_PER_LIST_MAX);
        // One more than asked for tells whether there is a next page.
        const keys = await lister.first(count + 1, { prefix, after });
        const page = keys.slice(0, count);
        const infos = await inParallel(PARALLEL_OPERATIONS_MAX, page, (listed) => infoOf(io, listed));
        const last = keys.length > count ? page.at(-1) : undefined;
        const objects = infos.filter((info) => info !== undefined);
        return last === undefined ? { objects } : { objects, next: last.key };
      }),
    delete: (keys: readonly string[]) =>
      answer(async () => {
        if (keys.length > KEYS_PER_DELETE_MAX) throw tooManyKeys(keys.length);
        const touched = await inParallel(PARALLEL_OPERATIONS_MAX, keys, (key) => files.unlink(key));
        const directories = new Set(touched.filter((directory) => directory !== undefined));
        for (const directory of directories) await files.tidy(directory);
        return {};
      }),
    prepare: async () => {
      await answer(async () => {
        await files.prepare();
        return {};
      });
    },
    [Symbol.asyncDispose]: () => files.close(),
  };
}

async function infoOf(io: FileIo, { key, path }: ListedKey): Promise<ObjectInfo | undefined> {
  // Deleted since its directory was read.
  const stats = await unless(MISSING, io.stat(path, { bigint: true }));
  if (stats === undefined) return undefined;
  const { size, modifiedMs } = versionOf(stats);
  return { key, size, modifiedMs };
}

function tooManyKeys(count: number): StreambedError {
  const message = `One delete takes at most ${KEYS_PER_DELETE_MAX} keys, not ${count}; send several.`;
  return new StreambedError({ kind: "invalid", code: "STORE_TOO_MANY_KEYS", message });
}
