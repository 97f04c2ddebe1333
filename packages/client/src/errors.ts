import { ERROR_CODES, errorName } from "@streambed/protocol";
import { type ErrorKind, StreambedError } from "@streambed/kernel";

type Advice = { readonly kind: ErrorKind; readonly next: string };

/** What a caller can do, for the codes people meet. The rest get their kind from `retriable`. */
const ADVICE: { readonly [name: string]: Advice } = {
  UNKNOWN_SERVER_ERROR: { kind: "internal", next: "look at the broker's log" },
  OFFSET_OUT_OF_RANGE: { kind: "invalid", next: "seek to an offset between the earliest and the latest" },
  CORRUPT_MESSAGE: { kind: "corrupt", next: "check what lies between client and broker" },
  UNKNOWN_TOPIC_OR_PARTITION: { kind: "not-found", next: "create the topic, or check its name" },
  UNKNOWN_TOPIC_ID: { kind: "not-found", next: "the topic was deleted; if it was made again, retry" },
  MESSAGE_TOO_LARGE: { kind: "limit", next: "send smaller records, or raise the topic's max.message.bytes" },
  RECORD_LIST_TOO_LARGE: { kind: "limit", next: "use a smaller batchSize" },
  RECORD_TOO_LARGE: { kind: "limit", next: "send smaller records, or raise maxRequestSize" },
  INVALID_TOPIC_EXCEPTION: { kind: "invalid", next: "use 1 to 249 letters, digits, dots, dashes or underscores" },
  TOPIC_ALREADY_EXISTS: { kind: "conflict", next: "use it, or choose another name" },
  ILLEGAL_GENERATION: { kind: "fenced", next: "poll again: the group has rebalanced" },
  UNKNOWN_MEMBER_ID: { kind: "fenced", next: "poll again: the group has removed this member" },
  REBALANCE_IN_PROGRESS: { kind: "fenced", next: "poll again to join the rebalance, then retry" },
  FENCED_INSTANCE_ID: { kind: "fenced", next: "use a different groupInstanceId for every consumer" },
  INVALID_PRODUCER_EPOCH: { kind: "fenced", next: "a newer producer took over" },
  PRODUCER_FENCED: { kind: "fenced", next: "a newer producer took over" },
  OUT_OF_ORDER_SEQUENCE_NUMBER: {
    kind: "fenced",
    next: "an earlier batch may be lost; check the end of the partition before sending these records again",
  },
  NON_EMPTY_GROUP: { kind: "conflict", next: "stop the group's consumers first" },
  GROUP_SUBSCRIBED_TO_TOPIC: { kind: "conflict", next: "stop the group's consumers first" },
  GROUP_ID_NOT_FOUND: { kind: "not-found", next: "check the group's name" },
  INVALID_GROUP_ID: { kind: "invalid", next: "give a groupId that is not empty" },
  GROUP_MAX_SIZE_REACHED: { kind: "limit", next: "use fewer consumers in this group" },
  INCONSISTENT_GROUP_PROTOCOL: {
    kind: "conflict",
    next: "give all members of the group one assignor in common",
  },
  OFFSET_METADATA_TOO_LARGE: { kind: "limit", next: "commit with shorter metadata" },
  UNSUPPORTED_VERSION: { kind: "invalid", next: "use a newer broker, or leave out the option" },
  UNSUPPORTED_COMPRESSION_TYPE: { kind: "invalid", next: "pass the codec to createClient, or use another" },
  SASL_AUTHENTICATION_FAILED: { kind: "denied", next: "check user and password" },
  TOPIC_AUTHORIZATION_FAILED: { kind: "denied", next: "ask for access to the topic" },
  GROUP_AUTHORIZATION_FAILED: { kind: "denied", next: "ask for access to the group" },
  CLUSTER_AUTHORIZATION_FAILED: { kind: "denied", next: "ask for access to the cluster" },
  POLICY_VIOLATION: { kind: "denied", next: "change the request to what the cluster's policy allows" },
  INVALID_PARTITIONS: { kind: "invalid", next: "give a positive number that is larger than the present one" },
  INVALID_REPLICATION_FACTOR: { kind: "invalid", next: "give at most as many replicas as there are brokers" },
  INVALID_CONFIG: { kind: "invalid", next: "check the name and the value" },
  THROTTLING_QUOTA_EXCEEDED: { kind: "limit", next: "wait, then retry" },
};

