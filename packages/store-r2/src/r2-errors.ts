import { messageOf, StreambedError, type ErrorKind } from "@streambed/kernel";

interface Meaning {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly what: string;
}

/**
 * R2's error numbers, which it puts in brackets at the end of its messages.
 * https://developers.cloudflare.com/r2/api/error-codes/
 */
const MEANINGS: Readonly<Record<number, Meaning>> = {
  10_001: { kind: "unavailable", code: "STORE_INTERNAL_ERROR", what: "failed; send it again" },
  10_002: { kind: "denied", code: "STORE_ACCESS_DENIED", what: "does not accept this Worker; check its bindings" },
  10_003: { kind: "denied", code: "STORE_ACCESS_DENIED", what: "does not accept this Worker; check its bindings" },
  10_006: { kind: "not-found", code: "BUCKET_NOT_FOUND", what: "does not exist; create it or correct the binding" },
  10_042: { kind: "denied", code: "STORE_ACCESS_DENIED", what: "needs R2 to be enabled for the account" },
  10_054: { kind: "unavailable", code: "STORE_TIMEOUT", what: "did not answer in time; send it again" },
  10_058: { kind: "unavailable", code: "STORE_THROTTLED", what: "asks to slow down; send it again later" },
};

const UNKNOWN: Meaning = { kind: "unavailable", code: "STORE_UNAVAILABLE", what: "cannot be used now; send it again" };

/** Turns what the binding threw into an error of the port. */
export function r2Error(error: unknown): unknown {
  if (error instanceof StreambedError) return error;
  const { kind, code, what } = MEANINGS[numberOf(error)] ?? UNKNOWN;
  return new StreambedError({ kind, code, message: `The R2 bucket ${what} (${messageOf(error)}).`, cause: error });
}

/** The number in `put: Reduce your concurrent request rate for the same object. (10058)`. */
function numberOf(error: unknown): number {
  return Number(/\((\d{5})\)\s*$/.exec(messageOf(error))?.[1]);
}
