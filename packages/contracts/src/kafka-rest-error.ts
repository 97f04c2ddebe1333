import type { StreambedError } from "@streambed/kernel";

/** How one Kafka error looks over HTTP. */
export interface KafkaRestError {
  /** Kafka's error number on the wire; null for errors only a client raises. */
  readonly number: number | null;
  readonly status: number;
  /** Confluent's `error_code`: five digits, or the HTTP status itself. */
  readonly errorCode: number;
}

const row = (number: number | null, status: number, errorCode: number): KafkaRestError => ({
  number,
  status,
  errorCode,
});

/**
 * Kafka errors with an HTTP face of their own, by Kafka's name. Numbers are those of Kafka's `Errors`; statuses and
 * five-digit codes those of Confluent's REST Proxy. Names that are not here follow the rules of
 * {@link kafkaRestError}.
 */
export const KAFKA_REST_ERRORS: Readonly<{ [name: string]: KafkaRestError }> = {
  UNKNOWN_SERVER_ERROR: row(-1, 400, 40002),
  OFFSET_OUT_OF_RANGE: row(1, 400, 40002),
  UNKNOWN_TOPIC_OR_PARTITION: row(3, 404, 40403),
  BROKER_NOT_AVAILABLE: row(8, 503, 50302),
  MESSAGE_TOO_LARGE: row(10, 413, 413),
  INVALID_TOPIC_EXCEPTION: row(17, 400, 40002),
  RECORD_LIST_TOO_LARGE: row(18, 413, 413),
  INVALID_GROUP_ID: row(24, 400, 40002),
  TOPIC_AUTHORIZATION_FAILED: row(29, 403, 40301),
  GROUP_AUTHORIZATION_FAILED: row(30, 403, 40301),
  CLUSTER_AUTHORIZATION_FAILED: row(31, 403, 40301),
  INVALID_TIMESTAMP: row(32, 400, 40002),
  UNSUPPORTED_SASL_MECHANISM: row(33, 401, 40101),
  ILLEGAL_SASL_STATE: row(34, 401, 40101),
  UNSUPPORTED_VERSION: row(35, 400, 40002),
  TOPIC_ALREADY_EXISTS: row(36, 400, 40002),
  INVALID_PARTITIONS: row(37, 400, 40002),
  INVALID_REPLICATION_FACTOR: row(38, 400, 40002),
  INVALID_REPLICA_ASSIGNMENT: row(39, 400, 40002),
  INVALID_CONFIG: row(40, 400, 40002),
  INVALID_REQUEST: row(42, 400, 40002),
  POLICY_VIOLATION: row(44, 400, 40002),
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: row(53, 403, 40301),
  SECURITY_DISABLED: row(54, 400, 40002),
  SASL_AUTHENTICATION_FAILED: row(58, 401, 40101),
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: row(65, 403, 40301),
  GROUP_ID_NOT_FOUND: row(69, 404, 40405),
  TOPIC_DELETION_DISABLED: row(73, 400, 40002),
  INVALID_RECORD: row(87, 400, 40002),
  THROTTLING_QUOTA_EXCEEDED: row(89, 429, 42901),
  UNKNOWN_TOPIC_ID: row(100, 404, 40403),
  // Raised by the client itself.
  RECORD_TOO_LARGE: row(null, 413, 413),
  CONNECTION_REFUSED: row(null, 503, 50302),
  CONNECTION_CLOSED: row(null, 503, 50302),
};

/** "Retriable Kafka error": the same request may succeed later. */
export const KAFKA_RETRIABLE_ERROR: KafkaRestError = row(null, 500, 50003);
/** "Kafka error": everything else Kafka refuses. */
export const KAFKA_ERROR: KafkaRestError = row(null, 500, 50002);

/**
 * The HTTP face of an error the client threw or returned. A row of {@link KAFKA_REST_ERRORS} wins; then refused
 * credentials (40301), then retriable errors (50003), then any other Kafka error (50002).
 */
export function kafkaRestError(error: StreambedError): KafkaRestError {
  const known = Object.hasOwn(KAFKA_REST_ERRORS, error.code) ? KAFKA_REST_ERRORS[error.code] : undefined;
  if (known !== undefined) return known;
  if (error.kind === "denied") return row(null, 403, 40301);
  return error.retriable ? KAFKA_RETRIABLE_ERROR : KAFKA_ERROR;
}
