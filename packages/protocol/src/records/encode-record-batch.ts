import { crc32c, StreambedError, utf8 } from "@streambed/kernel";
import { COMPRESSION_TYPES, type Codecs, type CompressionType } from "../codecs/codec.ts";
import { EMPTY } from "../wire.ts";
import {
  ATTRIBUTES_AT,
  BASE_OFFSET_AT,
  BASE_SEQUENCE_AT,
  BASE_TIMESTAMP_AT,
  BATCH_HEADER_BYTES,
  CONTROL_BIT,
  CRC_AT,
  DELETE_HORIZON_BIT,
  LAST_OFFSET_DELTA_AT,
  LEADER_EPOCH_AT,
  LENGTH_AT,
  LENGTH_PREFIX_BYTES,
  LOG_APPEND_TIME_BIT,
  MAGIC_AT,
  MAGIC_V2,
  MAX_TIMESTAMP_AT,
  NONE,
  PRODUCER_EPOCH_AT,
  PRODUCER_ID_AT,
  RECORD_COUNT_AT,
  TRANSACTIONAL_BIT,
} from "./batch-layout.ts";
import type { RecordHeader } from "./iterate-records.ts";
import { blockBytes, RecordWriter, varintBytes } from "./record-writer.ts";

/** A record to be written. */
export interface RecordInput {
  readonly key?: Uint8Array | null | undefined;
  readonly value?: Uint8Array | null | undefined;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly headers?: readonly RecordHeader[] | undefined;
  /** Absolute; default: base offset + index. Compaction leaves gaps with it. */
  readonly offset?: number | undefined;
}

/** What {@link encodeRecordBatch} takes. */
export interface RecordBatchInput {
  readonly records: readonly RecordInput[];
  /** Default 0, which is what a producer sends. */
  readonly baseOffset?: number | undefined;
  /** Default: that of the last record. Needed for a batch that lost its last record or all of them. */
  readonly lastOffsetDelta?: number | undefined;
  /** Default -1. */
  readonly partitionLeaderEpoch?: number | undefined;
  /** Default `none`. */
  readonly compression?: CompressionType | undefined;
  /** Needed for any compression but `none`. */
  readonly codecs?: Codecs | undefined;
  /** Default -1, as are epoch and sequence: no idempotence. */
  readonly producerId?: number | undefined;
  readonly producerEpoch?: number | undefined;
  readonly baseSequence?: number | undefined;
  readonly isTransactional?: boolean | undefined;
  readonly isControl?: boolean | undefined;
  /** Set: every record has this time (LogAppendTime). */
  readonly logAppendTime?: number | undefined;
  /** Set: the time from which tombstones and markers of this batch may be removed (KIP-534). */
  readonly deleteHorizonMs?: number | undefined;
}

/**
 * Encodes a v2 record batch with its CRC.
 *
 * @example encodeRecordBatch({ records: [{ key: null, value: utf8("hello"), timestamp: clock.now() }] })
 * @throws kind `invalid`, code `NO_CODECS` when compression is asked for without codecs
 */
export function encodeRecordBatch(input: RecordBatchInput): Uint8Array {
  const compression = input.compression ?? "none";
  const baseTimestamp = input.deleteHorizonMs ?? input.records[0]?.timestamp ?? NONE;
  const batch = encodeRecords(input, baseTimestamp);
  if (compression === "none") return finish(batch, input, baseTimestamp);
  if (input.codecs === undefined) {
    const message = `Compression ${compression} needs codecs`;
    throw new StreambedError({ kind: "invalid", code: "NO_CODECS", message });
  }
  const compressed = input.codecs[compression].compress(batch.subarray(BATCH_HEADER_BYTES));
  const whole = new Uint8Array(BATCH_HEADER_BYTES + compressed.length);
  whole.set(compressed, BATCH_HEADER_BYTES);
  return finish(whole, input, baseTimestamp);
}

/** Header keys as bytes, which are measured first and written later. */
interface EncodedHeader {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}

