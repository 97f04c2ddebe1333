/** Most elements an array on the wire may announce, as in Kafka's own readers. */
export const ARRAY_ELEMENTS_MAX = 1_000_000;

/** Most tagged fields one struct may announce, as in Kafka's own readers. */
export const TAGGED_FIELDS_MAX = 10_000;

/** Longest text with a 16-bit length prefix, bytes of UTF-8. */
export const STRING_BYTES_MAX = 32_767;
