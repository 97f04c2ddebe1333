import { byteLength, hasCode, messageOf, StreambedError } from "@streambed/kernel";
import type { Clock, Logger, Meter, Random } from "@streambed/kernel";
import type { EncodedEntry } from "./entry-codec.ts";
import type { Entry } from "./entry.ts";
import type { FoldedLog } from "./folded-log.ts";
import type { Guards } from "./guards.ts";
import { hedged } from "./hedge.ts";
import { STALLED_MS } from "./limits.ts";
import type { Pace } from "./pace.ts";
import type { LogStore } from "./ports/log-store.ts";
import { Backoff, isAmbiguous } from "./retry.ts";
import type { EntryRead } from "./tail-reader.ts";

/** What an entry writer is made of. */
export interface EntryWriterParts {
  readonly log: LogStore;
  readonly folded: FoldedLog;
  readonly guards: Guards;
  readonly pace: Pace;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly meter: Meter;
}

/** Who has the key for good. `unresolved` only without the guard that forbids it. */
export type WriteOutcome =
  | {
      readonly holder: "us" | "another";
      readonly entry: Entry;
      /** The store's time at which the key was the end of the log; undefined when only a read has settled it. */
      readonly tailAtMs?: number;
    }
  | { readonly holder: "unresolved" };

/**
 * Writes an entry under its one key until the store's answer is certain: after an error or a lost response the same
 * bytes go to the same key again, and a taken key is settled by comparing entry ids.
 */
export class EntryWriter {
  readonly #parts: EntryWriterParts;

  constructor(parts: EntryWriterParts) {
    this.#parts = parts;
  }

  /** Rejects only when the entry was certainly not stored, when the log halts, or when nobody waits any more. */
  async write(encoded: EncodedEntry, isAbandoned: () => boolean): Promise<WriteOutcome> {
    const { folded, guards, pace, clock, random, logger } = this.#parts;
    const { seq } = encoded.entry.header;
    const backoff = new Backoff(clock, random);
    for (let ambiguous = false; ;) {
      try {
        folded.assertRunning();
        return await this.#attempt(encoded);
      } catch (error) {
        ambiguous ||= isAmbiguous(error);
        if (hasCode(error, "STORE_THROTTLED")) pace.noteThrottled(clock.elapsed());
        // Certain failure and nothing unresolved: the payload was never stored and its senders may be told.
        if (!ambiguous || folded.halted !== undefined || isAbandoned()) throw error;
        logger.log("warn", "commit-unresolved", { seq, error: messageOf(error) });
        if (!guards.resolveBeforeMoving) return { holder: "unresolved" };
        await backoff.pause();
      }
    }
  }

  /**
   * The first of its writes whose outcome is certain decides. Beside each but the first the key is read, too: what landed
   * and was not answered yet is known a round trip sooner than by a write that finds the key taken.
   */
  async #attempt({ entry, body }: EncodedEntry): Promise<WriteOutcome> {
    const { folded, pace, clock, meter } = this.#parts;
    const { seq } = entry.header;
    const bytes = byteLength(body);
    const startedMs = clock.elapsed();
    let isFirst = true;
    const write = (signal?: AbortSignal): Promise<WriteOutcome> => {
      const writing = this.#write(entry, body, signal);
      // Sent once: the writes are what is repeated for as long as it takes.
      const answer = isFirst ? writing : orSooner(writing, this.#look(entry, folded.readEntry(seq)));
      isFirst = false;
      return answer;
    };
    const mayHedge = (waitedMs: number): boolean => {
      const may = pace.mayHedge(clock.elapsed(), waitedMs);
      if (may) meter.count("streambed_log_hedges_total", 1);
      return may;
    };
    const delayMs = pace.hedgeDelayMs(bytes);
    const outcome = await (delayMs === undefined ? write() : hedged(write, { clock, delayMs, mayHedge }));
    const ms = clock.elapsed() - startedMs;
    pace.noteAnswer(bytes, ms);
    meter.observe("streambed_log_commit_seconds", ms / 1000);
    return outcome;
  }

  async #write(entry: Entry, body: readonly Uint8Array[], signal?: AbortSignal): Promise<WriteOutcome> {
    const { log, folded, pace, clock, meter } = this.#parts;
    const { seq } = entry.header;
    pace.notePut(clock.elapsed());
    meter.count("streambed_log_puts_total", 1);
    const { outcome, storeTimeMs } = await log.create(seq, body, signal);
    if (outcome === "created") {
      await folded.confirmWrite(storeTimeMs, seq - 1);
      return { holder: "us", entry, tailAtMs: storeTimeMs };
    }
    const settled = await this.#look(entry, this.#read(seq));
    if (settled === undefined) throw notReadable(seq);
    return settled;
  }

  /** Who has the key, as a read says; undefined: nobody yet. */
  async #look(entry: Entry, reading: Promise<EntryRead>): Promise<WriteOutcome | undefined> {
    const { folded, guards } = this.#parts;
    const { seq, entryId } = entry.header;
    const { entry: winner, storeTimeMs } = await reading;
    await folded.confirmRead(storeTimeMs, seq - 1);
    if (winner === undefined) return undefined;
    const isOurs = winner.header.entryId === entryId && guards.compareEntryIds;
    return isOurs ? { holder: "us", entry } : { holder: "another", entry: winner };
  }

  /** Everything behind this entry waits for the answer, so one that got lost is asked for again. */
  #read(seq: number): Promise<EntryRead> {
    const { folded, pace, clock } = this.#parts;
    const read = (): Promise<EntryRead> => folded.readEntry(seq);
    return pace.hedges ? hedged(read, { clock, delayMs: STALLED_MS, mayHedge: () => true }) : read();
  }
}

/** The answer of a write, or what a look has found before. A look that fails or finds nothing decides nothing. */
function orSooner(writing: Promise<WriteOutcome>, looking: Promise<WriteOutcome | undefined>): Promise<WriteOutcome> {
  return new Promise((resolve, reject) => {
    writing.then(resolve, reject);
    looking.then(
      (outcome) => outcome !== undefined && resolve(outcome),
      () => undefined,
    );
  });
}

function notReadable(seq: number): StreambedError {
  const message = `Entry ${seq} exists but cannot be read yet; trying again.`;
  return new StreambedError({ kind: "unavailable", code: "STORE_INCONSISTENT", message });
}
