/** Most elements an array on the wire may announce, as in Kafka's own readers. */
export const ARRAY_ELEMENTS_MAX = 1_000_000;

/** Most tagged fields one struct may announce, as in Kafka's own readers. */
export const TAGGED_FIELDS_MAX = 10_000;

/** Longest text with a 16-bit length prefix, bytes of UTF-8. */
export const STRING_BYTES_MAX = 32_767;

/** Default bound for what one compressed batch may grow to, bytes. */
export const DECOMPRESSED_BYTES_MAX: number = 64 * 1024 * 1024;
