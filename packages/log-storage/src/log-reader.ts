import { invariant, StreambedError } from "@streambed/kernel";
import type { LoadedRun } from "./batch-layout.ts";
import { lastOffsetOf, maxTimestampOf, offsetsOf, stampBatch } from "./batch-layout.ts";
import { ColdLane } from "./cold-lane.ts";
import type { Entry } from "./entry.ts";
import { EntryRuns } from "./entry-runs.ts";
import { COLD_READS_AHEAD_WAITING_MAX, COLD_READS_AT_ONCE_MAX, RUNS_AT_ONCE_MAX, STALE_PLANS_MAX } from "./limits.ts";
import type { BatchOutcome } from "./log-state.ts";
import { PackReader } from "./pack-reader.ts";
import type { Pack } from "./pack-table.ts";
import type { Partition } from "./partition.ts";
import type { LogStore } from "./ports/log-store.ts";
import type { ObjectStore } from "./ports/object-store.ts";
import { ReadAhead } from "./read-ahead.ts";
import type { Run } from "./run-index.ts";
import { packOfSource } from "./run-index.ts";

/** What a reader is made of. */
export interface LogReaderParts {
  readonly log: LogStore;
  /** Where packs are. */
  readonly store: ObjectStore;
  readonly shard: number;
  /** The packs as the fold knows them. */
  readonly packs: ReadonlyMap<number, Pack>;
  /** Folds what others have committed: what a plan named may have been packed and deleted meanwhile. */
  refresh(): Promise<unknown>;
  /**
   * Whether the fold was at the tail near this time of the store. If not, an entry may have been packed and deleted
   * since, and another process that slept may have written under its key: what is read there proves nothing.
   */
  isFresh(storeTimeMs: number): boolean;
  readonly hotCacheBytes: number;
  /** For older data, entries and packs together. */
  readonly coldCacheBytes: number;
}

/** Batches of one run that were found from an offset on. */
interface Found {
  readonly batches: readonly Uint8Array[];
  /** They reach up to here: to the end of the run, or less far when only a part of it was read. */
  readonly endOffset: number;
  /** Where the bytes behind them begin in a pack. */
  readonly nextPosition: number;
}

/** A run that is in memory, or on its way. */
interface Load {
  readonly run: Run;
  readonly isHistory: boolean;
  readonly found: Found | Promise<Found>;
}

/** How far a reader came. */
interface Progress {
  readonly batches: Uint8Array[];
  bytes: number;
  isHistory: boolean;
  /** The run that was read last, and where the bytes behind what was read of it begin. */
  last: { readonly run: Run; readonly nextPosition: number } | undefined;
}

/** Reads batches by the index of their partition, wherever they lie: in memory, in entries, in packs. */
export class LogReader {
  readonly #parts: LogReaderParts;
  readonly #entries: EntryRuns;
  readonly #packs: PackReader;
  readonly #ahead: ReadAhead;
  /** Reads of runs by where they were found: recent ones in memory, history in memory, the store. */
  readonly cacheReads: { hot: number; cold: number; store: number } = { hot: 0, cold: 0, store: 0 };

  constructor(parts: LogReaderParts) {
    this.#parts = parts;
    const { store, shard, hotCacheBytes } = parts;
    const log = freshReads(parts.log, (storeTimeMs) => parts.isFresh(storeTimeMs));
    const lane = new ColdLane(COLD_READS_AT_ONCE_MAX, COLD_READS_AHEAD_WAITING_MAX);
    const coldCacheBytes = parts.coldCacheBytes / 2;
    this.#entries = new EntryRuns(log, lane, { hotCacheBytes, coldCacheBytes });
    this.#packs = new PackReader({ store, shard, lane, cacheBytes: coldCacheBytes });
    this.#ahead = new ReadAhead(coldCacheBytes);
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

  /** A run that is in memory since it was committed. Its batches are stamped and must not be changed. */
  recent(run: Run): LoadedRun | undefined {
    const loaded = this.#entries.hot(run);
    return loaded?.bytes === run.length ? loaded : undefined;
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
    this.#entries.keep(run, stampRun(run, members));
    return end;
  }

  /**
   * Whole batches from the one that contains `offset`, or the first one behind it, at most `maxBytes` unless the first
   * is larger, never past the end. The batches must not be changed. What cannot be read ends the answer early, and
   * throws when it comes first.
   */
  read(partition: Partition, offset: number, maxBytes: number): Promise<Uint8Array[]> {
    return this.#planned(() => this.#read(partition, offset, maxBytes));
  }

  /** The first batch that holds a record at or after `timestampMs`, by the batches' largest timestamps. */
  findByTime(partition: Partition, timestampMs: number): Promise<Uint8Array | undefined> {
    return this.#planned(() => this.#findByTime(partition, timestampMs));
  }

  /** What is missing or looks wrong may have been packed and deleted since the fold: then it is planned anew. */
  async #planned<Result>(read: () => Promise<Result>): Promise<Result> {
    for (let plans = 0; ; plans++) {
      try {
        return await read();
      } catch (error) {
        if (plans >= STALE_PLANS_MAX || !isOfOldPlan(error)) throw error;
        await this.#parts.refresh();
      }
    }
  }