/** A Kafka error by name. `context` says what was tried, e.g. `Produce to orders-0`. */
export function namedError(name: string, context: string, detail?: string | null): StreambedError {
  const advice = ADVICE[name];
  const retriable = Object.hasOwn(ERROR_CODES, name) && ERROR_CODES[name as keyof typeof ERROR_CODES].retriable;
  const because = detail === undefined || detail === null || detail === "" ? "" : ` (${detail})`;
  const next = advice?.next ?? (retriable ? "retry later" : "see Kafka's description of this error");
  return new StreambedError({
    kind: advice?.kind ?? (retriable ? "unavailable" : "invalid"),
    code: name,
    message: `${context}: ${name}${because}; ${next}`,
    retriable,
  });
}

/** The error of a response's error code. Call it only for codes that are not 0. */
export function codeError(code: number, context: string, detail?: string | null): StreambedError {
  return namedError(errorName(code), context, detail);
}

/** Throws when the code of a response is not 0. */
export function checkCode(code: number, context: string, detail?: string | null): void {
  if (code !== 0) throw codeError(code, context, detail);
}

/** The time given for a call is over. The last failure is the cause. */
export function timedOut(context: string, timeoutMs: number, cause?: unknown): StreambedError {
  const last = cause instanceof StreambedError ? `; the last failure was ${cause.code}: ${cause.message}` : "";
  return new StreambedError({
    kind: "unavailable",
    code: "REQUEST_TIMED_OUT",
    message: `${context} did not finish within ${Math.round(timeoutMs)} ms; check that the brokers can be reached${last}`,
    cause,
  });
}

/** Used after close. */
export function closedError(what: string): StreambedError {
  return new StreambedError({
    kind: "invalid",
    code: "CLIENT_CLOSED",
    message: `The ${what} is closed; make a new one`,
  });
}

/** An option or argument that cannot be. */
export function invalidArgument(message: string): StreambedError {
  return new StreambedError({ kind: "invalid", code: "INVALID_CONFIG", message });
}

/** Any thrown thing as a StreambedError; foreign errors become kind `internal`. */
export function asStreambedError(thrown: unknown, context: string): StreambedError {
  if (thrown instanceof StreambedError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new StreambedError({
    kind: "internal",
    code: "UNKNOWN_SERVER_ERROR",
    message: `${context}: ${message}`,
    cause: thrown,
  });
}

const STALE_LEADER: ReadonlySet<string> = new Set([
  "NOT_LEADER_OR_FOLLOWER",
  "LEADER_NOT_AVAILABLE",
  "UNKNOWN_TOPIC_OR_PARTITION",
  "UNKNOWN_TOPIC_ID",
  "INCONSISTENT_TOPIC_ID",
  "FENCED_LEADER_EPOCH",
  "UNKNOWN_LEADER_EPOCH",
  "REPLICA_NOT_AVAILABLE",
  "KAFKA_STORAGE_ERROR",
  "LISTENER_NOT_FOUND",
  "OFFSET_NOT_AVAILABLE",
]);
const STALE_COORDINATOR: ReadonlySet<string> = new Set(["NOT_COORDINATOR", "COORDINATOR_NOT_AVAILABLE"]);
const CONNECTION_LOST: ReadonlySet<string> = new Set(["CONNECTION_CLOSED", "CONNECTION_REFUSED", "REQUEST_TIMED_OUT"]);

/** The metadata of the topic is out of date. */
export function meansStaleLeader(error: StreambedError): boolean {
  return STALE_LEADER.has(error.code);
}

/** The coordinator must be looked for again. */
export function meansStaleCoordinator(error: StreambedError): boolean {
  return STALE_COORDINATOR.has(error.code);
}

/** Nothing came back: whether the broker acted is not known. */
export function meansLostConnection(error: StreambedError): boolean {
  return CONNECTION_LOST.has(error.code);
}
