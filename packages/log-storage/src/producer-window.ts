import { PRODUCER_BATCHES_REMEMBERED } from "./limits.ts";

/** Sequence numbers wrap here (KIP-98). */
const SEQUENCE_MODULUS = 2 ** 31;

/** One of the last batches of a producer. */
export interface RememberedBatch {
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly baseOffset: number;
  readonly timestampMs: number;
}

/** What a partition knows about an idempotent producer (KIP-98). Immutable; the fold replaces it. */
export interface ProducerWindow {
  readonly epoch: number;
  readonly batches: readonly RememberedBatch[];
  /** Time of the entry that wrote last; for expiry. */
  readonly writtenMs: number;
}

/** The part of a batch that idempotence looks at. */
export interface SequencedBatch {
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly recordCount: number;
}

/** What to do with a batch of an idempotent producer. */
export type SequenceVerdict =
  | { readonly verdict: "next" }
  | { readonly verdict: "duplicate"; readonly batch: RememberedBatch }
  | { readonly verdict: "out-of-order" }
  | { readonly verdict: "old-epoch" };

/** Last sequence number of a batch; wraps after 2147483647. */
export function lastSequence(batch: SequencedBatch): number {
  return (batch.baseSequence + batch.recordCount - 1) % SEQUENCE_MODULUS;
}

/**
 * Kafka's rules: an exact repeat of one of the last five is a duplicate; otherwise the first sequence must follow the
 * last one; a new epoch starts at 0; without state any start is accepted.
 */
export function judgeSequence(window: ProducerWindow | undefined, batch: SequencedBatch): SequenceVerdict {
  if (window === undefined) return { verdict: "next" };
  if (batch.producerEpoch < window.epoch) return { verdict: "old-epoch" };
  if (batch.producerEpoch > window.epoch) return { verdict: batch.baseSequence === 0 ? "next" : "out-of-order" };
  const last = lastSequence(batch);
  const repeat = window.batches.find(
    (known) => known.firstSequence === batch.baseSequence && known.lastSequence === last,
  );
  if (repeat !== undefined) return { verdict: "duplicate", batch: repeat };
  const newest = window.batches.at(-1);
  if (newest === undefined) return { verdict: "next" };
  const expected = (newest.lastSequence + 1) % SEQUENCE_MODULUS;
  return { verdict: batch.baseSequence === expected ? "next" : "out-of-order" };
}

/** The window after `batch` was appended at `baseOffset`. */
export function advanceWindow(
  window: ProducerWindow | undefined,
  batch: SequencedBatch & { readonly maxTimestampMs: number },
  at: { readonly baseOffset: number; readonly writtenMs: number },
): ProducerWindow {
  const known = window !== undefined && window.epoch === batch.producerEpoch ? window.batches : [];
  const added: RememberedBatch = {
    firstSequence: batch.baseSequence,
    lastSequence: lastSequence(batch),
    baseOffset: at.baseOffset,
    timestampMs: batch.maxTimestampMs,
  };
  const batches = [...known, added].slice(-PRODUCER_BATCHES_REMEMBERED);
  return { epoch: batch.producerEpoch, batches, writtenMs: at.writtenMs };
}
