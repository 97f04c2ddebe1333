/** Requests of one connection that may be worked on at the same time; further ones wait in the socket. */
export const REQUESTS_IN_FLIGHT_MAX = 1_024;
/** Bytes of requests of one connection that may be worked on at the same time (one larger request passes alone). */
export const REQUEST_BYTES_IN_FLIGHT_MAX: number = 64 * 1024 * 1024;
/** Bytes waiting for the store above which connections are not read any more. */
export const STORE_QUEUE_BYTES_HIGH: number = 48 * 1024 * 1024;
/** Producer ids reserved with one commit (Kafka's block size). */
export const PRODUCER_ID_BLOCK = 1000;
/** Longest wait of a fetch, milliseconds, whatever the client asks. */
export const FETCH_WAIT_MS_MAX = 300_000;
/** Topics or partitions in one admin request. */
export const ADMIN_ITEMS_MAX = 10_000;
/** Characters of a topic name (Kafka's bound). */
export const TOPIC_NAME_LENGTH_MAX = 249;
/** Partitions one topic may be given. */
export const PARTITIONS_PER_TOPIC_MAX = 10_000;
/** Output of one compressed batch when it is checked: 20 times its size, but at least this many bytes. */
export const DECOMPRESSED_BYTES_MIN_CAP: number = 16 * 1024 * 1024;
export const DECOMPRESSION_RATIO_MAX = 20;
/** Records of one refused batch that are named in the answer. */
export const RECORD_ERRORS_MAX = 1000;
/** How long a request waits for a controller to be found, milliseconds: longer than a fail-over takes. */
export const FORWARD_SEARCH_MS_MAX = 8_000;
/** Pause between two attempts to reach the controller, milliseconds. */
export const FORWARD_PAUSE_MS = 50;
/** How long the controller may take for one request, milliseconds. */
export const FORWARD_ANSWER_MS_MAX = 60_000;
/**
 * How long Metadata, FindCoordinator and the refusal of a Produce or Fetch wait for the next leader, milliseconds: twice what a
 * graceful move takes, and little beside the clients' own patience.
 */
export const LEADER_WAIT_MS_MAX = 500;