  async #read(partition: Partition, offset: number, maxBytes: number): Promise<Uint8Array[]> {
    const progress: Progress = { batches: [], bytes: 0, isHistory: false, last: undefined };
    let next = offset;
    let isFull = false;
    while (!isFull) {
      // Planned anew by offset each time: rows may have been replaced while the ones before were read.
      const loads = this.#loadFrom(partition, next, maxBytes - progress.bytes);
      if (loads.length === 0) return progress.batches;
      for (const { run, isHistory, found } of loads) {
        const read = found instanceof Promise ? await settled(found, progress) : found;
        if (read === undefined) return progress.batches;
        const { batches, endOffset, nextPosition } = read;
        progress.isHistory ||= isHistory;
        progress.last = { run, nextPosition };
        next = endOffset;
        isFull = !take(progress, batches, maxBytes);
        if (isFull || endOffset < run.endOffset) break;
      }
    }
    if (progress.isHistory) this.#readAhead(partition, offset, progress);
    return progress.batches;
  }

  /** The runs from `offset` on that hold about `bytes`: at least one if there is one, and a bounded number. */
  #loadFrom(partition: Partition, offset: number, bytes: number): Load[] {
    const loads: Load[] = [];
    const first = partition.runs.indexOfOffset(offset);
    let left = bytes;
    while ((left > 0 || loads.length === 0) && loads.length < RUNS_AT_ONCE_MAX) {
      const run = partition.runs.at(first + loads.length);
      if (run === undefined) break;
      loads.push(this.#load(run, offset, Math.max(0, left)));
      left -= lengthFrom(run, offset);
    }
    return loads;
  }

  #load(run: Run, offset: number, bytes: number): Load {
    if (packOfSource(run.source) !== undefined) {
      this.cacheReads.store++;
      const found = this.#slice(run, offset, bytes);
      return { run, isHistory: true, found: unobserved(found) };
    }
    const hot = this.#entries.hot(run);
    if (hot !== undefined) {
      this.cacheReads.hot++;
      return { run, isHistory: false, found: foundIn(hot, run, offset) };
    }
    const cold = this.#entries.cold(run);
    if (cold !== undefined) {
      this.cacheReads.cold++;
      return { run, isHistory: true, found: foundIn(cold, run, offset) };
    }
    this.cacheReads.store++;
    const found = this.#entries.load(run).then((loaded) => foundIn(loaded, run, offset));
    return { run, isHistory: true, found: unobserved(found) };
  }

  async #slice(run: Run, offset: number, bytes: number): Promise<Found> {
    const { batches, nextPosition } = await this.#packs.read(this.#packOf(run), run, offset, bytes);
    const last = batches.at(-1);
    const isWhole = last === undefined || nextPosition >= run.position + run.length;
    return { batches, endOffset: isWhole ? run.endOffset : lastOffsetOf(last) + 1, nextPosition };
  }

  #packOf(run: Run): Pack {
    const pack = this.#parts.packs.get(packOfSource(run.source) ?? -1);
    invariant(pack !== undefined, "a row lies in a live pack");
    return pack;
  }

  #readAhead(partition: Partition, offset: number, { batches, last }: Progress): void {
    const lastBatch = batches.at(-1);
    if (lastBatch === undefined) return;
    const nextOffset = lastOffsetOf(lastBatch) + 1;
    let left = this.#ahead.advance(partition, offset, nextOffset);
    const first = partition.runs.indexOfOffset(nextOffset);
    for (let index = 0; left > 0 && index < RUNS_AT_ONCE_MAX; index++) {
      const run = partition.runs.at(first + index);
      if (run === undefined) return;
      const isLast = run.source === last?.run.source && run.position === last.run.position;
      const position = isLast ? last.nextPosition : run.position;
      if (packOfSource(run.source) === undefined) this.#entries.readAhead(run);
      else this.#packs.readAhead(this.#packOf(run), run, position, left);
      left -= run.position + run.length - position;
    }
  }

  async #findByTime(partition: Partition, timestampMs: number): Promise<Uint8Array | undefined> {
    let next = partition.logStartOffset;
    for (;;) {
      const run = firstRunAt(partition, next, timestampMs);
      if (run === undefined) return undefined;
      const batch = await this.#findInRun(run, timestampMs, partition.logStartOffset);
      if (batch !== undefined) return batch;
      next = run.endOffset;
    }
  }

  async #findInRun(run: Run, timestampMs: number, fromOffset: number): Promise<Uint8Array | undefined> {
    if (packOfSource(run.source) !== undefined)
      return this.#packs.findByTime(this.#packOf(run), run, timestampMs, fromOffset);
    const loaded = this.#entries.hot(run) ?? this.#entries.cold(run) ?? (await this.#entries.load(run));
    return foundIn(loaded, run, fromOffset).batches.find((batch) => maxTimestampOf(batch) >= timestampMs);
  }
}

