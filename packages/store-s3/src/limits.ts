/** Most keys in one page of a list. */
export const KEYS_PER_LIST_MAX = 1_000;

/** Most keys in one delete. */
export const KEYS_PER_DELETE_MAX = 1_000;

/** Time to open a connection, milliseconds. */
export const CONNECT_TIMEOUT_MS = 5_000;

/** Time for a whole request, credentials and body included, milliseconds. */
export const REQUEST_TIMEOUT_MS = 30_000;

/** Connections at the same time; further requests wait. As many as a cold start sends, with room for those sent again. */
export const CONNECTIONS_MAX = 640;

/** Longest error that is read from an answer, bytes; S3's own have a few hundred. */
export const ERROR_BODY_BYTES_MAX: number = 64 * 1024;
