import { messageOf, randomUuid, StreambedError } from "@streambed/kernel";
import type { Clock, Logger, Meter, Random } from "@streambed/kernel";
import { answerDraft, draftEntry } from "./draft.ts";
import type { Draft } from "./draft.ts";
import { encodeEntry } from "./entry-codec.ts";
import type { EncodedEntry } from "./entry-codec.ts";
import type { Entry } from "./entry.ts";
import type { FoldedLog } from "./folded-log.ts";
import { QUEUE_BYTES_MAX } from "./limits.ts";
import type { EntryOutcome } from "./log-state.ts";
import type { LogStore } from "./ports/log-store.ts";
import { Backoff, isAmbiguous } from "./retry.ts";
import type { Proposal, ProposalOutcome } from "./write-queue.ts";
import { WriteQueue } from "./write-queue.ts";

/** What a committer is made of. */
export interface CommitterParts {
  readonly log: LogStore;
  readonly folded: FoldedLog;
  readonly shard: number;
  readonly writerId: string;
  readonly lingerMs: number;
  /** Entries that may be on their way at the same time. */
  readonly entriesInFlight: number;
  /** Bytes that must wait before an entry goes out behind another. */
  readonly pipelinedEntryBytesMin: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly meter: Meter;
}

/** An entry on its way to the store. */
interface InFlight {
  readonly encoded: EncodedEntry;
  readonly draft: Draft;
  /** The store has answered for certain: what is under its key is durable. */
  resolved: boolean;
  /** The fold took it: its proposals have their answers. */
  answered: boolean;
  /** It can never become valid: nobody waits for its create any more. */
  abandoned: boolean;
}

/**
 * The write path: proposals gather while entries are on their way, then go out together as the next one (group commit).
 *
 * Each entry names the one before it, so when one loses its key to another writer, those behind it are void whatever
 * becomes of them; they are taken back, in order, and proposed anew. A create is only believed when its answer is
 * certain: after an error or a lost response the same bytes go to the same key again, and a taken key is settled by
 * comparing entry ids. Proposals are answered when the fold has applied their entry.
 */
export class Committer {
  readonly #parts: CommitterParts;
  readonly #queue = new WriteQueue();
  #inFlight: InFlight[] = [];
  #lastSettled: Promise<void> = Promise.resolve();
  /** Entries that may be in flight now: one after a conflict, growing with each success. */
  #window = 1;
  /** An entry was lost: nothing new goes out until those behind it are taken back. */
  #takingBack: Draft[] | undefined;
  #pumpScheduled = false;
  #waiters: (() => void)[] = [];
  #closed = false;

  constructor(parts: CommitterParts) {
    this.#parts = parts;
    parts.folded.attachWriter(
      (entry, outcome) => this.#onEntry(entry, outcome),
      (entryId) => this.#inFlight.some((each) => !each.resolved && each.encoded.entry.header.entryId === entryId),
    );
  }

  /** Queues a proposal at once (order of calls is order in the log) and resolves when its entry is durable and folded. */
  propose(proposal: Proposal): Promise<ProposalOutcome> {
    return new Promise((resolve, reject) => {
      this.#parts.folded.assertRunning();
      if (this.#closed) throw closedError();
      let bytes = 0;
      for (const batch of proposal.batches) bytes += batch.bytes.length;
      if (this.#queue.bytes + bytes > QUEUE_BYTES_MAX && !this.#queue.isEmpty) throw queueFull();
      this.#queue.push({ ...proposal, bytes, resolve, reject });
      this.#schedulePump();
    });
  }

  /** Resolves when less than `bytes` are waiting: back-pressure for whoever reads from sockets. */
  async whenBelow(bytes: number): Promise<void> {
    while (this.#queue.bytes >= bytes) await this.#progress();
  }

  /** Writes what is queued, then refuses everything. */
  async close(): Promise<void> {
    this.#closed = true;
    while (!this.#queue.isEmpty || this.#inFlight.length > 0) await this.#progress();
  }

  #progress(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** Calls of the same turn of the event loop, or of the linger, share an entry. */
  #schedulePump(): void {
    if (this.#pumpScheduled) return;
    this.#pumpScheduled = true;
    const run = (): void => {
      this.#pumpScheduled = false;
      this.#pump();
    };
    if (this.#parts.lingerMs > 0) this.#parts.clock.schedule(this.#parts.lingerMs, run);
    else queueMicrotask(run);
  }

  #pump(): void {
    while (this.#takingBack === undefined && this.#inFlight.length < this.#window && this.#isWorthAnEntry()) {
      this.#launch(draftEntry(this.#queue.takeEntry()));
    }
  }

  /** While an entry is on its way, small proposals rather gather: fewer and larger entries cost less. */
  #isWorthAnEntry(): boolean {
    return (
      !this.#queue.isEmpty && (this.#inFlight.length === 0 || this.#queue.bytes >= this.#parts.pipelinedEntryBytesMin)
    );
  }

  #launch(draft: Draft): void {
    const inFlight: InFlight = {
      encoded: this.#encode(draft),
      draft,
      resolved: false,
      answered: false,
      abandoned: false,
    };
    this.#inFlight.push(inFlight);
    const creating = this.#create(inFlight).finally(() => {
      inFlight.resolved = true;
    });
    // Looked at when all before it are settled; until then a failure is nobody's.
    creating.catch(() => undefined);
    this.#lastSettled = this.#lastSettled.then(() => this.#settle(inFlight, creating));
  }

