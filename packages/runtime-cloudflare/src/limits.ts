// A Durable Object has 128 MB of memory, and one RPC message carries at most 32 MiB. Everything below fits both.

/** Largest Kafka request a shard takes, bytes. */
export const REQUEST_BYTES_MAX: number = 16 * 1024 * 1024;
/** Requests a shard works on at the same time, bytes; more are refused and sent again by the client. */
export const REQUEST_BYTES_IN_FLIGHT_MAX: number = 32 * 1024 * 1024;
/** Largest answer to a fetch, bytes, unless a single batch is larger. */
export const FETCH_BYTES_MAX: number = 4 * 1024 * 1024;
/** Entries of a shard on their way to R2 at a time: a second hides the latency of the first, more would cost more. */
export const ENTRIES_IN_FLIGHT = 2;
/** Recent records a shard keeps for readers at the tail, bytes. */
export const HOT_CACHE_BYTES: number = 16 * 1024 * 1024;
/** Older records a shard keeps for readers of history, bytes. */
export const COLD_CACHE_BYTES: number = 8 * 1024 * 1024;
/** Largest body of a REST request; a produce stream is bounded per record instead, bytes. */
export const REST_REQUEST_BYTES_MAX: number = 8 * 1024 * 1024;
/** Most records bytes one REST read returns. */
export const REST_READ_BYTES_MAX: number = 8 * 1024 * 1024;
/** Consumer instances of one gateway. */
export const CONSUMER_INSTANCES_MAX = 64;
/** Gateways of a cluster. */
export const GATEWAYS_MAX = 64;
/** Longest wait that is a timer; longer ones are alarms, which let an object rest. */
export const TIMER_MS_MAX = 10_000;
/** An object without requests may be dropped from memory after about a minute; this often one with readers wakes. */
export const KEEP_AWAKE_INTERVAL_MS = 20_000;
