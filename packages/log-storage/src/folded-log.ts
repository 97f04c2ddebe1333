import { StreambedError } from "@streambed/kernel";
import type { Clock, Logger, Meter } from "@streambed/kernel";
import type { Checkpoints } from "./checkpoint.ts";
import { damaged } from "./entry-codec.ts";
import type { Entry } from "./entry.ts";
import type { Guards } from "./guards.ts";
import { CATCH_UP_CONCURRENCY, ENTRIES_IN_FLIGHT_MAX, NOTED_ENTRIES_AT_ONCE, RELEASE_YOUNG_MS } from "./limits.ts";
import type { LogReader } from "./log-reader.ts";
import type { BatchOutcome, EntryOutcome, LogState } from "./log-state.ts";
import type { Partition } from "./partition.ts";
import type { LogStore } from "./ports/log-store.ts";
import type { EntryRead } from "./tail-reader.ts";
import { readHeader } from "./tail-reader.ts";
import type { TimeRule } from "./time-rule.ts";
import { logStale } from "./time-rule.ts";
import { Watchers } from "./watchers.ts";

/** What a folded log is made of. */
export interface FoldedLogParts {
  readonly log: LogStore;
  readonly state: LogState;
  readonly reader: LogReader;
  readonly checkpoints: Checkpoints;
  readonly timeRule: TimeRule;
  readonly guards: Guards;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
}

/** Called for each entry after it was folded, with the batches it added to. */
export type EntryListener = (entry: Entry, outcome: EntryOutcome) => void;

/**
 * The fold and the one place where entries enter it, in order, whether they were written here or found in the store.
 * When an entry cannot be trusted the log halts: every later call fails with the same error and nothing is skipped.
 */
export class FoldedLog {
  readonly state: LogState;
  readonly reader: LogReader;
  readonly watchers: Watchers = new Watchers();
  readonly #log: LogStore;
  readonly #checkpoints: Checkpoints;
  readonly #timeRule: TimeRule;
  readonly #guards: Guards;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #meter: Meter;
  /** `clock.elapsed()` when an entry was last folded. */
  lastEntryElapsedMs: number;
  readonly #haltListeners = new Set<(error: StreambedError) => void>();
  #halted: StreambedError | undefined;
  /** Number of the last release that was folded. */
  #releaseSeq = -1;
  #listener: EntryListener = () => undefined;
  #whenResolved: (entryId: string) => Promise<void> | undefined = () => undefined;

  constructor(parts: FoldedLogParts) {
    this.state = parts.state;
    this.reader = parts.reader;
    this.#log = parts.log;
    this.#checkpoints = parts.checkpoints;
    this.#timeRule = parts.timeRule;
    this.#guards = parts.guards;
    this.#clock = parts.clock;
    this.lastEntryElapsedMs = parts.clock.elapsed();
    this.#logger = parts.logger;
    this.#meter = parts.meter;
  }

  /**
   * The writer's hooks. It recognises its own entries by id; and an entry of which it does not know yet that it is
   * durable is not folded because somebody saw it: a folder shows a new file before its directory is synced. Whoever
   * looks for the tail waits until the writer knows, because others may have appended behind that entry.
   */
  attachWriter(listener: EntryListener, whenResolved: (entryId: string) => Promise<void> | undefined): void {
    this.#listener = listener;
    this.#whenResolved = whenResolved;
  }

  /** Keeps the batches of a freshly folded entry for readers at the tail. */
  keep(entry: Entry, batches: readonly Uint8Array[], outcomes: readonly BatchOutcome[]): void {
    this.reader.keep(entry, batches, outcomes, (at) => {
      const batch = entry.batches[at];
      return batch === undefined ? undefined : this.state.partition(batch.topicId, batch.partition);
    });
  }

  /** What halted the log, if something did. */
  get halted(): StreambedError | undefined {
    return this.#halted;
  }

  /** Calls back once if the log halts. Returns the function that stops it. */
  onHalt(listener: (error: StreambedError) => void): () => void {
    this.#haltListeners.add(listener);
    return () => this.#haltListeners.delete(listener);
  }

