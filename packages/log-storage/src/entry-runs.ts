import type { LoadedRun } from "./batch-layout.ts";
import { loadRun } from "./batch-layout.ts";
import type { ColdLane } from "./cold-lane.ts";
import { EntryReads } from "./entry-reads.ts";
import type { Urgency } from "./entry-reads.ts";
import { TAIL_ENTRIES } from "./limits.ts";
import type { LogStore } from "./ports/log-store.ts";
import { RunCache, runKey } from "./run-cache.ts";
import type { Run } from "./run-index.ts";

/** Sizes of the two caches, bytes. */
export interface EntryRunSettings {
  readonly hotCacheBytes: number;
  readonly coldCacheBytes: number;
}

/**
 * Runs that lie in entries: recent ones from memory, older ones by byte range. History has a cache and a lane of its
 * own, so a reader of old data neither pushes out what all others read at the tail nor takes their turn.
 */
export class EntryRuns {
  readonly #reads: EntryReads;
  readonly #hot: RunCache;
  readonly #cold: RunCache;
  readonly #loading = new Map<string, Promise<LoadedRun>>();
  #newestSeq = -1;

  constructor(log: Pick<LogStore, "read">, lane: ColdLane, settings: EntryRunSettings) {
    this.#reads = new EntryReads(log, lane);
    this.#hot = new RunCache(settings.hotCacheBytes);
    this.#cold = new RunCache(settings.coldCacheBytes);
  }

  /** Keeps a run that was just committed. */
  keep(run: Run, loaded: LoadedRun): void {
    this.#newestSeq = Math.max(this.#newestSeq, run.source);
    this.#hot.add(runKey(run), loaded);
  }

  /** A recent run that is in memory. */
  hot(run: Run): LoadedRun | undefined {
    return this.#hot.get(runKey(run));
  }

  /** An older run that is in memory. */
  cold(run: Run): LoadedRun | undefined {
    const key = runKey(run);
    const cold = this.#cold.get(key);
    if (cold !== undefined) this.#cold.touch(key);
    return cold;
  }

  /** Reads a run. Concurrent readers of one run share one read of the store. */
  load(run: Run, urgency: "wanted" | "ahead" = "wanted"): Promise<LoadedRun> {
    const key = runKey(run);
    const running = this.#loading.get(key);
    if (running !== undefined) return running;
    const isTail = run.source > this.#newestSeq - TAIL_ENTRIES;
    const loading = this.#fetch(run, isTail ? "tail" : urgency).finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    return loading;
  }

  /** Begins to read what somebody will probably want. Failures show when it is wanted. */
  readAhead(run: Run): void {
    if (this.#reads.isCrowded || (this.hot(run) ?? this.cold(run)) !== undefined) return;
    this.load(run, "ahead").catch(() => undefined);
  }

  async #fetch(run: Run, urgency: Urgency): Promise<LoadedRun> {
    const loaded = loadRun(await this.#reads.read(run.source, run, urgency), run);
    this.#cold.add(runKey(run), loaded);
    return loaded;
  }
}
