import * as sync from "node:fs";
import * as fs from "node:fs/promises";
import { promisify } from "node:util";
import { errnoOf, type FileIo, type UnbufferedFile, type UnbufferedIo } from "./file-io.ts";
import { fsyncFailed } from "./folder-errors.ts";
import { hasOrderedJournal } from "./ordered-journal.ts";

const open = promisify(sync.open);
const fsync = promisify(sync.fsync);
const ftruncate = promisify(sync.ftruncate);
const write = promisify(sync.write);
const writev = promisify(sync.writev);
const read = promisify(sync.read);

/**
 * O_DIRECT; other systems have no such flag, or one that promises less. Files are made at once here: the long search for a
 * free inode is ext4's without a journal, where files are not written this way.
 */
const unbuffered: UnbufferedIo = {
  create: async (path) => {
    const { O_CREAT, O_DIRECT, O_EXCL, O_WRONLY } = sync.constants;
    return new DirectFile(sync.openSync(path, O_CREAT | O_EXCL | O_WRONLY | O_DIRECT, 0o666));
  },
  keepsOrder: (folder) => hasOrderedJournal(fs, folder),
};

/** O_DSYNC is one trip to the thread pool instead of two. Elsewhere it is missing, or stops at the disk's cache. */
async function createSynced(path: string): Promise<SyncedFile> {
  const { O_CREAT, O_DSYNC, O_EXCL, O_WRONLY } = sync.constants;
  return new SyncedFile(await open(path, O_CREAT | O_EXCL | O_WRONLY | O_DSYNC, 0o666), path);
}

/**
 * Node's file system with the calls that only touch names and inodes made at once. A put makes eight of them; handed to
 * the thread pool each costs the event loop more than the call itself takes. What waits for the disk (write, fsync,
 * read, listings) still goes to the pool, and so does making a file: finding a free inode takes the system a while, the
 * longer the more files were deleted lately.
 */
export const directIo: FileIo = {
  ...fs,
  open: async (path, flags) => new DirectFile(flags === "r" ? sync.openSync(path, flags) : await open(path, flags)),
  link: async (existing, path) => sync.linkSync(existing, path),
  unlink: async (path) => sync.unlinkSync(path),
  ...(process.platform === "linux" ? { unbuffered, createSynced } : {}),
};

/**
 * An open file by its number. The system gives a closed number to the next file that is opened, so closing waits for
 * the calls under way, and later ones fail like those on a closed handle.
 */
class DirectFile implements UnbufferedFile {
  readonly #fd: number;
  readonly #underWay = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(fd: number) {
    this.#fd = fd;
  }

  writev(chunks: readonly Uint8Array[]): Promise<{ readonly bytesWritten: number }> {
    return this.#track(() => writev(this.#fd, chunks));
  }

  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }> {
    return this.#track(() => write(this.#fd, bytes, offset, length, position));
  }

  /** In the pool: cutting a block in two reads it from the disk. */
  truncate(length: number): Promise<void> {
    return this.#track(() => ftruncate(this.#fd, length));
  }

  read(bytes: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }> {
    return this.#track(() => read(this.#fd, bytes, offset, length, position));
  }

  sync(): Promise<void> {
    return this.#track(() => fsync(this.#fd));
  }

  utimes(accessed: sync.TimeLike, modified: sync.TimeLike): Promise<void> {
    return this.#track(async () => sync.futimesSync(this.#fd, accessed, modified));
  }

  stat(): Promise<sync.BigIntStats> {
    return this.#track(async () => sync.fstatSync(this.#fd, { bigint: true }));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    sync.closeSync(this.#fd);
  }

  async #track<Value>(call: () => Promise<Value>): Promise<Value> {
    if (this.#closing !== undefined) throw Object.assign(new Error("EBADF: the file is closed"), { code: "EBADF" });
    const running = call();
    this.#underWay.add(running);
    try {
      return await running;
    } finally {
      this.#underWay.delete(running);
    }
  }
}

class SyncedFile extends DirectFile {
  readonly #path: string;

  constructor(fd: number, path: string) {
    super(fd);
    this.#path = path;
  }

  override async writev(chunks: readonly Uint8Array[]): Promise<{ readonly bytesWritten: number }> {
    try {
      return await super.writev(chunks);
    } catch (error) {
      throw errnoOf(error) === "EIO" ? fsyncFailed(error, this.#path) : error;
    }
  }

  override async sync(): Promise<void> {
    // Every write was.
  }
}