  /** Throws what halted the log, if something did. */
  assertRunning(): void {
    if (this.#halted !== undefined) throw this.#halted;
  }

  /** Refuses everything from now on. */
  halt(error: StreambedError): void {
    if (this.#halted !== undefined) return;
    this.#halted = error;
    this.#logger.log("error", "log-halted", { code: error.code, message: error.message });
    for (const listener of this.#haltListeners) listener(error);
  }

  /** Folds an entry that is known to be in the store. Does nothing when it was folded before. */
  apply(entry: Entry): void {
    this.assertRunning();
    if (entry.header.seq <= this.state.seq) return;
    const outcome = this.#fold(entry);
    this.lastEntryElapsedMs = this.#clock.elapsed();
    this.#meter.count("streambed_log_entries_total", 1);
    if (!outcome.valid) this.#meter.count("streambed_log_void_entries_total", 1);
    this.#listener(entry, outcome);
    if (outcome.valid) this.watchers.notify(this.#grown(entry, outcome));
    if (outcome.valid && isRelease(entry, outcome)) this.#releaseSeq = entry.header.seq;
    this.#checkpoints.noteFolded(this.state);
  }

  #fold(entry: Entry): EntryOutcome {
    try {
      return this.state.apply(entry);
    } catch (error) {
      // A fold that stops half-way has no state any more; only a restart from the store can help.
      const halt = error instanceof StreambedError ? error : damaged(entry.header.seq, String(error));
      this.halt(halt);
      throw halt;
    }
  }

  #grown(entry: Entry, outcome: Extract<EntryOutcome, { valid: true }>): Set<Partition> {
    const grown = new Set<Partition>();
    for (const [at, batch] of entry.batches.entries()) {
      if (outcome.batches[at]?.status !== "appended") continue;
      const partition = this.state.partition(batch.topicId, batch.partition);
      if (partition !== undefined) grown.add(partition);
    }
    return grown;
  }

  /** Reads an entry's header section. Whoever draws a conclusion from it must {@link confirmRead} it. */
  async readEntry(seq: number): Promise<EntryRead> {
    try {
      return await readHeader(this.#log, seq);
    } catch (error) {
      if (error instanceof StreambedError && error.kind === "corrupt") this.halt(error);
      throw error;
    }
  }

  /** Halts with `LOG_STALE` unless the answer about the entry behind `tailSeq` came in time; see `TimeRule`. */
  async confirmRead(storeTimeMs: number, tailSeq: number): Promise<void> {
    if (this.#guards.checkTimeAfterRead) await this.#confirm(storeTimeMs, tailSeq);
  }

  /** Whether this was near a moment at which our tail was the tail, so that no key that the index names can be another's. */
  isFresh(storeTimeMs: number): boolean {
    return !this.#guards.checkTimeAfterRead || this.#timeRule.isFresh(storeTimeMs);
  }

  /** As {@link confirmRead}, for a write that succeeded. */
  async confirmWrite(storeTimeMs: number, tailSeq: number): Promise<void> {
    if (this.#guards.checkTimeAfterPut) await this.#confirm(storeTimeMs, tailSeq);
  }

  async #confirm(storeTimeMs: number, tailSeq: number): Promise<void> {
    if (await this.#timeRule.holds(storeTimeMs, tailSeq)) return;
    const error = logStale();
    this.halt(error);
    throw error;
  }

  /** The store said at this time, in time, that nothing was behind our tail. */
  noteTail(storeTimeMs: number): void {
    this.#timeRule.noteTail(storeTimeMs);
  }

  /**
   * Folds all entries that are in the store now, or those up to one that is said to be there. Returns how many were new.
   * Nothing is asked for that is not likely to be found: a store charges as much for the answer that there is nothing.
   */
  async catchUp(upTo: number = Infinity): Promise<number> {
    let folded = 0;
    while (this.state.seq < upTo) {
      this.assertRunning();
      const first = this.state.seq + 1;
      const likely = Math.max(folded, upTo === Infinity ? 1 : NOTED_ENTRIES_AT_ONCE);
      const width = Math.min(likely, upTo - this.state.seq, CATCH_UP_CONCURRENCY);
      const numbers = Array.from({ length: width }, (_, at) => first + at);
      const reads = await Promise.all(numbers.map((seq) => this.readEntry(seq)));
      for (const [at, { entry, storeTimeMs }] of reads.entries()) {
        await this.confirmRead(storeTimeMs, first + at - 1);
        if (entry === undefined) this.noteTail(storeTimeMs);
        if (entry === undefined) return folded;
        const resolved = this.#whenResolved(entry.header.entryId);
        if (resolved !== undefined) {
          await resolved;
          break;
        }
        if (entry.header.seq === this.state.seq + 1) {
          this.apply(entry);
          folded++;
        }
      }
    }
    return folded;
  }

  /**
   * Proves that nothing is behind the tail but what writers that died may have left there. A later entry that knows the
   * gap to be committed, or one further behind than anybody has entries on their way, means that a committed entry was
   * removed. Filling the gap would lose it for good, so the log halts instead. Resolves with the store's time.
   */
  async assertNoGap(): Promise<number> {
    for (;;) {
      // The tail as it was before the look: others may fold while it is under way.
      const tail = this.state.seq;
      const { proof, storeTimeMs } = await this.#lookBehindGap(tail);
      if (proof === undefined) return storeTimeMs;
      // Other writers may have written both the entry at the tail and that one since the tail was looked for. An entry
      // that is missing only now, after one that came after it was seen, is really missing.
      await this.catchUp();
      if (this.state.seq > tail) continue;
      const error = damaged(tail + 1, `it is missing, but ${proof}`);
      this.halt(error);
      throw error;
    }
  }

  /** `proof` says why the entry behind the tail must have existed. */
  async #lookBehindGap(tail: number): Promise<{ proof: string | undefined; storeTimeMs: number }> {
    const { seqs, storeTimeMs } = await (this.#isYoungRelease(tail) ? this.#probe(tail + 1) : this.#log.list(tail + 1));
    const last = seqs.at(-1) ?? tail;
    if (last > tail + ENTRIES_IN_FLIGHT_MAX) {
      return { proof: `there is entry ${last}, further behind it than entries can be on their way`, storeTimeMs };
    }
    const strays = await Promise.all(seqs.map((seq) => this.readEntry(seq)));
    const knowing = strays.map(({ entry }) => entry).find((entry) => (entry?.header.committedSeq ?? -1) > tail);
    if (knowing === undefined) return { proof: undefined, storeTimeMs };
    return { proof: `entry ${knowing.header.seq} knows it as committed`, storeTimeMs };
  }

  /**
   * Whether the tail is what an owner left when it gave the shard up a moment ago. It had nothing on its way any more, so
   * behind it can only be what others have written since, and too little time has passed for a removal to be longer than
   * {@link #probe} sees.
   */
  #isYoungRelease(tail: number): boolean {
    return this.#releaseSeq === tail && this.#clock.now() - this.state.timestampMs <= RELEASE_YOUNG_MS;
  }

  /** As `LogStore.list`, but no further than strays can be and one more. Folders and S3 servers on them list slowly. */
  async #probe(after: number): Promise<{ seqs: readonly number[]; storeTimeMs: number }> {
    const numbers = Array.from({ length: ENTRIES_IN_FLIGHT_MAX }, (_, at) => after + 1 + at);
    const reads = await Promise.all(numbers.map((seq) => this.readEntry(seq)));
    return {
      seqs: numbers.filter((_, at) => reads[at]?.entry !== undefined),
      storeTimeMs: Math.max(...reads.map(({ storeTimeMs }) => storeTimeMs)),
    };
  }
}

/** Whether an owner has given the shard up with this entry. */
function isRelease({ commands }: Entry, outcome: Extract<EntryOutcome, { valid: true }>): boolean {
  return commands.some(({ kind }, at) => kind === "release" && outcome.commands[at]?.status === "applied");
}
