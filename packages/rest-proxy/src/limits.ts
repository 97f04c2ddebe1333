/** Deepest nesting of a JSON body. */
export const JSON_DEPTH_MAX = 200;
/** Records of one produce stream that may wait for their acknowledgement; then reading stops until some arrive. */
export const STREAM_RECORDS_IN_FLIGHT_MAX = 10_000;
/** Bytes of records of one produce stream that may wait for their acknowledgement. */
export const STREAM_BYTES_IN_FLIGHT_MAX = 16_777_216;

/** Records of a produce stream that are sent together. */
export const STREAM_GROUP_RECORDS_MAX = 1_000;
/** Default and largest `max_bytes` of a stateless read, bytes. */
export const READ_BYTES_DEFAULT = 1_048_576;
export const READ_BYTES_MAX = 67_108_864;
/** Largest `timeout` of a stateless read, milliseconds. */
export const READ_TIMEOUT_MS_MAX = 60_000;
/** How long one fetch of an event stream waits before it writes a comment to keep the connection open, milliseconds. */
export const EVENT_STREAM_WAIT_MS = 15_000;
/** Pause after a poll that came back empty too early, milliseconds. */
export const READ_BACKOFF_MS = 50;
/** How long the health route waits for a broker, milliseconds. */
export const HEALTH_TIMEOUT_MS = 5_000;
