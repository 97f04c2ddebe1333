import { kafkaRestError } from "@streambed/contracts";
import { hasCode, StreambedError } from "@streambed/kernel";

/** An answer that is an error: HTTP status, Confluent's `error_code`, and a message that names the remedy. */
export class RestError extends Error {
  override readonly name: string = "RestError";
  readonly status: number;
  readonly errorCode: number;

  constructor(status: number, errorCode: number, message: string) {
    super(message);
    this.status = status;
    this.errorCode = errorCode;
  }
}

/** Body of every error answer, v2 and v3. */
export interface ErrorBody {
  readonly error_code: number;
  readonly message: string;
}

/** What a thrown value looks like over HTTP. Only errors of Kafka or of this package speak; anything else is a 500. */
export function toRestError(thrown: unknown): RestError {
  if (thrown instanceof RestError) return thrown;
  if (!(thrown instanceof StreambedError) || thrown.kind === "internal" || thrown.kind === "corrupt") {
    return new RestError(500, 500, "Internal Server Error");
  }
  const { status, errorCode } = kafkaRestError(thrown);
  return new RestError(status, errorCode, thrown.message);
}

/** True when Kafka does not know the topic or the partition. */
export function isUnknownTopic(thrown: unknown): boolean {
  return hasCode(thrown, "UNKNOWN_TOPIC_OR_PARTITION") || hasCode(thrown, "UNKNOWN_TOPIC_ID");
}
