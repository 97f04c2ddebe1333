import { crc32c } from "@streambed/kernel";
import { compressionType, type Codecs } from "../codecs/codec.ts";
import type { BatchHeader } from "./batch-header.ts";
import {
  ATTRIBUTES_AT,
  BASE_TIMESTAMP_AT,
  BATCH_HEADER_BYTES,
  CODEC_MASK,
  CRC_AT,
  DELETE_HORIZON_BIT,
  LENGTH_AT,
  LENGTH_PREFIX_BYTES,
  MAX_TIMESTAMP_AT,
  NONE,
  RECORD_COUNT_AT,
} from "./batch-layout.ts";
import { recordsPayload, type PayloadOptions } from "./payload.ts";
import { RecordWriter, varintBytes } from "./record-writer.ts";
import { VarintScanner } from "./varint-scanner.ts";

/** What a filter is shown of a record. The object is used again for the next one. */
export interface RecordSummary {
  readonly offset: number;
  /** A view; null when there is no key. */
  readonly key: Uint8Array | null;
  /** False for a tombstone. */
  readonly hasValue: boolean;
}

/** Which records of a batch a filter keeps. The bytes of each stay as they are. */
export interface RecordSelection {
  readonly recordCount: number;
  readonly keptCount: number;
  /** True when a record that is kept has no value. */
  readonly hasTombstones: boolean;
  /** Largest timestamp of what is kept, milliseconds; -1 for nothing. */
  readonly maxTimestamp: number;
  /** The records without compression. */
  readonly payload: Uint8Array;
  /** Start and end in `payload` of each record that is kept, with its length prefix. */
  readonly spans: readonly number[];
}

/** Calls `see` for each record of a batch, without looking at headers or copying anything. */
export function scanRecords(
  batch: Uint8Array,
  header: BatchHeader,
  options: PayloadOptions & { readonly see: (record: RecordSummary) => void },
): void {
  walk(recordsPayload(batch, header, options), header, options.see);
}

/**
 * Asks `keep` for each record of a batch.
 *
 * @throws kind `corrupt`, code `MALFORMED_BYTES`; kind `limit`, code `DECOMPRESSION_LIMIT`
 */
export function selectRecords(
  batch: Uint8Array,
  header: BatchHeader,
  options: PayloadOptions & { readonly keep: (record: RecordSummary) => boolean },
): RecordSelection {
  const payload = recordsPayload(batch, header, options);
  const spans: number[] = [];
  let hasTombstones = false;
  let maxTimestamp = NONE;
  walk(payload, header, (record, timestamp, start, end) => {
    if (!options.keep(record)) return;
    spans.push(start, end);
    if (!record.hasValue) hasTombstones = true;
    if (timestamp > maxTimestamp) maxTimestamp = timestamp;
  });
  const { recordCount } = header;
  return { recordCount, keptCount: spans.length / 2, hasTombstones, maxTimestamp, payload, spans };
}

type Visit = (record: RecordSummary, timestamp: number, start: number, end: number) => void;

function walk(payload: Uint8Array, header: BatchHeader, visit: Visit): void {
  const scanner = new VarintScanner(payload);
  const record = { offset: 0, key: null as Uint8Array | null, hasValue: false };
  for (let index = 0; index < header.recordCount; index++) {
    const start = scanner.at;
    const end = scanner.recordEnd();
    scanner.byte();
    const timestamp = header.baseTimestamp + scanner.varlong();
    record.offset = header.baseOffset + scanner.varint();
    record.key = scanner.block(end);
    record.hasValue = scanner.skipBlock(end) >= 0;
    visit(record, timestamp, start, end);
    scanner.at = end;
  }
}

/** How {@link rebuildBatch} writes. */
export interface RebuildOptions {
  readonly codecs: Codecs;
  /** Set: the time from which tombstones and markers of this batch may be removed (KIP-534). Default: as it was. */
  readonly deleteHorizonMs?: number | undefined;
}

/**
 * The batch with only the records that were selected. Base offset, last offset, producer, sequence, leader epoch and
 * compression stay, so that offsets keep their gaps and a producer's last sequence is not lost; only the CRC is new.
 */
