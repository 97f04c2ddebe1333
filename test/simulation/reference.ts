import type { BatchOutcome, Guards } from "@streambed/log-storage";
import { decodeEntry, sectionLength } from "../../packages/log-storage/src/entry-codec.ts";
import type { Entry } from "../../packages/log-storage/src/entry.ts";
import { seqOfEntryKey } from "../../packages/log-storage/src/keys.ts";
import { LogState } from "../../packages/log-storage/src/log-state.ts";
import type { Attempt, Attempts } from "./attempts.ts";
import type { StoredObject } from "./bucket.ts";
import type { Checker } from "./checker.ts";
import { countingModule } from "./counting-module.ts";
import { fullDigest, quickDigest } from "./state-digest.ts";
import type { Trace } from "./trace.ts";

/** A batch as the log holds it. */
export interface StoredBatch {
  readonly baseOffset: number;
  readonly endOffset: number;
  readonly attempt: Attempt;
  readonly epoch: number;
  readonly seq: number;
}

/** Full digests are dear, so only some entries have one. */
const FULL_DIGEST_EVERY = 10;

/**
 * The truth: a fold over the first object that ever existed under each key of the log, made at the moment the bucket
 * takes it. A key that is created again after its deletion is a stray, and whoever believes it differs from this.
 * Rules that production code keeps by folding are checked here again without it.
 */
export class Reference {
  readonly state: LogState;
  /** By entry number. */
  readonly digests: string[] = [];
  readonly fullDigests: Map<number, number> = new Map();
  readonly #waiting = new Map<number, Uint8Array>();
  readonly #removed = new Set<number>();
  /** Entries of which a later one says that they are committed. */
  readonly #committed = new Set<number>();
  readonly #releases = new Set<number>();
  readonly #changedBodies = new Set<number>();
  readonly #valid = new Set<number>();
  readonly #created = new Map<number, string>();
  readonly #batches = new Map<string, StoredBatch[]>();
  readonly #sequences = new Map<string, number>();
  readonly #writers = new Map<number, string>();
  readonly #attempts: Attempts;
  readonly #checker: Checker;
  readonly #trace: Trace;
  readonly #isOwned: boolean;
  validEntries: number = 0;
  voidEntries: number = 0;
  strays: number = 0;
  /** Called after a valid entry was folded. */
  onValidEntry: (entry: Entry) => void = () => undefined;

  constructor(parts: {
    readonly attempts: Attempts;
    readonly checker: Checker;
    readonly trace: Trace;
    readonly guards: Guards;
    readonly isOwned: boolean;
  }) {
    this.#attempts = parts.attempts;
    this.#checker = parts.checker;
    this.#trace = parts.trace;
    this.#isOwned = parts.isOwned;
    this.state = new LogState([countingModule()], parts.guards);
  }

  /** Batches of a partition in offset order, those below the log start and of deleted topics included. */
  batchesOf(topicId: string, partition: number): readonly StoredBatch[] {
    return this.#batches.get(`${topicId}:${partition}`) ?? [];
  }

  /** The batch that begins at `offset`. */
  batchAt(topicId: string, partition: number, offset: number): StoredBatch | undefined {
    return this.batchesOf(topicId, partition).find(({ baseOffset }) => baseOffset === offset);
  }

  /** Not the first object under its key of the log. */
  isStray({ key, etag }: Pick<StoredObject, "key" | "etag">): boolean {
    const seq = seqOfEntryKey(0, key);
    return seq !== undefined && this.#created.get(seq) !== etag;
  }

