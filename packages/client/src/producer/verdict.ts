import { StreambedError } from "@streambed/kernel";
import { meansLostConnection, namedError, timedOut } from "../errors.ts";
import type { Batch } from "./batch.ts";
import type { BatchOutcome } from "./produce-request.ts";

/** What becomes of a batch after an answer, or after none came. */
export type Verdict =
  | { readonly action: "acknowledge"; readonly baseOffset: number; readonly appendTime: number }
  | { readonly action: "retry"; readonly resequence: boolean; readonly newEpoch: boolean }
  | { readonly action: "split" }
  | {
      readonly action: "fail";
      /** `unknown`: it may be in the log. */
      readonly fate: "absent" | "unknown";
      readonly newProducerId: boolean;
      readonly errorOf: (position: number) => StreambedError;
    };

/** What the queue knows of the batch. */
export interface Standing {
  /** All batches before it are settled. */
  readonly oldest: boolean;
  /** `delivery.timeout.ms` or `retries` are used up. */
  readonly expired: boolean;
}

const TOO_LARGE: ReadonlySet<string> = new Set(["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE"]);
const WRONG_PRODUCER: ReadonlySet<string> = new Set(["INVALID_PRODUCER_EPOCH", "PRODUCER_FENCED"]);

/** Decides. Follows KIP-98, KIP-360 and what Kafka's own client does where they are silent. */
export function judge(batch: Batch, outcome: BatchOutcome, standing: Standing): Verdict {
  if (outcome.ok) return { action: "acknowledge", baseOffset: outcome.baseOffset, appendTime: outcome.appendTime };
  const { error } = outcome;
  // The broker has it already and no longer knows where: a success without an offset.
  if (error.code === "DUPLICATE_SEQUENCE_NUMBER") return { action: "acknowledge", baseOffset: -1, appendTime: -1 };
  if (TOO_LARGE.has(error.code) && batch.records.length > 1) return { action: "split" };
  if (batch.identity !== null) {
    const sequence = judgeSequence(batch, error, standing);
    if (sequence !== null) return sequence;
  }
  if (error.retriable && !standing.expired) return { action: "retry", resequence: false, newEpoch: false };
  // An earlier attempt may have stored it, whatever was said about this one.
  const mayBeStored = meansLostConnection(error) || error.retriable || batch.attempts > 1;
  return {
    action: "fail",
    fate: mayBeStored ? "unknown" : "absent",
    newProducerId: WRONG_PRODUCER.has(error.code),
    errorOf: errorOfRecords(outcome, standing, batch),
  };
}

function judgeSequence(batch: Batch, error: StreambedError, standing: Standing): Verdict | null {
  if (standing.expired) return null;
  if (error.code === "OUT_OF_ORDER_SEQUENCE_NUMBER") {
    // Behind a batch that is still open it only means: not yet. Behind a hole we made: number it anew.
    if (batch.mayResequence) return { action: "retry", resequence: true, newEpoch: false };
    if (!standing.oldest) return { action: "retry", resequence: false, newEpoch: false };
    return { action: "fail", fate: "unknown", newProducerId: false, errorOf: () => error };
  }
  if (error.code === "UNKNOWN_PRODUCER_ID") {
    // The state expired, so this batch was not taken; it starts a new sequence.
    return { action: "retry", resequence: standing.oldest, newEpoch: standing.oldest };
  }
  return null;
}

function errorOfRecords(
  outcome: BatchOutcome & { readonly ok: false },
  standing: Standing,
  batch: Batch,
): (position: number) => StreambedError {
  const { error, recordErrors } = outcome;
  const context = `Produce to ${batch.topic}-${batch.partition}`;
  if (standing.expired && error.retriable) {
    const late = error.code === "REQUEST_TIMED_OUT" ? error : timedOut(context, 0, error);
    const message = `${context}: gave up after ${batch.attempts} attempts; ${error.message}`;
    const given = new StreambedError({ kind: "unavailable", code: late.code, message, cause: error });
    return () => given;
  }
  if (recordErrors.size === 0) return () => error;
  const others = namedError(error.code, context, "another record of its batch was refused, and with it all of them");
  return (position) => {
    const detail = recordErrors.get(position);
    return detail === undefined ? others : namedError(error.code, context, detail);
  };
}
