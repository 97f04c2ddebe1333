/** Where the fields of a v2 record batch lie, in bytes from its start (Kafka's DefaultRecordBatch). */
export const BASE_OFFSET_AT = 0;
export const LENGTH_AT = 8;
export const LEADER_EPOCH_AT = 12;
export const MAGIC_AT = 16;
export const CRC_AT = 17;
export const ATTRIBUTES_AT = 21;
export const LAST_OFFSET_DELTA_AT = 23;
export const BASE_TIMESTAMP_AT = 27;
export const MAX_TIMESTAMP_AT = 35;
export const PRODUCER_ID_AT = 43;
export const PRODUCER_EPOCH_AT = 51;
export const BASE_SEQUENCE_AT = 53;
export const RECORD_COUNT_AT = 57;

/** Bytes in front of the records. */
export const BATCH_HEADER_BYTES = 61;
/** Bytes in front of what the length field counts: base offset and the length itself. */
export const LENGTH_PREFIX_BYTES = 12;
/** Smallest record: length, attributes, two deltas, two null lengths and the header count. */
export const RECORD_BYTES_MIN = 7;
/** The only magic number of stored batches. */
export const MAGIC_V2 = 2;

export const CODEC_MASK = 0x07;
export const LOG_APPEND_TIME_BIT = 0x08;
export const TRANSACTIONAL_BIT = 0x10;
export const CONTROL_BIT = 0x20;
export const DELETE_HORIZON_BIT = 0x40;

/** "None" for producer ids, epochs, sequences, leader epochs and timestamps. */
export const NONE = -1;
