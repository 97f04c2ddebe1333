import { invariant, messageOf, randomUuid, sleep, StreambedError } from "@streambed/kernel";
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
import type { Proposal, ProposalOutcome, Waiting } from "./write-queue.ts";
import { WriteQueue } from "./write-queue.ts";

/** What a committer is made of. */
export interface CommitterParts {
  readonly log: LogStore;
  readonly folded: FoldedLog;
  readonly shard: number;
  readonly writerId: string;
  readonly lingerMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly meter: Meter;
}

/** An entry on its way to the store. */
interface InFlight {
  readonly encoded: EncodedEntry;
  readonly draft: Draft;
  answered: boolean;
}

/**
 * The write path: proposals gather while an entry is on its way, then go out together as the next one (group commit).
 * One create is in flight at a time. Its answer is only believed when it is certain: an error or a lost response is
 * resolved by sending the same bytes to the same key again, and a taken key by comparing entry ids. Proposals are
 * answered when the fold has applied their entry.
 */
export class Committer {
  readonly #parts: CommitterParts;
  readonly #queue = new WriteQueue();
  #inFlight: InFlight | undefined;
  #running: Promise<void> | undefined;
  #drained: (() => void)[] = [];
  #closed = false;

  constructor(parts: CommitterParts) {
    this.#parts = parts;
    parts.folded.onEntry((entry, outcome) => this.#onEntry(entry, outcome));
  }

  /** Bytes waiting to be written. */
  get queuedBytes(): number {
    return this.#queue.bytes;
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
      this.#running ??= this.#run();
    });
  }

  /** Resolves when less than `bytes` are waiting: back-pressure for whoever reads from sockets. */
  async whenBelow(bytes: number): Promise<void> {
    while (this.#queue.bytes >= bytes && this.#running !== undefined) {
      await new Promise<void>((resolve) => this.#drained.push(resolve));
    }
  }

  /** Writes what is queued, then refuses everything. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    // Calls of the same turn of the event loop share the first entry.
    await Promise.resolve();
    while (!this.#queue.isEmpty) {
      if (this.#parts.lingerMs > 0) await sleep(this.#parts.clock, this.#parts.lingerMs);
      await this.#commit(this.#queue.takeEntry());
      for (const wake of this.#drained.splice(0)) wake();
    }
    this.#running = undefined;
  }

  async #commit(proposals: readonly Waiting[]): Promise<void> {
    const draft = draftEntry(proposals);
    try {
      while (!(await this.#attempt(draft))) {
        // Lost the key to another writer, whose entry is folded now: try the next key with a new id.
        this.#parts.meter.count("streambed_log_conflicts_total", 1);
      }
    } catch (error) {
      for (const proposal of proposals) proposal.reject(error);
      this.#reactTo(error);
    } finally {
      this.#inFlight = undefined;
    }
  }

  #reactTo(error: unknown): void {
    const { folded, logger } = this.#parts;
    if (error instanceof StreambedError && (error.kind === "corrupt" || error.kind === "internal")) folded.halt(error);
    else logger.log("warn", "commit-failed", { error: messageOf(error) });
  }

  /** True when the draft is in the log; false when another entry took its place. */
  async #attempt(draft: Draft): Promise<boolean> {
    const { folded, meter, clock } = this.#parts;
    folded.assertRunning();
    const inFlight: InFlight = { encoded: this.#encode(draft), draft, answered: false };
    this.#inFlight = inFlight;
    const { entry } = inFlight.encoded;
    const startedMs = clock.elapsed();
    const winner = await this.#create(inFlight.encoded);
    meter.observe("streambed_log_commit_milliseconds", clock.elapsed() - startedMs);
    folded.apply(winner);
    invariant(folded.state.seq >= entry.header.seq, "an entry was created but not folded");
    return inFlight.answered;
  }

  #encode(draft: Draft): EncodedEntry {
    const { folded, shard, writerId, clock, random } = this.#parts;
    const { state } = folded;
    const header = {
      shard,
      seq: state.seq + 1,
      epoch: state.epoch,
      entryId: randomUuid(random),
      prevEntryId: state.lastEntryId,
      committedSeq: state.seq,
      writerId,
      timestampMs: Math.max(state.timestampMs, Math.floor(clock.now())),
    };
    return encodeEntry(header, draft.commands, draft.batches);
  }

  /** Resolves with the entry that has the key for good: ours or another writer's. */
  async #create({ entry, body }: EncodedEntry): Promise<Entry> {
    const { log, folded, clock, random, logger, meter } = this.#parts;
    const { seq, entryId } = entry.header;
    const backoff = new Backoff(clock, random);
    let ambiguous = false;
    for (;;) {
      try {
        meter.count("streambed_log_puts_total", 1);
        const { outcome } = await log.create(seq, body);
        if (outcome === "created") return entry;
        const winner = await folded.readEntry(seq);
        if (winner !== undefined) return winner.header.entryId === entryId ? entry : winner;
        throw new StreambedError({
          kind: "unavailable",
          code: "STORE_INCONSISTENT",
          message: `Entry ${seq} exists but cannot be read yet`,
        });
      } catch (error) {
        ambiguous ||= isAmbiguous(error);
        // Certain failure and nothing unresolved: the payload was never stored and its senders may be told.
        if (!ambiguous) throw error;
        if (!isAmbiguous(error) && error instanceof StreambedError && error.kind === "corrupt") throw error;
        logger.log("warn", "commit-unresolved", { seq, error: messageOf(error) });
        await backoff.pause();
      }
    }
  }

  /** The fold applied an entry: if it is the one in flight, its proposals get their answers. */
  #onEntry(entry: Entry, outcome: EntryOutcome): void {
    const inFlight = this.#inFlight;
    if (inFlight === undefined || !outcome.valid) return;
    if (entry.header.entryId !== inFlight.encoded.entry.header.entryId) return;
    inFlight.answered = true;
    const { batches } = inFlight.draft;
    const { state, reader } = this.#parts.folded;
    const partitionOf = (at: number): ReturnType<typeof state.partition> => {
      const batch = batches[at];
      return batch === undefined ? undefined : state.partition(batch.topicId, batch.partition);
    };
    reader.keep(
      entry,
      batches.map(({ bytes }) => bytes),
      outcome.batches,
      partitionOf,
    );
    answerDraft(inFlight.draft, outcome);
  }
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
