import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import { StreambedError, type Clock, type Random } from "@streambed/kernel";
import { errnoOf, MISSING, unless, type FileIo, type OpenedFile } from "./file-io.ts";
import { UniqueTimes, versionOf, type FileVersion } from "./file-version.ts";
import { fsyncFailed } from "./folder-errors.ts";
import { TEMP_FILE_AGE_MS_MAX } from "./limits.ts";

/** A file with content that is durable, but that no key leads to yet. */
export interface TempFile {
  readonly path: string;
  readonly version: FileVersion;
}

/** What temporary files need. */
export interface TempFilesOptions {
  readonly io: FileIo;
  readonly directory: string;
  readonly clock: Clock;
  readonly random: Random;
}

/** Files on their way into the folder: written and fsynced under a name of no meaning, then linked to their key. */
export class TempFiles {
  readonly #options: TempFilesOptions;
  readonly #times = new UniqueTimes();
  readonly #owner = `${hostHash()}-${process.pid}`;
  readonly #instance: string;
  #made = 0;

  constructor(options: TempFilesOptions) {
    this.#options = options;
    this.#instance = [...options.random.bytes(6)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  /** A new name in the directory. */
  newPath(): string {
    this.#made += 1;
    return join(this.#options.directory, `${this.#owner}-${this.#instance}-${this.#made}`);
  }

  /** Writes and fsyncs a body. Leaves nothing behind when it fails. */
  async write(body: readonly Uint8Array[]): Promise<TempFile> {
    const path = this.newPath();
    const handle = await this.#options.io.open(path, "wx");
    try {
      await writeAll(handle, body);
      const time = this.#times.next(this.#options.clock.now());
      await handle.utimes(time, time);
      const synced = handle.sync().catch((error: unknown) => {
        throw fsyncFailed(error, path);
      });
      const [stats] = await Promise.all([handle.stat({ bigint: true }), synced]);
      await handle.close();
      return { path, version: versionOf(stats) };
    } catch (error) {
      await handle.close().catch(() => undefined);
      await this.remove(path).catch(() => undefined);
      throw error;
    }
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

async function writeAll(handle: OpenedFile, body: readonly Uint8Array[]): Promise<void> {
  let rest = body.filter((chunk) => chunk.length > 0);
  while (rest.length > 0) {
    const { bytesWritten } = await handle.writev(rest);
    if (bytesWritten === 0) throw wroteNothing();
    rest = dropBytes(rest, bytesWritten);
  }
}

/** The chunks without their first `count` bytes. A write may stop in the middle of a chunk. */
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
