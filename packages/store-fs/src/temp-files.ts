import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import { byteLength, concatBytes, StreambedError, type Clock, type Random } from "@streambed/kernel";
import { errnoOf, MISSING, unless, type FileIo, type OpenedFile } from "./file-io.ts";
import { UniqueTimes, versionOf, type FileVersion } from "./file-version.ts";
import { ReadyFiles, type NewFile } from "./ready-files.ts";
import { syncFile } from "./sync-file.ts";
import { CHUNKS_PER_WRITE_MAX, SLICE_BYTES, TEMP_FILE_AGE_MS_MAX, WHOLE_BYTES_MAX } from "./limits.ts";
import { UnbufferedWriter, writeUnbuffered } from "./unbuffered-writer.ts";

/** A file with content that no key leads to yet. It may be given a name: that cannot become durable before the content. */
export interface TempFile {
  readonly path: string;
  readonly version: FileVersion;
  /** Makes the content durable, if it is not yet. Called once it has its name, so that one commit is enough for both. */
  sync(): Promise<void>;
  /** Lets go of it. */
  close(): Promise<void>;
}

/** What temporary files need. */
export interface TempFilesOptions {
  readonly io: FileIo;
  readonly directory: string;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Files on their way into the folder: written under a name of no meaning, then linked to their key. Before they are linked
 * they are fsynced, or, where the file system keeps the order of things, only written past the page cache.
 */
export class TempFiles {
  readonly #options: TempFilesOptions;
  readonly #times = new UniqueTimes();
  readonly #owner = `${hostHash()}-${process.pid}`;
  readonly #instance: string;
  readonly #ready: ReadyFiles | undefined;
  #made = 0;
  #unbuffered: UnbufferedWriter | undefined;

  constructor(options: TempFilesOptions) {
    this.#options = options;
    this.#instance = [...options.random.bytes(6)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const { clock, io } = options;
    if (io.createSynced === undefined) return;
    const make = (): Promise<NewFile> => this.#open((path) => io.createSynced?.(path) ?? io.open(path, "wx"));
    this.#ready = new ReadyFiles({ clock, make, remove: (path) => this.remove(path) });
  }

  /** Removes files that were made and not used. */
  async close(): Promise<void> {
    await this.#ready?.close();
  }

  /** A new name in the directory. */
  newPath(): string {
    this.#made += 1;
    return join(this.#options.directory, `${this.#owner}-${this.#instance}-${this.#made}`);
  }

  /** Finds out how files are to be written here. Until then, and if in doubt, they are fsynced before they are linked. */
  async chooseMode(): Promise<void> {
    const { io, directory } = this.#options;
    if (io.unbuffered === undefined) return;
    const remove = (path: string): Promise<boolean> => this.remove(path);
    const newPath = (): string => this.newPath();
    this.#unbuffered = await UnbufferedWriter.open({ io: io.unbuffered, directory, newPath, remove });
  }

  /** Writes a body. Leaves nothing behind when it fails. */
  async write(body: readonly Uint8Array[]): Promise<TempFile> {
    return (await this.#writeUnbuffered(body)) ?? this.#writeSynced(body);
  }

  async #writeSynced(body: readonly Uint8Array[]): Promise<TempFile> {
    const { path, handle } = await (this.#ready?.take() ?? this.#open((name) => this.#options.io.open(name, "wx")));
    return this.#orRemove(path, handle, async () => {
      await writeSmoothly(handle, path, body);
      await this.#setTime(handle);
      const [stats] = await Promise.all([handle.stat({ bigint: true }), syncFile(handle, path)]);
      await handle.close();
      return { path, version: versionOf(stats), sync: async () => undefined, close: async () => undefined };
    });
  }

