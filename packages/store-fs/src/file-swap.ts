import { createHash } from "node:crypto";
import { basename, join, relative } from "node:path";
import { StreambedError } from "@streambed/kernel";
import { errnoOf, MISSING, unless, type FileIo } from "./file-io.ts";
import { versionOf } from "./file-version.ts";
import type { TempFile, TempFiles } from "./temp-files.ts";

/** What swaps need. */
export interface FileSwapOptions {
  readonly io: FileIo;
  readonly temps: TempFiles;
  /** The folder; paths in tickets are relative to it, since processes may see it at different places. */
  readonly root: string;
  /** Where temporary files are. */
  readonly tempDirectory: string;
  /** Where tickets are. */
  readonly ticketDirectory: string;
}

/** What is to be replaced, by what. */
export interface Replacement {
  readonly path: string;
  /** The version that has to be there. */
  readonly etag: string;
  readonly temp: TempFile;
}

/**
 * Compare-and-swap of a file, between processes, without a lock that a crash could leave behind.
 *
 * A file system can replace a file atomically (rename), but not under a condition. So whoever replaces version E of a
 * path first creates the ticket (path, E), a symbolic link, of which only one can exist, to its new content:
 *
 * 1. link the new content to a fresh name; create the ticket, naming it. Ticket exists: another one replaces E.
 * 2. look whether the path still has E. If not, the ticket is void: give it back.
 * 3. rename the fresh name to the path. 4. remove the ticket.
 *
 * A ticket that was created while the path had E is the only way out of E, and etags never come back. So anyone may
 * finish it: whoever finds a ticket reads it, sees that the path has E, and renames. A fresh name is renamed once and
 * never used again, so a slow helper cannot undo later versions, and a crash between 1 and 3 blocks nobody.
 */
export class FileSwap {
  readonly #options: FileSwapOptions;

  constructor(options: FileSwapOptions) {
    this.#options = options;
  }

  /** True when the temporary file took the place of version `etag`; it keeps its own name, too. */
  async replace(replacement: Replacement): Promise<boolean> {
    const { io, temps } = this.#options;
    const { path, etag, temp } = replacement;
    const fresh = temps.newPath();
    const ticket = this.#ticketOf(path, etag);
    await io.link(temp.path, fresh);
    try {
      await io.symlink(basename(fresh), ticket);
    } catch (error) {
      await temps.remove(fresh);
      if (errnoOf(error) !== "EEXIST") throw error;
      await this.#finish(path, etag, ticket);
      return false;
    }
    try {
      if ((await this.#etagAt(path)) === etag) return await this.#rename(fresh, replacement);
      // Void, unless a helper was faster than we were: then the fresh name is gone.
      return !(await temps.remove(fresh));
    } catch (error) {
      // The content goes first: without it nobody can finish a swap whose ticket somebody else may hold next.
      await temps.remove(fresh);
      throw error;
    } finally {
      await temps.remove(ticket);
    }
  }

  /** Removes tickets whose content is gone: their process ended, and sweeping took the content. */
  async sweep(): Promise<void> {
    const { io, temps, tempDirectory, ticketDirectory } = this.#options;
    for (const name of await io.readdir(ticketDirectory)) {
      const ticket = join(ticketDirectory, name);
      const target = await unless(MISSING, io.readlink(ticket));
      if (target === undefined) continue;
      const content = await unless(MISSING, io.stat(join(tempDirectory, target)));
      if (content === undefined) await temps.remove(ticket);
    }
  }

  async #rename(fresh: string, { path, etag }: Replacement): Promise<boolean> {
    const renamed = await unless(
      MISSING,
      this.#options.io.rename(fresh, path).then(() => true),
    );
    if (renamed === true || (await this.#etagAt(path)) !== etag) return true;
    const message = `The new content of ${path} was removed by another process before it took its place; send it again.`;
    throw new StreambedError({ kind: "unavailable", code: "STORE_UNAVAILABLE", message });
  }

  /** Completes what another process began. The order matters: first read the ticket, then look at the path. */
  async #finish(path: string, etag: string, ticket: string): Promise<void> {
    const { io, temps, tempDirectory } = this.#options;
    const target = await unless(MISSING, io.readlink(ticket));
    if (target === undefined) return;
    if ((await this.#etagAt(path)) === etag) {
      await unless(MISSING, io.rename(join(tempDirectory, target), path));
      if ((await this.#etagAt(path)) === etag) throw busy(path);
    }
    await temps.remove(ticket);
  }

  async #etagAt(path: string): Promise<string | undefined> {
    const stats = await unless(MISSING, this.#options.io.stat(path, { bigint: true }));
    return stats === undefined ? undefined : versionOf(stats).etag;
  }

  #ticketOf(path: string, etag: string): string {
    const name = createHash("sha256")
      .update(`${relative(this.#options.root, path)}\n${etag}`)
      .digest("hex");
    return join(this.#options.ticketDirectory, name);
  }
}

/** Only after a power loss that kept a ticket and lost its content; the next start clears it. */
function busy(path: string): StreambedError {
  const message = `Another process began to replace ${path} and did not finish. Start one process on this folder again to clear it.`;
  return new StreambedError({ kind: "unavailable", code: "STORE_BUSY", message });
}
