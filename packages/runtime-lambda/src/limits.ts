// An invocation takes and returns at most 6 MB, base64 included, unless the answer is streamed.

/** Largest body of a request, bytes. */
export const REST_REQUEST_BYTES_MAX: number = 6 * 1024 * 1024;
/** Largest answer that is not streamed, as it leaves, bytes. */
export const ANSWER_BYTES_MAX = 6_000_000;
/** Most record bytes one REST read returns: base64 and JSON around them must fit into an answer. */
export const REST_READ_BYTES_MAX: number = 2 * 1024 * 1024;
/** Largest answer to one fetch inside, bytes. */
export const FETCH_BYTES_MAX: number = 4 * 1024 * 1024;
/** Recent and older records kept for readers, bytes. */
export const HOT_CACHE_BYTES: number = 32 * 1024 * 1024;
export const COLD_CACHE_BYTES: number = 32 * 1024 * 1024;
/** Consumer instances of one function instance. */
export const CONSUMER_INSTANCES_MAX = 64;
/** Time kept back for the answer when an invocation runs out of time, milliseconds. */
export const DEADLINE_RESERVE_MS = 500;
