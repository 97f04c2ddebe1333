/** Longest topic name Kafka allows, characters. */
export const TOPIC_NAME_CHARS_MAX = 249;
/** Longest group id, instance name and other names we take, characters. */
export const NAME_CHARS_MAX = 1_024;
/** Longest regular expression of a subscription, characters. */
export const TOPIC_PATTERN_CHARS_MAX = 1_024;
/** Most partitions one v2 call may name. */
export const PARTITIONS_PER_CALL_MAX = 10_000;
/** Most records one v2 produce body may hold. */
export const RECORDS_PER_CALL_MAX = 100_000;
/** Most headers one record may carry. */
export const HEADERS_PER_RECORD_MAX = 1_000;
/** Most configs one call may set. */
export const CONFIGS_PER_CALL_MAX = 1_000;
/** `fetch.min.bytes` of a consumer instance, as Confluent bounds it. */
export const FETCH_MIN_BYTES_MAX = 10_000_000;
/** Shards of one cluster. */
export const SHARDS_MAX = 1_024;
/** Brokers of one cluster. */
export const BROKERS_MAX = 1_000;
