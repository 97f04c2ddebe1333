/** Longest line of input taken as one record, bytes. The producer's own limit is usually lower. */
export const LINE_BYTES_MAX = 104_857_600;

/** Input handed to the producer and not yet acknowledged, bytes; half of the producer's default buffer. */
export const INPUT_IN_FLIGHT_BYTES_MAX = 16_777_216;

/** Records taken from the consumer at once. */
export const POLL_RECORDS_MAX = 5_000;

/** Partitions that one warning names. */
export const NAMES_IN_WARNING_MAX = 5;

/** How long one poll waits when nothing limits it, milliseconds. */
export const POLL_WAIT_MS = 1_000;

/** How long a producer that is to stop may still wait for acknowledgements, milliseconds; people wait for it. */
export const STOP_GRACE_MS = 500;

/** How long a command waits for the first answer of a broker, milliseconds. */
export const FIRST_ANSWER_MS_MAX = 5_000;

/** How long an admin call goes on trying, milliseconds; people wait in front of it. */
export const ADMIN_TIMEOUT_MS = 30_000;
/** Objects that a scrub may read at the same time. */
export const SCRUB_CONCURRENCY_MAX = 64;
/** Time between two lines about how far a scrub is, milliseconds. */
export const SCRUB_PROGRESS_MS = 5_000;
