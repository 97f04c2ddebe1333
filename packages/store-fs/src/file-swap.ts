import { createHash } from "node:crypto";
import { basename, join, relative } from "node:path";
import { StreambedError } from "@streambed/kernel";
import { errnoOf, MISSING, unless, type FileIo } from "./file-io.ts";
import { versionOf } from "./file-version.ts";
import { FINISH_OTHERS_AFTER_MS } from "./limits.ts";
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
 * finish it: whoever finds an old ticket reads it, sees that the path has E, and renames. A fresh name is renamed once and
 * never used again, so a slow helper cannot undo later versions, and a crash between 1 and 3 blocks nobody.
 */
export class FileSwap {
  readonly #options: FileSwapOptions;

  constructor(options: FileSwapOptions) {
    this.#options = options;
  }

  /**
   * True when the temporary file took the place of version `etag`; it keeps its own name, too. Throws `STORE_BUSY` while
   * another process is replacing that version, and `STORE_UNAVAILABLE` when it cannot be known what happened.
   */
  async replace(replacement: Replacement): Promise<boolean> {
    const { io, temps } = this.#options;
    const { path, etag, temp } = replacement;
    const fresh = temps.newPath();
    const ticket = this.#ticketOf(path, etag);
    await io.link(temp.path, fresh);
    try {
      await io.symlink(basename(fresh), ticket);
    } catch (error) {
      const stats = await unless(MISSING, io.stat(fresh));
      await temps.remove(fresh);
      if (errnoOf(error) !== "EEXIST") throw error;
      // Linking has just set the change time, so this is the file system's own time, whichever host asks.
      await this.#finish(replacement, ticket, stats?.ctimeMs ?? 0);
      return false;
    }
    try {
      if ((await this.#etagAt(path)) === etag) {
        const renamed = await unless(
          MISSING,
          io.rename(fresh, path).then(() => true),
        );
        return renamed ?? (await this.#wasFinished(replacement));
      }
      // Void, unless a helper was faster than we were: then the fresh name is gone.
      return (await temps.remove(fresh)) ? false : await this.#wasFinished(replacement);
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

  /**
   * The fresh name is gone without us. Our version at the path means that a helper renamed it. Any other version may
   * have followed ours, or ours was swept as the remains of a process that had not moved for a long time.
   */
  async #wasFinished({ path, temp }: Replacement): Promise<true> {
    if ((await this.#etagAt(path)) === temp.version.etag) return true;
    const message = `Other processes changed ${path} while this one stood still, so whether its write took place is unknown; read it to find out.`;
    throw new StreambedError({ kind: "unavailable", code: "STORE_UNAVAILABLE", message });
  }

  /**
   * Completes what another process began long enough ago; a younger swap is left to its process, which would otherwise
   * often not know how it ended. The order matters: first read the ticket, then look at the path.
   */
  async #finish({ path, etag }: Replacement, ticket: string, nowMs: number): Promise<void> {
    const { io, temps, tempDirectory } = this.#options;
    const made = await unless(MISSING, io.lstat(ticket));
    const target = await unless(MISSING, io.readlink(ticket));
    if (made === undefined || target === undefined) throw busy(path);
    if ((await this.#etagAt(path)) === etag) {
      if (nowMs - made.mtimeMs < FINISH_OTHERS_AFTER_MS) throw busy(path);
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

/**
 * Another process is replacing the same version, as S3's 409. When it lasts, a power loss kept a ticket and lost its
 * content; the next start clears that.
 */
function busy(path: string): StreambedError {
  const message = `Another process is replacing ${path}; send it again. If that lasts, start one process on this folder again.`;
  return new StreambedError({ kind: "unavailable", code: "STORE_BUSY", message });
}
