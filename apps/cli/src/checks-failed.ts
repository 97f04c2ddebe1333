import { StreambedError } from "@streambed/kernel";

/** Ends a check that the operator stopped before it was done. */
export function checkStopped(): StreambedError {
  return new StreambedError({ kind: "unavailable", code: "CHECK_STOPPED", message: "Stopped before it was done." });
}

/** Ends a command with code 1 after it has printed what is wrong. */
export function checksFailed(message: string): StreambedError {
  return new StreambedError({ kind: "invalid", code: "CHECKS_FAILED", message });
}
