/** Records of one append to `__consumer_offsets`. */
export const APPEND_RECORDS_MAX = 10_000;
/** Group requests that wait for their reply at a time; further ones are asked to come again. */
export const WAITING_REQUESTS_MAX = 100_000;
/** Offsets that one round of expiry removes; the next round goes on. */
export const EXPIRED_PER_ROUND_MAX = 10_000;
/** Time between rounds of expiry, milliseconds (`offsets.retention.check.interval.ms`). */
export const RETENTION_CHECK_INTERVAL_MS = 600_000;