export function rebuildBatch(
  batch: Uint8Array,
  header: BatchHeader,
  selection: RecordSelection,
  options: RebuildOptions,
): Uint8Array {
  const { deleteHorizonMs } = options;
  const shift = deleteHorizonMs === undefined ? 0 : header.baseTimestamp - deleteHorizonMs;
  const records = shift === 0 ? joinSpans(selection) : shiftTimestamps(selection, shift);
  const type = compressionType(header.compression);
  const stored = type === "none" ? records : options.codecs[type].compress(records);
  const rebuilt = new Uint8Array(BATCH_HEADER_BYTES + stored.length);
  rebuilt.set(batch.subarray(0, BATCH_HEADER_BYTES));
  rebuilt.set(stored, BATCH_HEADER_BYTES);
  return sealBatch(rebuilt, {
    attributes: deleteHorizonMs === undefined ? header.attributes : header.attributes | DELETE_HORIZON_BIT,
    baseTimestamp: deleteHorizonMs ?? header.baseTimestamp,
    maxTimestamp: header.isLogAppendTime ? header.maxTimestamp : selection.maxTimestamp,
    recordCount: selection.keptCount,
  });
}

/** The header of a batch that lost all its records: what remains to be known of a producer, or of the last offset. */
export function emptyBatch(batch: Uint8Array, header: BatchHeader): Uint8Array {
  return sealBatch(batch.slice(0, BATCH_HEADER_BYTES), {
    attributes: header.attributes & ~(CODEC_MASK | DELETE_HORIZON_BIT),
    baseTimestamp: NONE,
    maxTimestamp: header.maxTimestamp,
    recordCount: 0,
  });
}

function joinSpans({ payload, spans }: RecordSelection): Uint8Array {
  let total = 0;
  for (let at = 0; at < spans.length; at += 2) total += (spans[at + 1] ?? 0) - (spans[at] ?? 0);
  const joined = new Uint8Array(total);
  let position = 0;
  for (let at = 0; at < spans.length; at += 2) {
    joined.set(payload.subarray(spans[at], spans[at + 1]), position);
    position += (spans[at + 1] ?? 0) - (spans[at] ?? 0);
  }
  return joined;
}

/** A part of a record whose timestamp delta changes: `rest` begins at the offset delta. */
interface ShiftedRecord {
  readonly attributes: number;
  readonly timestampDelta: number;
  readonly rest: Uint8Array;
}

/** Another base timestamp makes other deltas; all else of a record stays, byte by byte. */
function shiftTimestamps(selection: RecordSelection, shift: number): Uint8Array {
  const scanner = new VarintScanner(selection.payload);
  const records: ShiftedRecord[] = [];
  let total = 0;
  for (let at = 0; at < selection.spans.length; at += 2) {
    scanner.at = selection.spans[at] ?? 0;
    const end = scanner.recordEnd();
    const attributes = scanner.byte();
    const timestampDelta = scanner.varlong() + shift;
    const rest = selection.payload.subarray(scanner.at, end);
    const bytes = 1 + varintBytes(timestampDelta) + rest.length;
    records.push({ attributes, timestampDelta, rest });
    total += varintBytes(bytes) + bytes;
  }
  const writer = new RecordWriter(new Uint8Array(total), 0);
  for (const { attributes, timestampDelta, rest } of records) {
    writer.varint(1 + varintBytes(timestampDelta) + rest.length);
    writer.byte(attributes);
    writer.varlong(timestampDelta);
    writer.raw(rest);
  }
  return writer.bytes;
}

interface Sealed {
  readonly attributes: number;
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
  readonly recordCount: number;
}

/** Fills in what differs from the batch that was copied, and the CRC. */
function sealBatch(batch: Uint8Array, fields: Sealed): Uint8Array {
  const view = new DataView(batch.buffer, batch.byteOffset, batch.length);
  view.setInt32(LENGTH_AT, batch.length - LENGTH_PREFIX_BYTES);
  view.setInt16(ATTRIBUTES_AT, fields.attributes);
  view.setBigInt64(BASE_TIMESTAMP_AT, BigInt(fields.baseTimestamp));
  view.setBigInt64(MAX_TIMESTAMP_AT, BigInt(fields.maxTimestamp));
  view.setInt32(RECORD_COUNT_AT, fields.recordCount);
  view.setUint32(CRC_AT, crc32c(batch.subarray(ATTRIBUTES_AT)));
  return batch;
}
