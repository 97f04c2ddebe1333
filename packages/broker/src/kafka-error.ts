import { messageOf, StreambedError } from "@streambed/kernel";
import { ERROR_CODES } from "@streambed/protocol";
import type { ErrorName } from "@streambed/protocol";

/** The number of a Kafka error on the wire. */
export function code(name: ErrorName): number {
  return ERROR_CODES[name].code;
}

/** An error for one item of a request, with a text for versions that carry one. */
export interface ItemError {
  readonly errorCode: number;
  readonly errorMessage: string;
}

/** Builds an {@link ItemError}. */
export function itemError(name: ErrorName, errorMessage: string): ItemError {
  return { errorCode: code(name), errorMessage };
}

/** What a client is told when the store or the log failed: try again where that can help. */
export function storageError(thrown: unknown): ItemError {
  if (!(thrown instanceof StreambedError)) return itemError("UNKNOWN_SERVER_ERROR", messageOf(thrown));
  if (thrown.code === "NOT_OWNER") return itemError("NOT_LEADER_OR_FOLLOWER", thrown.message);
  if (thrown.kind === "internal") return itemError("UNKNOWN_SERVER_ERROR", thrown.message);
  return itemError("KAFKA_STORAGE_ERROR", thrown.message);
}

/** As {@link storageError}, for changes of topics and configs: who is not the owner is not the controller. */
export function controllerError(thrown: unknown): ItemError {
  const error = storageError(thrown);
  return error.errorCode === code("NOT_LEADER_OR_FOLLOWER") ? { ...error, errorCode: code("NOT_CONTROLLER") } : error;
}
