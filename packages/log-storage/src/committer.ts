import { messageOf, randomUuid, StreambedError } from "@streambed/kernel";
import type { Clock, Logger, Meter, Random } from "@streambed/kernel";
import { assertIsBatch } from "./batch-layout.ts";
import type { Command } from "./command.ts";
import { answerDraft, draftEntry } from "./draft.ts";
import type { Draft } from "./draft.ts";
import { encodeEntry } from "./entry-codec.ts";
import { guessOutcomes } from "./early-answer.ts";
import type { EncodedEntry } from "./entry-codec.ts";
import type { WriteOutcome } from "./entry-writer.ts";
import { EntryWriter } from "./entry-writer.ts";
import type { Entry } from "./entry.ts";
import type { FoldedLog } from "./folded-log.ts";
import type { Guards } from "./guards.ts";
import { QUEUE_BYTES_MAX } from "./limits.ts";
import type { EntryOutcome } from "./log-state.ts";
import type { LogStore } from "./ports/log-store.ts";
import { notOwner } from "./ownership.ts";
import type { Tenure } from "./ownership.ts";
import type { Pace } from "./pace.ts";
import type { Proposal, ProposalOutcome, Waiting } from "./write-queue.ts";
import { WriteQueue } from "./write-queue.ts";

/** What a committer is made of. */
export interface CommitterParts {
  readonly log: LogStore;
  readonly folded: FoldedLog;
  readonly tenure: Tenure;
  readonly guards: Guards;
  readonly shard: number;
  readonly writerId: string;
  readonly pace: Pace;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly meter: Meter;
}

/** An entry on its way to the store. */
interface InFlight {
  readonly encoded: EncodedEntry;
  readonly draft: Draft;
  /** What the store has answered for certain: what is under its key is durable. */
  holder: WriteOutcome["holder"] | undefined;
  /** The fold took it: its proposals have their answers. */
  answered: boolean;
  /** It can never become valid: nobody waits for its create any more. */
  abandoned: boolean;
}

/**
 * The write path: proposals gather while entries are on their way, then go out together as the next one (group commit).
 *
 * Each entry names the one before it, so when one loses its key to another writer, those behind it are void whatever
 * becomes of them; they are taken back, in order, and proposed anew. When it was lost to a new owner of the shard they
 * fail instead. Proposals are answered when the fold has applied their entry.
 */
export class Committer {
  readonly #parts: CommitterParts;
  readonly #writer: EntryWriter;
  readonly #queue = new WriteQueue();
  #inFlight: InFlight[] = [];
  #lastSettled: Promise<void> = Promise.resolve();
  /** An entry was lost: nothing new goes out until those behind it are taken back. */
  #takingBack: Draft[] | undefined;
  #pumpScheduled = false;
  /** When the oldest that waits was queued, `clock.elapsed()`. */
  #waitingSinceMs = 0;
  /** A look at what waits is due at this time. */
  #timer: { readonly dueMs: number; cancel(): void } | undefined;
  #waiters: (() => void)[] = [];
  #closed = false;

