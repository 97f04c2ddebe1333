import { StreambedError } from "@streambed/kernel";
import { errnoOf, MISSING, unless, type FileIo, type OpenedFile } from "./file-io.ts";
import { versionOf, type FileVersion } from "./file-version.ts";
import { OPEN_FILES_MAX } from "./limits.ts";

/** Part of a file, bytes. */
export interface FileRange {
  readonly offset: number;
  readonly length: number;
}

/** Bytes of a file and the version they are of. */
export interface FileContent {
  readonly bytes: Uint8Array;
  readonly version: FileVersion;
}

interface OpenFile {
  readonly handle: OpenedFile;
  readonly version: FileVersion;
}

/**
 * Reads files, and keeps those open of which a part was read: the next part is likely to follow. That a kept file is
 * still the one at its path is checked while it is read, because another process may have replaced it.
 */
export class OpenFiles {
  readonly #io: FileIo;
  /** Least recently used first. */
  readonly #open = new Map<string, OpenFile>();

  constructor(io: FileIo) {
    this.#io = io;
  }

  /** The content of a file or of a part of it; undefined when there is no such file. */
  async read(path: string, range?: FileRange): Promise<FileContent | undefined> {
    const kept = this.#open.get(path);
    if (kept !== undefined) {
      const content = await this.#readKept(path, kept, range);
      if (content !== undefined) return content;
      await this.#retire(path, kept);
    }
    return this.#readFresh(path, range);
  }

  /** Lets go of a file that was replaced or deleted. */
  async forget(path: string): Promise<void> {
    const kept = this.#open.get(path);
    if (kept !== undefined) await this.#retire(path, kept);
  }

  /** Closes everything. */
  async close(): Promise<void> {
    for (const [path, file] of this.#open) await this.#retire(path, file);
  }

  async #readKept(path: string, file: OpenFile, range: FileRange | undefined): Promise<FileContent | undefined> {
    try {
      const [stats, bytes] = await Promise.all([
        unless(MISSING, this.#io.stat(path, { bigint: true })),
        readPart(file, range),
      ]);
      if (stats === undefined || versionOf(stats).etag !== file.version.etag) return undefined;
      if (this.#open.delete(path)) this.#open.set(path, file);
      return { bytes, version: file.version };
    } catch (error) {
      // Retired by somebody else between two reads of a large part.
      if (errnoOf(error) === "EBADF") return undefined;
      throw error;
    }
  }

  async #readFresh(path: string, range: FileRange | undefined): Promise<FileContent | undefined> {
    const handle = await unless(MISSING, this.#io.open(path, "r"));
    if (handle === undefined) return undefined;
    let keep = false;
    try {
      const stats = await handle.stat({ bigint: true });
      if (!stats.isFile()) return undefined;
      const file: OpenFile = { handle, version: versionOf(stats) };
      const bytes = await readPart(file, range);
      keep = bytes.length < file.version.size && !this.#open.has(path);
      if (keep) await this.#keep(path, file);
      return { bytes, version: file.version };
    } finally {
      if (!keep) await handle.close();
    }
  }

  async #keep(path: string, file: OpenFile): Promise<void> {
    this.#open.set(path, file);
    if (this.#open.size <= OPEN_FILES_MAX) return;
    const [oldest] = this.#open;
    if (oldest !== undefined) await this.#retire(...oldest);
  }

  /** Closing waits for the reads that are under way. */
  async #retire(path: string, file: OpenFile): Promise<void> {
    if (this.#open.get(path) !== file) return;
    this.#open.delete(path);
    await file.handle.close();
  }
}

async function readPart({ handle, version }: OpenFile, range: FileRange | undefined): Promise<Uint8Array> {
  const start = Math.min(range?.offset ?? 0, version.size);
  const end = Math.min(start + (range?.length ?? version.size), version.size);
  // Not zeroed first: every byte is overwritten below, or nothing is returned.
  const bytes = new Uint8Array(Buffer.allocUnsafeSlow(end - start).buffer);
  for (let done = 0; done < bytes.length;) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, start + done);
    if (bytesRead === 0) throw shrunk();
    done += bytesRead;
  }
  return bytes;
}

function shrunk(): StreambedError {
  const message = "A file became shorter while it was read; nothing of ours does that. Restore it from a backup.";
  return new StreambedError({ kind: "corrupt", code: "STORE_FILE_CHANGED", message });
}
