import { dirname, join } from "node:path";
import { StreambedError, type Clock, type Random } from "@streambed/kernel";
import type { PutCondition } from "@streambed/log-storage";
import { DirectorySync } from "./directory-sync.ts";
import { errnoOf, MISSING, unless, type FileIo } from "./file-io.ts";
import { FileSwap } from "./file-swap.ts";
import { versionOf, type FileVersion } from "./file-version.ts";
import { KeyLocks } from "./key-locks.ts";
import { makeFolder } from "./make-folder.ts";
import { invalidKey, pathOfKey } from "./key-path.ts";
import { PUT_ATTEMPTS_MAX } from "./limits.ts";
import { onceDone } from "./once-done.ts";
import { OpenFiles, type FileContent, type FileRange } from "./open-files.ts";
import { TempFiles, type TempFile } from "./temp-files.ts";

/** What the files of a folder need. */
export interface ObjectFilesOptions {
  readonly io: FileIo;
  readonly root: string;
  readonly clock: Clock;
  readonly random: Random;
}

/** Objects as files: placed whole, replaced under a condition, deleted, and durable at every answer. */
export class ObjectFiles {
  readonly reader: OpenFiles;
  /** Makes what a write needs: the folder, durably, and its own folder, in which it removes what crashed processes left. */
  readonly prepare: () => Promise<void> = onceDone(() => this.#makeFolders());
  readonly #io: FileIo;
  readonly #root: string;
  readonly #temps: TempFiles;
  readonly #swap: FileSwap;
  readonly #directories: DirectorySync;
  readonly #locks = new KeyLocks();
  readonly #ownDirectories: readonly string[];

  constructor({ io, root, clock, random }: ObjectFilesOptions) {
    const tempDirectory = join(root, ".streambed", "tmp");
    const ticketDirectory = join(root, ".streambed", "swaps");
    this.#io = io;
    this.#root = root;
    this.#ownDirectories = [tempDirectory, ticketDirectory];
    this.#temps = new TempFiles({ io, directory: tempDirectory, clock, random });
    this.#swap = new FileSwap({ io, temps: this.#temps, root, tempDirectory, ticketDirectory });
    this.#directories = new DirectorySync(io, root, clock);
    this.reader = new OpenFiles(io);
  }

  /** Refuses a file where the folder should be. Makes nothing: a folder can be read that nobody may write. */
  async look(): Promise<void> {
    // The slash at the end lets the system say what is no folder.
    await unless(["ENOENT"], this.#io.stat(`${this.#root}/`));
  }

  /** Lets go of open files. */
  async close(): Promise<void> {
    await Promise.all([this.reader.close(), this.#temps.close()]);
  }

  /** The content of an object or a part of it, once its name is durable; undefined when there is none. */
  async read(key: string, range?: FileRange): Promise<FileContent | undefined> {
    const path = join(this.#root, pathOfKey(key));
    const content = await this.reader.read(path, range);
    if (content !== undefined) await this.#directories.settle(path, content.version.changedMs);
    return content;
  }

  /** Stores a body. Undefined: the condition did not hold. */
  async put(
    key: string,
    body: readonly Uint8Array[],
    options: { readonly condition: PutCondition | undefined; readonly signal: AbortSignal | undefined },
  ): Promise<FileVersion | undefined> {
    const path = join(this.#root, pathOfKey(key));
    const { condition, signal } = options;
    await this.prepare();
    // A swap that cannot succeed is not worth writing a file for. A create nearly always succeeds.
    if (condition?.kind === "etag" && (await this.#versionAt(path))?.etag !== condition.etag) {
      await this.#directories.syncNamed(path);
      return undefined;
    }
    const temp = await this.#temps.write(body);
    let tempIsThere = true;
    try {
      signal?.throwIfAborted();
      const placed = await this.#place(key, path, { temp, condition });
      if (placed) await this.reader.forget(path);
      tempIsThere = false;
      // A conflict, too, is answered when the other object is durable: it may be our own, sent before.
      const durable = placed ? this.#syncPlaced(path, temp) : this.#directories.syncNamed(path);
      await Promise.all([durable, this.#temps.remove(temp.path)]);
      return placed ? temp.version : undefined;
    } finally {
      await temp.close();
      if (tempIsThere) await this.#temps.remove(temp.path);
    }
  }

  /** The version of an object, or undefined. */
  async version(key: string): Promise<FileVersion | undefined> {
    return this.#versionAt(join(this.#root, pathOfKey(key)));
  }

  /** Deletes an object if it is there; returns the directory to be tidied then. */
  async unlink(key: string): Promise<string | undefined> {
    const path = join(this.#root, pathOfKey(key));
    const unlink = (): Promise<true> => this.#io.unlink(path).then(() => true as const);
    const removed = await this.#locks.run(path, () => unless([...MISSING, "EISDIR"], unlink()));
    await this.reader.forget(path);
    return removed === undefined ? undefined : dirname(path);
  }

  /** Makes deletions in a directory durable; removes it, and those above it, when they are empty. */
  async tidy(directory: string): Promise<void> {
    let left = directory;
    while (left !== this.#root && (await this.#directories.removeEmpty(left))) left = dirname(left);
    await this.#directories.sync(left);
  }

  async #makeFolders(): Promise<void> {
    for (const created of await makeFolder(this.#io, this.#root)) await this.#directories.sync(dirname(created));
    // What is in these need not survive a power loss, so neither need they.
    for (const directory of this.#ownDirectories) await makeFolder(this.#io, directory);
    await this.#temps.sweep();
    await this.#swap.sweep();
    await this.#temps.chooseMode();
  }

  /** Both at once, so that they share a commit of the file system's journal. */
  async #syncPlaced(path: string, temp: TempFile): Promise<void> {
    await Promise.all([temp.sync(), this.#directories.sync(dirname(path))]);
  }

  async #place(
    key: string,
    path: string,
    { temp, condition }: { readonly temp: TempFile; readonly condition: PutCondition | undefined },
  ): Promise<boolean> {
    if (condition?.kind === "absent") return this.#create(key, path, temp);
    return this.#locks.run(path, async () => {
      if (condition !== undefined) return this.#swap.replace({ path, etag: condition.etag, temp });
      for (let attempt = 1; attempt <= PUT_ATTEMPTS_MAX; attempt++) {
        const present = await this.#versionAt(path);
        if (present === undefined) {
          if (await this.#create(key, path, temp)) return true;
        } else if (await this.#swap.replace({ path, etag: present.etag, temp })) return true;
      }
      throw contended(key);
    });
  }

  async #create(key: string, path: string, temp: TempFile): Promise<boolean> {
    for (let attempt = 1; attempt <= PUT_ATTEMPTS_MAX; attempt++) {
      try {
        await this.#io.link(temp.path, path);
        return true;
      } catch (error) {
        const errno = errnoOf(error);
        if (errno === "EEXIST") return this.#refuseDirectory(key, path);
        if (errno === "ENOTDIR") throw invalidKey(key, "a part of it is the key of another object");
        // Without the file itself, making its directory would bring back a folder that somebody has removed.
        if (errno !== "ENOENT" || (await unless(MISSING, this.#io.stat(temp.path))) === undefined) throw error;
      }
      await this.#directories.create(dirname(path)).catch((error: unknown) => {
        if (["EEXIST", "ENOTDIR"].includes(errnoOf(error) ?? "")) {
          throw invalidKey(key, "a part of it is the key of another object");
        }
        throw error;
      });
    }
    throw contended(key);
  }

  async #refuseDirectory(key: string, path: string): Promise<false> {
    const stats = await unless(MISSING, this.#io.stat(path));
    if (stats?.isDirectory() === true) throw invalidKey(key, "there are keys below it");
    return false;
  }

  async #versionAt(path: string): Promise<FileVersion | undefined> {
    const stats = await unless(MISSING, this.#io.stat(path, { bigint: true }));
    return stats?.isFile() === true ? versionOf(stats) : undefined;
  }
}

function contended(key: string): StreambedError {
  const message = `Other processes kept changing ${key} or its directory; send it again.`;
  return new StreambedError({ kind: "unavailable", code: "STORE_BUSY", message });
}
