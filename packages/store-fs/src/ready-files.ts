import type { Clock } from "@streambed/kernel";
import type { OpenedFile } from "./file-io.ts";
import { READY_FILE_AGE_MS_MAX, READY_FILES } from "./limits.ts";

/** A new file without content, open for writing. */
export interface NewFile {
  readonly path: string;
  readonly handle: OpenedFile;
}

/** What ready files need. */
export interface ReadyFilesOptions {
  readonly clock: Clock;
  readonly make: () => Promise<NewFile>;
  readonly remove: (path: string) => Promise<unknown>;
}

interface Ready {
  readonly madeAtMs: number;
  /** Undefined: it could not be made. Whoever needs one tries again, and is told. */
  readonly file: Promise<NewFile | undefined>;
}

/**
 * Files made before they are needed. Making one is a trip to the thread pool, and longer than the write itself where the
 * system has to look for a free inode; so the next puts' files are made while others are written.
 */
export class ReadyFiles {
  readonly #options: ReadyFilesOptions;
  #ready: Ready[] = [];
  #closed = false;

  constructor(options: ReadyFilesOptions) {
    this.#options = options;
  }

  /** A file nobody else gets. */
  async take(): Promise<NewFile> {
    const oldest = this.#ready.shift();
    this.#refill();
    const file = await oldest?.file;
    if (oldest === undefined || file === undefined) return this.#options.make();
    // Old temporary files are swept by whoever opens the folder next.
    if (this.#options.clock.elapsed() - oldest.madeAtMs < READY_FILE_AGE_MS_MAX) return file;
    await this.#discard(file);
    return this.#options.make();
  }

  /** Removes what nobody took. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { file } of this.#ready.splice(0)) {
      const unused = await file;
      if (unused !== undefined) await this.#discard(unused).catch(() => undefined);
    }
  }

  #refill(): void {
    while (!this.#closed && this.#ready.length < READY_FILES) {
      const madeAtMs = this.#options.clock.elapsed();
      this.#ready.push({ madeAtMs, file: this.#options.make().catch(() => undefined) });
    }
  }

  async #discard({ path, handle }: NewFile): Promise<void> {
    await handle.close();
    await this.#options.remove(path);
  }
}