/** The records behind room for the batch header. */
function encodeRecords(input: RecordBatchInput, baseTimestamp: number): Uint8Array {
  const baseOffset = input.baseOffset ?? 0;
  const bodyBytes: number[] = [];
  const headers: (readonly EncodedHeader[])[] = [];
  let total = BATCH_HEADER_BYTES;
  for (const [index, record] of input.records.entries()) {
    const encoded = encodeHeaders(record.headers);
    const offsetDelta = record.offset === undefined ? index : record.offset - baseOffset;
    const bytes =
      1 + varintBytes(record.timestamp - baseTimestamp) + varintBytes(offsetDelta) + contentBytes(record, encoded);
    headers.push(encoded);
    bodyBytes.push(bytes);
    total += varintBytes(bytes) + bytes;
  }
  const writer = new RecordWriter(new Uint8Array(total), BATCH_HEADER_BYTES);
  for (const [index, record] of input.records.entries()) {
    writer.varint(bodyBytes[index] ?? 0);
    writer.byte(0);
    writer.varlong(record.timestamp - baseTimestamp);
    writer.varint(record.offset === undefined ? index : record.offset - baseOffset);
    writer.block(record.key ?? null);
    writer.block(record.value ?? null);
    writeHeaders(writer, headers[index] ?? EMPTY);
  }
  return writer.bytes;
}

function encodeHeaders(headers: readonly RecordHeader[] | undefined): readonly EncodedHeader[] {
  if (headers === undefined || headers.length === 0) return EMPTY;
  return headers.map((header) => ({ key: utf8(header.key), value: header.value }));
}

function contentBytes(record: RecordInput, headers: readonly EncodedHeader[]): number {
  let bytes = blockBytes(record.key ?? null) + blockBytes(record.value ?? null) + varintBytes(headers.length);
  for (const header of headers) bytes += blockBytes(header.key) + blockBytes(header.value);
  return bytes;
}

function writeHeaders(writer: RecordWriter, headers: readonly EncodedHeader[]): void {
  writer.varint(headers.length);
  for (const header of headers) {
    writer.block(header.key);
    writer.block(header.value);
  }
}

/** Fills in the 61 bytes in front of the records. */
function finish(batch: Uint8Array, input: RecordBatchInput, baseTimestamp: number): Uint8Array {
  const view = new DataView(batch.buffer, batch.byteOffset, batch.length);
  const { records, baseOffset = 0 } = input;
  const last = records.at(-1);
  const lastDelta = last?.offset === undefined ? Math.max(records.length - 1, 0) : last.offset - baseOffset;
  view.setBigInt64(BASE_OFFSET_AT, BigInt(baseOffset));
  view.setInt32(LENGTH_AT, batch.length - LENGTH_PREFIX_BYTES);
  view.setInt32(LEADER_EPOCH_AT, input.partitionLeaderEpoch ?? NONE);
  view.setInt8(MAGIC_AT, MAGIC_V2);
  view.setInt16(ATTRIBUTES_AT, attributesOf(input));
  view.setInt32(LAST_OFFSET_DELTA_AT, input.lastOffsetDelta ?? lastDelta);
  view.setBigInt64(BASE_TIMESTAMP_AT, BigInt(baseTimestamp));
  view.setBigInt64(MAX_TIMESTAMP_AT, BigInt(input.logAppendTime ?? latestTimestamp(records)));
  view.setBigInt64(PRODUCER_ID_AT, BigInt(input.producerId ?? NONE));
  view.setInt16(PRODUCER_EPOCH_AT, input.producerEpoch ?? NONE);
  view.setInt32(BASE_SEQUENCE_AT, input.baseSequence ?? NONE);
  view.setInt32(RECORD_COUNT_AT, records.length);
  view.setUint32(CRC_AT, crc32c(batch.subarray(ATTRIBUTES_AT)));
  return batch;
}

function attributesOf(input: RecordBatchInput): number {
  return (
    COMPRESSION_TYPES.indexOf(input.compression ?? "none") |
    (input.logAppendTime === undefined ? 0 : LOG_APPEND_TIME_BIT) |
    (input.isTransactional === true ? TRANSACTIONAL_BIT : 0) |
    (input.isControl === true ? CONTROL_BIT : 0) |
    (input.deleteHorizonMs === undefined ? 0 : DELETE_HORIZON_BIT)
  );
}

function latestTimestamp(records: readonly RecordInput[]): number {
  let latest = NONE;
  for (const record of records) if (record.timestamp > latest) latest = record.timestamp;
  return latest;
}
