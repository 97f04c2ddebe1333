import type { LoadedRun } from "./batch-layout.ts";
import { loadRun, maxTimestampOf, offsetsOf, stampBatch } from "./batch-layout.ts";
import { damaged } from "./entry-codec.ts";
import type { BatchOutcome } from "./log-state.ts";
import type { Entry } from "./entry.ts";
import type { Partition } from "./partition.ts";
import { READ_AHEAD_BYTES, RUNS_AT_ONCE_MAX } from "./limits.ts";
import type { LogStore } from "./ports/log-store.ts";
import { RunCache, runKey } from "./run-cache.ts";
import type { Run } from "./run-index.ts";

/** Sizes of the two caches, bytes. */
export interface ReaderSettings {
  readonly hotCacheBytes: number;
  readonly coldCacheBytes: number;
}

/**
 * Reads batches: recent ones from memory, older ones by byte range from their entry. History has a cache of its own,
 * so a reader of old data cannot push out what all others read at the tail.
 */
export class LogReader {
  readonly #log: LogStore;
  readonly #hot: RunCache;
  readonly #cold: RunCache;
  readonly #loading = new Map<string, Promise<LoadedRun>>();

  constructor(log: LogStore, settings: ReaderSettings) {
    this.#log = log;
    this.#hot = new RunCache(settings.hotCacheBytes);
    this.#cold = new RunCache(settings.coldCacheBytes);
  }

  /** Keeps what was just committed, so that readers at the tail need no store. Stamps the batches in place. */
  keep(
    entry: Entry,
    batches: readonly Uint8Array[],
    outcomes: readonly BatchOutcome[],
    partitionOf: (at: number) => Partition | undefined,
  ): void {
    let at = 0;
    while (at < outcomes.length) {
      const outcome = outcomes[at];
      const partition = partitionOf(at);
      if (outcome?.status !== "appended" || partition === undefined) {
        at++;
        continue;
      }
      const run = partition.runs.at(partition.runs.indexOfOffset(outcome.baseOffset));
      if (run === undefined || run.source !== entry.header.seq) return;
      at = this.#keepRun(run, batches, outcomes, at);
    }
  }

  /** Returns the index behind the run's last batch. */
  #keepRun(run: Run, batches: readonly Uint8Array[], outcomes: readonly BatchOutcome[], first: number): number {
    const members: Uint8Array[] = [];
    let end = first;
    let bytes = 0;
    while (bytes < run.length && end < outcomes.length) {
      const batch = batches[end];
      if (batch === undefined || outcomes[end]?.status !== "appended") break;
      members.push(batch);
      bytes += batch.length;
      end++;
    }
    this.#hot.add(runKey(run), stampRun(run, members));
    return end;
  }

  /**
   * Whole batches from the one that contains `offset`, at most `maxBytes` unless the first is larger, never past the
   * end. The batches must not be changed.
   */
  async read(partition: Partition, offset: number, maxBytes: number): Promise<Uint8Array[]> {
    const result: Uint8Array[] = [];
    let bytes = 0;
    let index = partition.runs.indexOfOffset(offset);
    for (;;) {
      const runs = runsFrom(partition, index, maxBytes - bytes);
      if (runs.length === 0) return result;
      // All at once: history lies in many entries, and waiting for one after the other adds up.
      const loads = runs.map((run) => this.#cached(run) ?? this.#loadQuietly(run));
      for (const [at, run] of runs.entries()) {
        const loaded = (await loads[at]) ?? (await this.#load(run));
        for (const [position, batch] of loaded.batches.entries()) {
          const nextBase = loaded.baseOffsets[position + 1] ?? run.endOffset;
          if (nextBase <= offset) continue;
          if (bytes > 0 && bytes + batch.length > maxBytes) return result;
          result.push(batch);
          bytes += batch.length;
        }
      }
      index += runs.length;
      if (bytes < maxBytes) continue;
      for (const run of runsFrom(partition, index, Math.min(maxBytes, READ_AHEAD_BYTES))) this.#readAhead(run);
      return result;
    }
  }

  /** The first batch that holds a record at or after `timestampMs`, by the batches' largest timestamps. */
  async findByTime(partition: Partition, timestampMs: number): Promise<Uint8Array | undefined> {
    const first = partition.runs.indexOfOffset(partition.logStartOffset);
    for (let index = first; ; index++) {
      const run = partition.runs.at(index);
      if (run === undefined) return undefined;
      if (run.maxTimestampMs < timestampMs) continue;
      const loaded = this.#cached(run) ?? (await this.#load(run));
      const found = loaded.batches.find(
        (batch, at) =>
          maxTimestampOf(batch) >= timestampMs &&
          (loaded.baseOffsets[at + 1] ?? run.endOffset) > partition.logStartOffset,
      );
      if (found !== undefined) return found;
    }
  }

  #cached(run: Run): LoadedRun | undefined {
    const key = runKey(run);
    const hot = this.#hot.get(key);
    if (hot !== undefined) return hot;
    const cold = this.#cold.get(key);
    if (cold !== undefined) this.#cold.touch(key);
    return cold;
  }

  /** Concurrent readers of one run share one read of the store. */
  #load(run: Run): Promise<LoadedRun> {
    const key = runKey(run);
    const running = this.#loading.get(key);
    if (running !== undefined) return running;
    const loading = this.#fetch(run).finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    return loading;
  }

  async #fetch(run: Run): Promise<LoadedRun> {
    const answer = await this.#log.read(run.source, { offset: run.position, length: run.length });
    if (!answer.found) throw damaged(run.source, "the object is missing");
    if (answer.bytes.length !== run.length) throw damaged(run.source, `it ends early, at byte ${answer.size}`);
    const loaded = loadRun(answer.bytes, run);
    this.#cold.add(runKey(run), loaded);
    return loaded;
  }

  /** Undefined when it fails: whoever really reads the run will meet the failure and answer it. */
  #loadQuietly(run: Run): Promise<LoadedRun | undefined> {
    return this.#load(run).catch(() => undefined);
  }

  #readAhead(run: Run): void {
    if (this.#cached(run) === undefined) void this.#loadQuietly(run);
  }
}

/** The runs from `index` on that hold `bytes`, at least one if there is one, and a bounded number. */
function runsFrom(partition: Partition, index: number, bytes: number): Run[] {
  const runs: Run[] = [];
  let length = 0;
  while ((length < bytes || runs.length === 0) && runs.length < RUNS_AT_ONCE_MAX) {
    const run = partition.runs.at(index + runs.length);
    if (run === undefined) break;
    runs.push(run);
    length += run.length;
  }
  return runs;
}

/** A run made of batches that are in memory already. */
function stampRun(run: Run, batches: readonly Uint8Array[]): LoadedRun {
  const baseOffsets: number[] = [];
  let offset = run.baseOffset;
  let bytes = 0;
  for (const batch of batches) {
    stampBatch(batch, offset, run.epoch);
    baseOffsets.push(offset);
    offset += offsetsOf(batch);
    bytes += batch.length;
  }
  return { batches, baseOffsets, bytes };
}