  constructor(parts: CommitterParts) {
    this.#parts = parts;
    this.#writer = new EntryWriter(parts);
    parts.folded.onHalt((error) => this.#failAll(error));
    parts.folded.attachWriter(
      (entry, outcome) => this.#onEntry(entry, outcome),
      (entryId) => (this.#isUnresolved(entryId) ? this.#whenResolved(entryId) : undefined),
    );
  }

  /** Queues a proposal at once (order of calls is order in the log) and resolves when its entry is durable and folded. */
  propose(proposal: Proposal): Promise<ProposalOutcome> {
    return new Promise((resolve, reject) => {
      this.#assertOpen();
      if (!this.#parts.tenure.mayAppend) throw notOwner();
      let bytes = 0;
      for (const batch of proposal.batches) {
        assertIsBatch(batch.bytes);
        bytes += batch.bytes.length;
      }
      if (this.#queue.bytes + bytes > QUEUE_BYTES_MAX && !this.#queue.isEmpty) throw queueFull();
      this.#enqueue({ ...proposal, bytes, resolve, reject });
    });
  }

  /**
   * Writes a takeover, or behind all that was accepted a release. Rejects with `KEY_LOST` when another entry was first
   * at its key, instead of being proposed anew as others are.
   */
  commitOwnership(command: Extract<Command, { kind: "takeover" | "release" }>): Promise<ProposalOutcome> {
    return new Promise((resolve, reject) => {
      this.#assertOpen();
      const isOnce = command.kind === "takeover";
      this.#enqueue({ commands: [command], batches: [], bytes: 0, isOnce, isUrgent: true, resolve, reject });
    });
  }

  #assertOpen(): void {
    this.#parts.folded.assertRunning();
    if (this.#closed) throw closedError();
  }

  /** Resolves when less than `bytes` are waiting: back-pressure for whoever reads from sockets. */
  async whenBelow(bytes: number): Promise<void> {
    while (this.#queue.bytes >= bytes) await this.#progress();
  }

  /** Writes what is queued, then refuses everything. */
  async close(): Promise<void> {
    this.#closed = true;
    // Nothing waits for company, or for its share of a budget, any more.
    this.#pump();
    while (!this.#queue.isEmpty || this.#inFlight.length > 0) await this.#progress();
  }

  /** Of ours, on its way, and the store has not answered for certain. */
  #isUnresolved(entryId: string): boolean {
    return this.#inFlight.some((each) => each.holder === undefined && each.encoded.entry.header.entryId === entryId);
  }

  async #whenResolved(entryId: string): Promise<void> {
    while (this.#isUnresolved(entryId)) await this.#progress();
  }

  #progress(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** Calls of the same turn of the event loop share an entry. */
  #enqueue(waiting: Waiting): void {
    if (this.#queue.isEmpty) this.#waitingSinceMs = this.#parts.clock.elapsed();
    this.#queue.push(waiting);
    if (this.#pumpScheduled) return;
    this.#pumpScheduled = true;
    queueMicrotask(() => {
      this.#pumpScheduled = false;
      this.#pump();
    });
  }

  /** Launches what may go now; what must wait is looked at again when its time has come or an entry has settled. */
  #pump(): void {
    const { pace, clock } = this.#parts;
    while (this.#takingBack === undefined && !this.#queue.isEmpty) {
      const nowMs = clock.elapsed();
      const { bytes } = this.#queue;
      const isUrgent = this.#queue.isUrgent || this.#closed;
      const inFlight = this.#inFlight.length;
      const waitMs = pace.waitMs({ nowMs, bytes, sinceMs: this.#waitingSinceMs, inFlight, isUrgent });
      if (waitMs > 0) return this.#pumpLater(nowMs, waitMs);
      this.#observeLaunch();
      pace.noteLaunch(nowMs);
      this.#launch(draftEntry(this.#queue.takeEntry()));
      this.#waitingSinceMs = nowMs;
    }
  }

  #pumpLater(nowMs: number, waitMs: number): void {
    const dueMs = nowMs + waitMs;
    if (waitMs === Infinity || (this.#timer !== undefined && this.#timer.dueMs <= dueMs)) return;
    this.#timer?.cancel();
    const cancel = this.#parts.clock.schedule(waitMs, () => {
      this.#timer = undefined;
      this.#pump();
    });
    this.#timer = { dueMs, cancel };
  }

  #observeLaunch(): void {
    const { meter, pace } = this.#parts;
    meter.observe("streambed_log_queue_bytes", this.#queue.bytes);
    meter.observe("streambed_log_linger_seconds", pace.lingerMs / 1000);
    meter.observe("streambed_log_entries_in_flight", this.#inFlight.length);
  }

  #launch(draft: Draft): void {
    const inFlight: InFlight = {
      encoded: this.#encode(draft),
      draft,
      holder: undefined,
      answered: false,
      abandoned: false,
    };
    this.#inFlight.push(inFlight);
    const writing = this.#write(inFlight);
    // Looked at when all before it are settled; until then a failure is nobody's.
    writing.catch(() => undefined);
    this.#lastSettled = this.#lastSettled.then(() => this.#settle(inFlight, writing));
  }

  async #write(inFlight: InFlight): Promise<WriteOutcome> {
    const outcome = await this.#writer.write(inFlight.encoded, () => inFlight.abandoned);
    inFlight.holder = outcome.holder;
    if (outcome.holder === "us" && !this.#parts.guards.ackInOrder) this.#answerEarly(inFlight);
    return outcome;
  }

  #answerEarly(inFlight: InFlight): void {
    const before = this.#inFlight.slice(0, this.#inFlight.indexOf(inFlight)).map(({ draft }) => draft);
    const batches = guessOutcomes(this.#parts.folded.state, before, inFlight.draft);
    if (batches !== undefined) answerDraft(inFlight.draft, { valid: true, commands: [], batches });
  }

  #encode(draft: Draft): EncodedEntry {
    const { folded, shard, writerId, clock, random } = this.#parts;
    const { state } = folded;
    const before = this.#inFlight.at(-1)?.encoded.entry.header;
    const header = {
      shard,
      seq: (before?.seq ?? state.seq) + 1,
      epoch: state.epoch + (draft.commands.some(({ kind }) => kind === "takeover") ? 1 : 0),
      entryId: randomUuid(random),
      prevEntryId: before?.entryId ?? state.lastEntryId,
      committedSeq: state.seq,
      writerId,
      timestampMs: Math.max(before?.timestampMs ?? state.timestampMs, Math.floor(clock.now())),
    };
    return encodeEntry(header, draft.commands, draft.batches);
  }

  /** Called in the order of launches. Never rejects. */
  async #settle(inFlight: InFlight, writing: Promise<WriteOutcome>): Promise<void> {
    const { folded, logger } = this.#parts;
    try {
      if (this.#isOnItsWay(inFlight) && !inFlight.answered && this.#canBecomeValid(inFlight)) {
        const outcome = await writing;
        if (outcome.holder !== "unresolved") {
          if (outcome.tailAtMs !== undefined) folded.noteTail(outcome.tailAtMs);
          folded.apply(outcome.entry);
        }
      }
      if (!this.#isOnItsWay(inFlight)) return;
      if (inFlight.answered) this.#parts.pace.noteSuccess();
      else this.#takeBack(inFlight);
    } catch (error) {
      if (!this.#isOnItsWay(inFlight)) return;
      for (const proposal of inFlight.draft.proposals) proposal.reject(error);
      if (error instanceof StreambedError && (error.kind === "corrupt" || error.kind === "internal"))
        folded.halt(error);
      else logger.log("warn", "commit-failed", { error: messageOf(error) });
      // Those behind name this entry as the one before them.
      this.#takingBack ??= [];
    }
    this.#finish(inFlight);
  }

  /** False once the shard was lost to another owner: then nobody waits for it any more. */
  #isOnItsWay(inFlight: InFlight): boolean {
    return this.#inFlight.includes(inFlight);
  }

  /** Only an entry that follows the last valid one can. */
  #canBecomeValid(inFlight: InFlight): boolean {
    const { state } = this.#parts.folded;
    const { seq, prevEntryId } = inFlight.encoded.entry.header;
    return state.seq + 1 === seq && state.lastEntryId === prevEntryId;
  }

  #takeBack(inFlight: InFlight): void {
    this.#parts.meter.count("streambed_log_conflicts_total", 1);
    this.#parts.pace.noteConflict();
    inFlight.abandoned = true;
    this.#takingBack = [...(this.#takingBack ?? []), inFlight.draft];
  }

  #finish(inFlight: InFlight): void {
    this.#inFlight = this.#inFlight.filter((each) => each !== inFlight);
    if (this.#takingBack !== undefined && this.#inFlight.length === 0) {
      const proposals = this.#takingBack.flatMap((draft) => draft.proposals);
      this.#takingBack = undefined;
      this.#queue.putBack(proposals.filter(({ isOnce }) => isOnce !== true));
      for (const proposal of proposals) if (proposal.isOnce === true) proposal.reject(keyLost());
    }
    this.#pump();
    this.#wake();
  }

  /** The fold applied an entry: if it is one of those in flight, its proposals get their answers. */
  #onEntry(entry: Entry, outcome: EntryOutcome): void {
    if (!outcome.valid) return;
    const { folded, tenure } = this.#parts;
    const { entryId } = entry.header;
    const inFlight = this.#inFlight.find(
      ({ encoded, holder }) => encoded.entry.header.entryId === entryId && holder !== "another",
    );
    if (inFlight !== undefined) {
      inFlight.answered = true;
      const bytes = inFlight.draft.batches.map((batch) => batch.bytes);
      folded.keep(entry, bytes, outcome.batches);
      answerDraft(inFlight.draft, outcome);
    }
    tenure.refresh(() => this.#failAll(notOwner()));
  }

  /**
   * The shard has another owner, so what is on its way is void or was answered, and what waits is not ours to write; or
   * the log has halted.
   */
  #failAll(error: StreambedError): void {
    const drafts = [...(this.#takingBack ?? []), ...this.#inFlight.map(({ draft }) => draft)];
    for (const inFlight of this.#inFlight) inFlight.abandoned = true;
    this.#inFlight = [];
    this.#takingBack = undefined;
    // Whoever comes next must not wait for writes that hang.
    this.#lastSettled = Promise.resolve();
    this.#parts.pace.noteConflict();
    // A promise that was answered stays answered.
    for (const { proposals } of drafts) for (const proposal of proposals) proposal.reject(error);
    for (const proposal of this.#queue.takeAll()) proposal.reject(error);
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiters.splice(0)) wake();
  }
}

function keyLost(): StreambedError {
  return new StreambedError({
    kind: "conflict",
    code: "KEY_LOST",
    retriable: true,
    message: "Another entry was written under the key that this one was meant for; try again behind it.",
  });
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
