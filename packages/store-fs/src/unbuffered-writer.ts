import { AlignedBuffers } from "./aligned-buffers.ts";
import { errnoOf, type UnbufferedFile, type UnbufferedIo } from "./file-io.ts";
import { UNBUFFERED_BLOCK_BYTES } from "./limits.ts";

/** What unbuffered writes need. */
export interface UnbufferedWriterOptions {
  readonly io: UnbufferedIo;
  /** Where the files will be; flags such as encryption are inherited from it. */
  readonly directory: string;
  /** A free name in it. */
  readonly newPath: () => string;
  readonly remove: (path: string) => Promise<unknown>;
}

/** Writes bodies past the page cache: at the end their blocks are allocated and their bytes are on the device. */
export class UnbufferedWriter {
  readonly #buffers: AlignedBuffers;

  private constructor(buffers: AlignedBuffers) {
    this.#buffers = buffers;
  }

  /** Undefined where a file may not get its name before it is durable ({@link UnbufferedIo.keepsOrder}, a trial). */
  static async open(options: UnbufferedWriterOptions): Promise<UnbufferedWriter | undefined> {
    try {
      return (await options.io.keepsOrder(options.directory)) ? await this.#tryOut(options) : undefined;
    } catch (error) {
      // A full or read-only folder can still be read; whoever writes is told.
      if (errnoOf(error) === undefined) throw error;
      return undefined;
    }
  }

  static async #tryOut(options: UnbufferedWriterOptions): Promise<UnbufferedWriter | undefined> {
    const buffers = new AlignedBuffers((block) => withTrialFile(options, (file) => accepts(file, block)));
    const block = await buffers.take(UNBUFFERED_BLOCK_BYTES);
    if (block === undefined) return undefined;
    // Some files take O_DIRECT and go through the page cache nevertheless (encrypted, inline or journaled data, tmpfs).
    // Only those that are really unbuffered refuse a length that is no multiple of a sector.
    const isBuffered = await withTrialFile(options, (file) => accepts(file, block.subarray(0, 100)));
    buffers.give(block);
    return isBuffered ? undefined : new UnbufferedWriter(buffers);
  }

  /** A buffer with the body in it; undefined when there is none for it. Give it back with {@link done}. */
  async load(body: readonly Uint8Array[], length: number): Promise<Uint8Array | undefined> {
    const padded = Math.ceil(length / UNBUFFERED_BLOCK_BYTES) * UNBUFFERED_BLOCK_BYTES;
    const buffer = length === 0 ? undefined : await this.#buffers.take(padded);
    if (buffer === undefined) return undefined;
    let at = 0;
    for (const chunk of body) {
      buffer.set(chunk, at);
      at += chunk.length;
    }
    // What another body left there is none of this file's business.
    buffer.fill(0, at, padded);
    return buffer;
  }

  done(buffer: Uint8Array): void {
    this.#buffers.give(buffer);
  }
}

/** Writes the first `length` bytes of a loaded buffer. False when the system did not take all at once. */
export async function writeUnbuffered(file: UnbufferedFile, buffer: Uint8Array, length: number): Promise<boolean> {
  const padded = Math.ceil(length / UNBUFFERED_BLOCK_BYTES) * UNBUFFERED_BLOCK_BYTES;
  try {
    const { bytesWritten } = await file.write(buffer, 0, padded, 0);
    if (bytesWritten !== padded) return false;
  } catch (error) {
    if (errnoOf(error) === "EINVAL") return false;
    throw error;
  }
  if (padded !== length) await file.truncate(length);
  return true;
}

async function accepts(file: UnbufferedFile, block: Uint8Array): Promise<boolean> {
  try {
    return (await file.write(block, 0, block.length, 0)).bytesWritten === block.length;
  } catch (error) {
    if (errnoOf(error) === "EINVAL") return false;
    throw error;
  }
}

async function withTrialFile(
  { io, newPath, remove }: UnbufferedWriterOptions,
  attempt: (file: UnbufferedFile) => Promise<boolean>,
): Promise<boolean> {
  const path = newPath();
  let file: UnbufferedFile;
  try {
    file = await io.create(path);
  } catch (error) {
    // Before the file system refuses, it may have made the file.
    await remove(path);
    if (["EINVAL", "EOPNOTSUPP"].includes(errnoOf(error) ?? "")) return false;
    throw error;
  }
  try {
    return await attempt(file);
  } finally {
    await file.close();
    await remove(path);
  }
}
