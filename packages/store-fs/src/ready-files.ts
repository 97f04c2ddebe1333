import type { Clock } from "@streambed/kernel";
import type { OpenedFile } from "./file-io.ts";
import { READY_FILE_AGE_MS_MAX, READY_FILES, READY_FILES_REST_MS } from "./limits.ts";

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
 * system has to look for a free inode; so while puts follow one another, the next ones' files are made meanwhile. A folder
 * that rests has none: a file that is open for writing would keep its file system from being made read-only.
 */
export class ReadyFiles {
  readonly #options: ReadyFilesOptions;
  readonly #ready: Ready[] = [];
  #takenAtMs = -Infinity;
  #cancelRest: (() => void) | undefined;
  #closed = false;

  constructor(options: ReadyFilesOptions) {
    this.#options = options;
  }

  /** A file nobody else gets. */
  async take(): Promise<NewFile> {
    const { clock } = this.#options;
    const oldest = this.#ready.shift();
    const isBusy = clock.elapsed() - this.#takenAtMs < READY_FILES_REST_MS;
    this.#takenAtMs = clock.elapsed();
    if (isBusy) this.#refill();
    const file = await oldest?.file;
    if (oldest === undefined || file === undefined) return this.#options.make();
    // Old temporary files are swept by whoever opens the folder next.
    if (clock.elapsed() - oldest.madeAtMs < READY_FILE_AGE_MS_MAX) return file;
    await this.#discard(file);
    return this.#options.make();
  }

  /** Removes what nobody took. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelRest?.();
    await this.#discardAll();
  }

  #refill(): void {
    while (!this.#closed && this.#ready.length < READY_FILES) {
      const madeAtMs = this.#options.clock.elapsed();
      this.#ready.push({ madeAtMs, file: this.#options.make().catch(() => undefined) });
    }
    if (!this.#closed) this.#cancelRest ??= this.#restAfter(READY_FILES_REST_MS);
  }

  #restAfter(waitMs: number): () => void {
    return this.#options.clock.schedule(waitMs, () => {
      this.#cancelRest = undefined;
      const leftMs = this.#takenAtMs + READY_FILES_REST_MS - this.#options.clock.elapsed();
      if (leftMs > 0) this.#cancelRest = this.#restAfter(leftMs);
      else void this.#discardAll();
    });
  }

  /** Never rejects: what cannot be removed now is swept later. */
  async #discardAll(): Promise<void> {
    for (const { file } of this.#ready.splice(0)) {
      const unused = await file;
      if (unused !== undefined) await this.#discard(unused).catch(() => undefined);
    }
  }

  async #discard({ path, handle }: NewFile): Promise<void> {
    await handle.close();
    await this.#options.remove(path);
  }
}
