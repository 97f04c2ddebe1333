import { ERROR_CODES } from "./generated/error-codes.ts";

export { ERROR_CODES } from "./generated/error-codes.ts";

/** The name of a Kafka error code, e.g. `NOT_COORDINATOR`. */
export type ErrorName = keyof typeof ERROR_CODES;

interface NamedError {
  readonly name: ErrorName;
  readonly retriable: boolean;
}

const BY_CODE: ReadonlyMap<number, NamedError> = new Map(
  // Object.entries loses the key type; the keys of the table are its names.
  (Object.entries(ERROR_CODES) as [ErrorName, { code: number; retriable: boolean }][]).map(
    ([name, { code, retriable }]) => [code, { name, retriable }],
  ),
);

/** Name of an error code; codes from the future are `UNKNOWN_SERVER_ERROR`, as in Kafka's own clients. */
export function errorName(code: number): ErrorName {
  return BY_CODE.get(code)?.name ?? "UNKNOWN_SERVER_ERROR";
}

/** True when the same request may succeed later. */
export function isRetriable(code: number): boolean {
  return BY_CODE.get(code)?.retriable ?? false;
}
