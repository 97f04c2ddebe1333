import * as sync from "node:fs";
import * as fs from "node:fs/promises";
import { promisify } from "node:util";
import type { FileIo, OpenedFile } from "./file-io.ts";

const open = promisify(sync.open);
const fsync = promisify(sync.fsync);
const writev = promisify(sync.writev);
const read = promisify(sync.read);

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
};

/**
 * An open file by its number. The system gives a closed number to the next file that is opened, so closing waits for
 * the calls under way, and later ones fail like those on a closed handle.
 */
class DirectFile implements OpenedFile {
  readonly #fd: number;
  readonly #underWay = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(fd: number) {
    this.#fd = fd;
  }

  writev(chunks: readonly Uint8Array[]): Promise<{ readonly bytesWritten: number }> {
    return this.#track(() => writev(this.#fd, chunks));
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
