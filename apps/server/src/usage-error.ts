import { StreambedError } from "@streambed/kernel";

/** A mistake in the command line: kind `invalid`, code `USAGE`. */
export function usageError(message: string): StreambedError {
  return new StreambedError({ kind: "invalid", code: "USAGE", message });
}
