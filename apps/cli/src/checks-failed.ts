import { StreambedError } from "@streambed/kernel";

/** Ends a command with code 1 after it has printed what is wrong. */
export function checksFailed(message: string): StreambedError {
  return new StreambedError({ kind: "invalid", code: "CHECKS_FAILED", message });
}
