/**
 * What a caller can do about an error. A new kind needs a decision record.
 *
 * - `invalid`: the input is wrong; sending it again cannot help.
 * - `denied`: credentials are missing, wrong or not sufficient.
 * - `not-found`: the thing named does not exist.
 * - `conflict`: it exists already, or somebody else changed it first.
 * - `fenced`: a newer owner, epoch or generation exists; start again from fresh state.
 * - `limit`: a declared bound or quota was hit.
 * - `unavailable`: try again later; nothing is known to be broken for good.
 * - `corrupt`: stored or received bytes do not check out.
 * - `internal`: a bug.
 */
export type ErrorKind =
  | "invalid"
  | "denied"
  | "not-found"
  | "conflict"
  | "fenced"
  | "limit"
  | "unavailable"
  | "corrupt"
  | "internal";

/** Options of {@link StreambedError}. */
export interface ErrorOptions {
  readonly kind: ErrorKind;
  /** Stable, upper snake case, e.g. `BUCKET_NOT_FOUND`; safe to branch on. */
  readonly code: string;
  /** One sentence an operator can act on: what happened and what to do next. May change freely. */
  readonly message: string;
  readonly retriable?: boolean;
  readonly cause?: unknown;
}

/** The one error class of Streambed. Expected outcomes are returned as unions; this is for broken promises. */
export class StreambedError extends Error {
  override readonly name: string = "StreambedError";
  readonly kind: ErrorKind;
  readonly code: string;
  readonly retriable: boolean;

  constructor(options: ErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = options.kind;
    this.code = options.code;
    this.retriable = options.retriable ?? options.kind === "unavailable";
  }
}

/** True for errors of this project with the given code. */
export function hasCode(error: unknown, code: string): error is StreambedError {
  return error instanceof StreambedError && error.code === code;
}

/** Throws an `internal` error when something only a bug can break does not hold. */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new StreambedError({ kind: "internal", code: "INVARIANT", message });
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
