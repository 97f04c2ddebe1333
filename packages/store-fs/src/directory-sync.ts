import { dirname } from "node:path";
import type { Clock } from "@streambed/kernel";
import { CLOCK_TICK_MS_MAX } from "./limits.ts";
import { MISSING, unless, type FileIo } from "./file-io.ts";
import { syncFile } from "./sync-file.ts";

interface Rounds {
  readonly running: Promise<void>;
  /** The round after the running one; everybody who came since shares it. */
  next: Promise<void> | undefined;
}

/**
 * Group commit for directories: however many puts end at the same time, a directory is fsynced once for all that came
 * before that fsync began. A directory that was not there the last time is made durable in its parent, too.
 */
export class DirectorySync {
  readonly #io: FileIo;
  /** Directories from here upwards are not ours to sync. */
  readonly #root: string;
  readonly #rounds = new Map<string, Rounds>();
  /** Identity of each directory whose entry in its parent is durable. Another identity is another directory. */
  readonly #durable = new Map<string, string>();

  /** When the last fsync of each directory that succeeded began. */
  readonly #syncedFromMs = new Map<string, number>();
  readonly #clock: Clock;

  constructor(io: FileIo, root: string, clock: Clock) {
    this.#io = io;
    this.#root = root;
    this.#clock = clock;
  }

  /**
   * Resolves when a file and its name are durable, of which the name was last changed at `changedMs`. Another process, or
   * another put of ours, may have linked it and not have synced it yet; who reads it must not build on what a power loss
   * could undo. An fsync of the directory that began later covers the file, too: either it was fsynced before it was
   * linked, or the file system keeps the order of things.
   */
  async settle(path: string, changedMs: number): Promise<void> {
    const syncedFromMs = this.#syncedFromMs.get(dirname(path)) ?? Number.NEGATIVE_INFINITY;
    if (changedMs + CLOCK_TICK_MS_MAX >= syncedFromMs) await this.syncNamed(path);
  }

  /** Makes a file durable that somebody else linked, and its name. */
  async syncNamed(path: string): Promise<void> {
    await Promise.all([this.#syncContent(path), this.sync(dirname(path))]);
  }

  /** Resolves when all that happened in the directory before this call is durable. */
  sync(directory: string): Promise<void> {
    const rounds = this.#rounds.get(directory);
    if (rounds === undefined) return this.#start(directory);
    rounds.next ??= rounds.running.then(
      () => this.#start(directory),
      () => this.#start(directory),
    );
    return rounds.next;
  }

  /** Creates a directory and those above it. They become durable with the first sync. */
  async create(directory: string): Promise<void> {
    await this.#io.mkdir(directory, { recursive: true });
  }

  /** Removes a directory if it is empty. The caller syncs its parent. */
  async removeEmpty(directory: string): Promise<boolean> {
    const kept = ["ENOTEMPTY", "EEXIST", "EBUSY", ...MISSING];
    const removed =
      (await unless(
        kept,
        this.#io.rmdir(directory).then(() => true),
      )) ?? false;
    if (removed) this.#durable.delete(directory);
    return removed;
  }

  async #syncContent(path: string): Promise<void> {
    const handle = await unless(MISSING, this.#io.open(path, "r"));
    if (handle === undefined) return;
    try {
      await syncFile(handle, path);
    } finally {
      await handle.close();
    }
  }

  #start(directory: string): Promise<void> {
    const running = this.#round(directory).finally(() => {
      if (rounds.next === undefined) this.#rounds.delete(directory);
    });
    const rounds: Rounds = { running, next: undefined };
    this.#rounds.set(directory, rounds);
    return running;
  }

  async #round(directory: string): Promise<void> {
    // Gone means: what was put into it has been deleted since, and so has the directory.
    const handle = await unless(MISSING, this.#io.open(directory, "r"));
    if (handle === undefined) return void this.#durable.delete(directory);
    const beganMs = this.#clock.now();
    try {
      const { ino, birthtimeNs } = await handle.stat({ bigint: true });
      const identity = `${ino}-${birthtimeNs}`;
      const isNew = directory.length > this.#root.length && this.#durable.get(directory) !== identity;
      await Promise.all([syncFile(handle, directory), isNew ? this.sync(dirname(directory)) : undefined]);
      if (isNew) this.#durable.set(directory, identity);
      this.#syncedFromMs.set(directory, beganMs);
    } finally {
      await handle.close();
    }
  }
}
