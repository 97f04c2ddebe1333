import { ByteReader, malformed, StreambedError } from "@streambed/kernel";
import {
  ATTRIBUTES_AT,
  BATCH_HEADER_BYTES,
  CODEC_MASK,
  CONTROL_BIT,
  DELETE_HORIZON_BIT,
  LENGTH_PREFIX_BYTES,
  LOG_APPEND_TIME_BIT,
  MAGIC_AT,
  MAGIC_V2,
  TRANSACTIONAL_BIT,
} from "./batch-layout.ts";

/** The first 61 bytes of a v2 record batch, and what follows from them. */
export interface BatchHeader {
  readonly baseOffset: number;
  /** Size of the whole batch, bytes (12 more than its length field says). */
  readonly sizeBytes: number;
  /** -1 before a leader stamped it. */
  readonly partitionLeaderEpoch: number;
  /** CRC-32C as stored, unsigned. */
  readonly crc: number;
  readonly attributes: number;
  /** Number of the compression type, 0 to 7; 5 and above are not assigned. */
  readonly compression: number;
  /** True when `maxTimestamp` is the time of every record (LogAppendTime). */
  readonly isLogAppendTime: boolean;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  /** True when `baseTimestamp` is the time from which tombstones and markers in here may go. */
  readonly hasDeleteHorizon: boolean;
  readonly lastOffsetDelta: number;
  readonly lastOffset: number;
  /** Milliseconds since 1970. */
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
  /** -1 without idempotence, as are epoch and sequence. */
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly recordCount: number;
}

/**
 * Reads the header of the batch that starts at `at`. Looks at nothing behind it: the CRC is not checked, the records
 * are not opened.
 *
 * @throws kind `corrupt`, code `MALFORMED_BYTES` when it is cut off or says impossible things;
 *   kind `invalid`, code `UNSUPPORTED_MAGIC` for message formats before v2
 */
export function decodeBatchHeader(bytes: Uint8Array, at: number = 0): BatchHeader {
  const magic = bytes[at + MAGIC_AT];
  if (magic === undefined) throw malformed(`A record batch at ${at} is cut off in its header`);
  if (magic !== MAGIC_V2) {
    const message = `Record batches have magic 2, this one has ${magic}; use a client that speaks message format v2`;
    throw new StreambedError({ kind: "invalid", code: "UNSUPPORTED_MAGIC", message });
  }
  const reader = new ByteReader(bytes, at);
  const baseOffset = reader.safeInt64();
  const length = reader.int32();
  const partitionLeaderEpoch = reader.int32();
  reader.position += 1;
  const crc = reader.uint32();
  reader.position = at + ATTRIBUTES_AT;
  const attributes = reader.int16();
  const lastOffsetDelta = reader.int32();
  const header: BatchHeader = {
    baseOffset,
    sizeBytes: length + LENGTH_PREFIX_BYTES,
    partitionLeaderEpoch,
    crc,
    attributes,
    compression: attributes & CODEC_MASK,
    isLogAppendTime: (attributes & LOG_APPEND_TIME_BIT) !== 0,
    isTransactional: (attributes & TRANSACTIONAL_BIT) !== 0,
    isControl: (attributes & CONTROL_BIT) !== 0,
    hasDeleteHorizon: (attributes & DELETE_HORIZON_BIT) !== 0,
    lastOffsetDelta,
    lastOffset: baseOffset + lastOffsetDelta,
    baseTimestamp: reader.safeInt64(),
    maxTimestamp: reader.safeInt64(),
    producerId: reader.safeInt64(),
    producerEpoch: reader.int16(),
    baseSequence: reader.int32(),
    recordCount: reader.int32(),
  };
  if (header.sizeBytes < BATCH_HEADER_BYTES || header.recordCount < 0 || lastOffsetDelta < 0) {
    throw malformed(`The record batch at ${at} claims ${length} bytes and ${header.recordCount} records`);
  }
  return header;
}