  /** Undefined when there is no buffer for it, or the system wants it otherwise after all. */
  async #writeUnbuffered(body: readonly Uint8Array[]): Promise<TempFile | undefined> {
    const length = byteLength(body);
    const buffer = await this.#unbuffered?.load(body, length);
    if (this.#unbuffered === undefined || this.#options.io.unbuffered === undefined || buffer === undefined) return;
    const path = this.newPath();
    try {
      const handle = await this.#options.io.unbuffered.create(path);
      return await this.#orRemove(path, handle, async () => {
        if (!(await writeUnbuffered(handle, buffer, length))) {
          await handle.close();
          await this.remove(path);
          return undefined;
        }
        await this.#setTime(handle);
        const version = versionOf(await handle.stat({ bigint: true }));
        return { path, version, sync: () => syncFile(handle, path), close: () => handle.close() };
      });
    } finally {
      this.#unbuffered.done(buffer);
    }
  }

  async #open(open: (path: string) => Promise<OpenedFile>): Promise<NewFile> {
    const path = this.newPath();
    return { path, handle: await open(path) };
  }

  async #orRemove<Made>(path: string, handle: OpenedFile, make: () => Promise<Made>): Promise<Made> {
    try {
      return await make();
    } catch (error) {
      await handle.close().catch(() => undefined);
      await this.remove(path).catch(() => undefined);
      throw error;
    }
  }

  async #setTime(handle: OpenedFile): Promise<void> {
    const time = this.#times.next(this.#options.clock.now());
    await handle.utimes(time, time);
  }

  /** Removes a name. False when it was gone already. */
  async remove(path: string): Promise<boolean> {
    return (
      (await unless(
        MISSING,
        this.#options.io.unlink(path).then(() => true),
      )) ?? false
    );
  }

  /** Removes what processes that ended in the middle of a put left behind. */
  async sweep(): Promise<void> {
    const { io, directory } = this.#options;
    for (const name of await io.readdir(directory)) {
      const path = join(directory, name);
      const stats = await unless(MISSING, io.stat(path));
      if (stats !== undefined && this.#isStale(name, stats.mtimeMs)) await this.remove(path);
    }
  }

  #isStale(name: string, modifiedMs: number): boolean {
    const ageMs = this.#options.clock.now() - modifiedMs;
    const [host, pid] = basename(name).split("-");
    if (ageMs > TEMP_FILE_AGE_MS_MAX) return true;
    // Process ids of another host or container say nothing here.
    if (host !== hostHash()) return false;
    if (Number(pid) !== process.pid) return !isRunning(Number(pid));
    // A former process with our id, as the first process of a container has: older than we are.
    return ageMs > process.uptime() * 1_000 + 1_000;
  }
}

/**
 * Writes a body, a large one in slices that reach the disk one by one: the fsync of a record must not wait for tens of
 * megabytes of history that were handed to the disk at once. The last slice is left to the caller's fsync.
 */
async function writeSmoothly(handle: OpenedFile, path: string, body: readonly Uint8Array[]): Promise<void> {
  const sliceBytes = byteLength(body) > WHOLE_BYTES_MAX ? SLICE_BYTES : WHOLE_BYTES_MAX;
  let isFirst = true;
  for (const slice of slicesOf(body, sliceBytes)) {
    if (!isFirst) await syncFile(handle, path);
    isFirst = false;
    await writeAll(handle, slice.length > CHUNKS_PER_WRITE_MAX ? [concatBytes(slice)] : slice);
  }
}

/** The chunks in groups of `sliceBytes`, the last one smaller. None for an empty body. */
function* slicesOf(body: readonly Uint8Array[], sliceBytes: number): Generator<Uint8Array[]> {
  let slice: Uint8Array[] = [];
  let leftBytes = sliceBytes;
  for (const chunk of body) {
    let rest = chunk;
    while (rest.length > leftBytes) {
      yield [...slice, rest.subarray(0, leftBytes)];
      rest = rest.subarray(leftBytes);
      slice = [];
      leftBytes = sliceBytes;
    }
    if (rest.length === 0) continue;
    slice.push(rest);
    leftBytes -= rest.length;
  }
  if (slice.length > 0) yield slice;
}

/** A write may stop in the middle of a chunk. */
async function writeAll(handle: OpenedFile, chunks: readonly Uint8Array[]): Promise<void> {
  let left = chunks;
  let leftBytes = byteLength(chunks);
  while (leftBytes > 0) {
    const { bytesWritten } = await handle.writev(left);
    if (bytesWritten === 0) throw wroteNothing();
    leftBytes -= bytesWritten;
    if (leftBytes > 0) left = dropBytes(left, bytesWritten);
  }
}

/** The chunks without their first `count` bytes. */
function dropBytes(chunks: readonly Uint8Array[], count: number): Uint8Array[] {
  let left = count;
  return chunks.flatMap((chunk) => {
    const dropped = Math.min(left, chunk.length);
    left -= dropped;
    return dropped === chunk.length ? [] : [chunk.subarray(dropped)];
  });
}

function wroteNothing(): StreambedError {
  const message = "The disk took no bytes and gave no reason. Check the disk, then start again.";
  return new StreambedError({ kind: "unavailable", code: "STORE_UNAVAILABLE", message });
}

function hostHash(): string {
  return createHash("sha256").update(hostname()).digest("hex").slice(0, 8);
}

function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as another user.
    return errnoOf(error) === "EPERM";
  }
}
