/** Bounds of the client. Units are in the names. */

/** Output of one decompressed batch. A broker's default batch limit is 1 MiB before compression. */
export const DECOMPRESSED_BATCH_BYTES_MAX: number = 64 * 1024 * 1024;

/** Batches of one partition in flight with idempotence: brokers remember five (KIP-98). */
export const IDEMPOTENT_IN_FLIGHT_MAX = 5;

/** Connections that stateless fetches of one client spread over, per broker. */
export const FETCH_LANES_MAX = 8;

/** Fresh looks at the metadata before a read says that a topic does not exist. */
export const UNKNOWN_TOPIC_ATTEMPTS_MAX = 3;

/** An answer to JoinGroup may take the rebalance timeout and this much longer. */
export const JOIN_GRACE_MS = 5_000;

/** Longest client id, characters; four bytes each still fit its 16-bit length. */
export const CLIENT_ID_CHARACTERS_MAX = 8_191;

/** Records in one batch. */
export const BATCH_RECORDS_MAX = 100_000;

/** How long close waits for a commit or a LeaveGroup before it gives up. */
export const CLOSE_TIMEOUT_MS = 30_000;

/** Responses a consumer keeps per partition: the one poll reads from, and the next. */
export const BUFFERED_RESPONSES_MAX = 2;

/** Pause between looks for subscribed topics that do not exist yet. */
export const MISSING_TOPIC_PAUSE_MS = 1_000;