  #encode(draft: Draft): EncodedEntry {
    const { folded, shard, writerId, clock, random } = this.#parts;
    const { state } = folded;
    const before = this.#inFlight.at(-1)?.encoded.entry.header;
    const header = {
      shard,
      seq: (before?.seq ?? state.seq) + 1,
      epoch: state.epoch,
      entryId: randomUuid(random),
      prevEntryId: before?.entryId ?? state.lastEntryId,
      committedSeq: state.seq,
      writerId,
      timestampMs: Math.max(before?.timestampMs ?? state.timestampMs, Math.floor(clock.now())),
    };
    return encodeEntry(header, draft.commands, draft.batches);
  }

  /** Called in the order of launches. Never rejects. */
  async #settle(inFlight: InFlight, creating: Promise<Entry>): Promise<void> {
    const { folded, logger } = this.#parts;
    try {
      if (!inFlight.answered && this.#canBecomeValid(inFlight)) folded.apply(await creating);
      if (inFlight.answered) this.#window = Math.min(this.#window + 1, this.#parts.entriesInFlight);
      else this.#takeBack(inFlight);
    } catch (error) {
      for (const proposal of inFlight.draft.proposals) proposal.reject(error);
      if (error instanceof StreambedError && (error.kind === "corrupt" || error.kind === "internal"))
        folded.halt(error);
      else logger.log("warn", "commit-failed", { error: messageOf(error) });
      // Those behind name this entry as the one before them.
      this.#takingBack ??= [];
    }
    this.#finish(inFlight);
  }

  /** Only an entry that follows the last valid one can. */
  #canBecomeValid(inFlight: InFlight): boolean {
    const { state } = this.#parts.folded;
    const { seq, prevEntryId } = inFlight.encoded.entry.header;
    return state.seq + 1 === seq && state.lastEntryId === prevEntryId;
  }

  #takeBack(inFlight: InFlight): void {
    this.#parts.meter.count("streambed_log_conflicts_total", 1);
    inFlight.abandoned = true;
    this.#window = 1;
    this.#takingBack = [...(this.#takingBack ?? []), inFlight.draft];
  }

  #finish(inFlight: InFlight): void {
    this.#inFlight = this.#inFlight.filter((each) => each !== inFlight);
    if (this.#takingBack !== undefined && this.#inFlight.length === 0) {
      this.#queue.putBack(this.#takingBack.flatMap(({ proposals }) => proposals));
      this.#takingBack = undefined;
    }
    this.#pump();
    for (const wake of this.#waiters.splice(0)) wake();
  }

  /** Resolves with the entry that has the key for good: ours or another writer's. */
  async #create(inFlight: InFlight): Promise<Entry> {
    const { log, folded, clock, random, logger, meter } = this.#parts;
    const { entry, body } = inFlight.encoded;
    const { seq, entryId } = entry.header;
    const backoff = new Backoff(clock, random);
    const startedMs = clock.elapsed();
    for (let ambiguous = false; ;) {
      try {
        folded.assertRunning();
        meter.count("streambed_log_puts_total", 1);
        const { outcome } = await log.create(seq, body);
        meter.observe("streambed_log_commit_milliseconds", clock.elapsed() - startedMs);
        if (outcome === "created") return entry;
        const winner = await folded.readEntry(seq);
        if (winner === undefined) throw notReadable(seq);
        return winner.header.entryId === entryId ? entry : winner;
      } catch (error) {
        ambiguous ||= isAmbiguous(error);
        const isDamage = error instanceof StreambedError && error.kind === "corrupt";
        // Certain failure and nothing unresolved: the payload was never stored and its senders may be told.
        if (!ambiguous || isDamage || inFlight.abandoned) throw error;
        logger.log("warn", "commit-unresolved", { seq, error: messageOf(error) });
        await backoff.pause();
      }
    }
  }

  /** The fold applied an entry: if it is one of those in flight, its proposals get their answers. */
  #onEntry(entry: Entry, outcome: EntryOutcome): void {
    if (!outcome.valid) return;
    const inFlight = this.#inFlight.find(({ encoded }) => encoded.entry.header.entryId === entry.header.entryId);
    if (inFlight === undefined) return;
    inFlight.answered = true;
    const { batches } = inFlight.draft;
    this.#parts.folded.keep(
      entry,
      batches.map(({ bytes }) => bytes),
      outcome.batches,
    );
    answerDraft(inFlight.draft, outcome);
  }
}

function notReadable(seq: number): StreambedError {
  const message = `Entry ${seq} exists but cannot be read yet; trying again.`;
  return new StreambedError({ kind: "unavailable", code: "STORE_INCONSISTENT", message });
}

function closedError(): StreambedError {
  return new StreambedError({
    kind: "unavailable",
    code: "LOG_CLOSED",
    message: "The log is shutting down; connect to another broker or try again.",
  });
}

function queueFull(): StreambedError {
  return new StreambedError({
    kind: "limit",
    code: "LOG_QUEUE_FULL",
    retriable: true,
    message: `More than ${QUEUE_BYTES_MAX} bytes wait to be stored; the store is slower than the producers. Try again.`,
  });
}