const STALE_CODE = "READ_PLAN_STALE";

/** A log whose reads fail when the index that they follow is too old to be trusted. */
function freshReads(log: LogStore, isFresh: (storeTimeMs: number) => boolean): Pick<LogStore, "read"> {
  return {
    async read(seq, range) {
      const answer = await log.read(seq, range);
      if (isFresh(answer.storeTimeMs)) return answer;
      const message = `Entry ${seq} was read by an index that is too old; try again.`;
      throw new StreambedError({ kind: "unavailable", code: STALE_CODE, message });
    },
  };
}

function isOfOldPlan(error: unknown): boolean {
  return error instanceof StreambedError && (error.kind === "corrupt" || error.code === STALE_CODE);
}

/** Takes whole batches until the answer is full. False when it is. */
function take(progress: Progress, batches: readonly Uint8Array[], maxBytes: number): boolean {
  for (const batch of batches) {
    if (progress.bytes > 0 && progress.bytes + batch.length > maxBytes) return false;
    progress.batches.push(batch);
    progress.bytes += batch.length;
  }
  return progress.bytes < maxBytes;
}

/** The first run from `offset` on with a record at or after `timestampMs`. */
function firstRunAt(partition: Partition, offset: number, timestampMs: number): Run | undefined {
  for (let index = partition.runs.indexOfOffset(offset); ; index++) {
    const run = partition.runs.at(index);
    if (run === undefined || run.maxTimestampMs >= timestampMs) return run;
  }
}

/** Bytes of a run from `offset` on, as far as that can be told without looking: offsets take about equal room. */
function lengthFrom(run: Run, offset: number): number {
  if (offset <= run.baseOffset) return run.length;
  return (run.length * (run.endOffset - offset)) / (run.endOffset - run.baseOffset);
}

/** The batches of a whole run from the one that holds `offset`. */
function foundIn(loaded: LoadedRun, run: Run, offset: number): Found {
  const { baseOffsets } = loaded;
  let first = 0;
  while (first < baseOffsets.length && (baseOffsets[first + 1] ?? run.endOffset) <= offset) first++;
  const batches = first === 0 ? loaded.batches : loaded.batches.slice(first);
  return { batches, endOffset: run.endOffset, nextPosition: run.position + run.length };
}

/** Undefined when it cannot be read, but something before it could: the reader comes back for it, and is told then. */
async function settled(found: Promise<Found>, { batches }: Progress): Promise<Found | undefined> {
  try {
    return await found;
  } catch (error) {
    if (batches.length === 0) throw error;
    return undefined;
  }
}

/** A failure belongs to whoever waits; when nobody does any more, it is nobody's. */
function unobserved(found: Promise<Found>): Promise<Found> {
  found.catch(() => undefined);
  return found;
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