  /**
   * An operator has deleted this entry: nothing may ever be written in its place. Undefined when no later entry proves
   * that it was committed; then nobody could know.
   */
  removeByHand(seq: number): boolean {
    if (!this.#committed.has(seq)) return false;
    this.#removed.add(seq);
    return true;
  }

  /** Whether an owner gave the shard up with the entry before: a claim looks less far then. */
  isBehindRelease(seq: number): boolean {
    return this.#releases.has(seq - 1);
  }

  /** The body of an object changed while its put was on its way: harmless only if that entry never counts. */
  onChangedBody(key: string, etag: string): void {
    const seq = seqOfEntryKey(0, key);
    if (seq === undefined || this.isStray({ key, etag })) return;
    this.#changedBodies.add(seq);
    if (this.#valid.has(seq)) this.#failChanged(seq);
  }

  #failChanged(seq: number): void {
    this.#checker.fail("body-kept-until-answered", `entry ${seq} changed while it was written`);
  }

  /** The bucket took an object under a key of the log. */
  onLogObject({ key, bytes, etag }: StoredObject): void {
    const seq = seqOfEntryKey(0, key);
    if (seq === undefined) return;
    if (this.#removed.has(seq))
      return this.#checker.fail(
        "never-fill-a-gap",
        `an entry was written in the place of ${seq}, which was deleted by hand`,
      );
    if (this.#created.has(seq)) {
      this.strays++;
      this.#trace.note(seq, () => `a sleeper created log key ${seq} again`);
      return;
    }
    this.#created.set(seq, etag);
    this.#waiting.set(seq, bytes);
    for (;;) {
      const next = this.#waiting.get(this.state.seq + 1);
      if (next === undefined) return;
      this.#waiting.delete(this.state.seq + 1);
      this.#apply(decodeEntry(next.subarray(0, sectionLength(next, this.state.seq + 1)), this.state.seq + 1), next);
    }
  }

  #apply(entry: Entry, body: Uint8Array): void {
    const { header } = entry;
    const epochBefore = this.state.epoch;
    const outcome = this.state.apply(entry);
    this.digests[header.seq] = quickDigest(this.state);
    if (header.seq % FULL_DIGEST_EVERY === 0) this.fullDigests.set(header.seq, fullDigest(this.state));
    this.#trace.note(
      header.seq,
      () =>
        `log ${header.seq} epoch ${header.epoch} by ${header.writerId.slice(0, 4)}: ${
          outcome.valid ? describe(entry, outcome) : "void"
        }`,
    );
    if (!outcome.valid) {
      this.voidEntries++;
      return;
    }
    this.validEntries++;
    for (let seq = header.committedSeq; seq >= 0 && !this.#committed.has(seq); seq--) this.#committed.add(seq);
    this.#valid.add(header.seq);
    if (entry.commands.some(({ kind }) => kind === "release")) this.#releases.add(header.seq);
    if (this.#changedBodies.has(header.seq)) this.#failChanged(header.seq);
    this.#checkWriter(entry, epochBefore);
    this.onValidEntry(entry);
    for (const [at, batch] of entry.batches.entries()) {
      const result = outcome.batches[at];
      if (result?.status !== "appended") continue;
      const bytes = body.subarray(batch.position, batch.position + batch.length);
      this.#store(`${batch.topicId}:${batch.partition}`, bytes, { header, result });
    }
  }

  #checkWriter(entry: Entry, epochBefore: number): void {
    const { seq, epoch, writerId } = entry.header;
    this.#checker.expect(epoch >= epochBefore, "one-writer-per-epoch", () => `entry ${seq} goes back to ${epoch}`);
    if (!this.#isOwned) return;
    const known = this.#writers.get(epoch);
    const isNext = epoch === epochBefore + 1 && entry.commands.some(({ kind }) => kind === "takeover");
    if (known === undefined) {
      this.#writers.set(epoch, writerId);
      this.#checker.expect(isNext, "one-writer-per-epoch", () => `entry ${seq} of epoch ${epoch} is no takeover`);
    } else
      this.#checker.expect(known === writerId, "one-writer-per-epoch", () => `entry ${seq}: two writers in ${epoch}`);
  }

  #store(
    place: string,
    bytes: Uint8Array,
    at: { readonly header: Entry["header"]; readonly result: Extract<BatchOutcome, { status: "appended" }> },
  ): void {
    const { baseOffset } = at.result;
    const checker = this.#checker;
    const attempt = this.#attempts.find(bytes);
    if (attempt === undefined) return checker.fail("reads-are-true", `entry ${at.header.seq} holds unknown bytes`);
    const batches = this.#batches.get(place) ?? [];
    const end = batches.at(-1)?.endOffset ?? 0;
    checker.expect(baseOffset === end, "offsets-dense", () => `${place}: a batch at ${baseOffset}, the end was ${end}`);
    attempt.stored++;
    checker.expect(
      attempt.stored === 1,
      "sequence-applied-once",
      () => `${place}: ${attempt.client}#${attempt.number} is stored twice, now at ${baseOffset}`,
    );
    checker.expect(!attempt.refused, "refused-is-not-stored", () => `${place}: #${attempt.number} was refused before`);
    if (attempt.identity !== undefined) this.#checkSequence(place, attempt);
    const { epoch, seq } = at.header;
    batches.push({ baseOffset, endOffset: baseOffset + attempt.recordCount, attempt, epoch, seq });
    this.#batches.set(place, batches);
  }

  #checkSequence(place: string, attempt: Attempt): void {
    const key = `${place}:${attempt.identity?.producerId}`;
    const expected = this.#sequences.get(key) ?? 0;
    const { baseSequence } = attempt;
    this.#checker.expect(
      baseSequence === expected,
      "sequence-applied-once",
      () => `${key}: sequence ${baseSequence} was applied where ${expected} is next`,
    );
    this.#sequences.set(key, baseSequence + attempt.recordCount);
  }
}

function describe(entry: Entry, outcome: { readonly batches: readonly BatchOutcome[] }): string {
  const commands = entry.commands.map(({ kind }) => kind);
  const batches = outcome.batches.map((batch, at) => {
    const { partition, producerId, baseSequence } = entry.batches[at] ?? {};
    const who = producerId === -1 ? "" : ` ${producerId}/${baseSequence}`;
    return `p${partition}${who} ${batch.status === "rejected" ? batch.reason : `${batch.status}@${batch.baseOffset}`}`;
  });
  return [...commands, ...batches].join(", ");
}
