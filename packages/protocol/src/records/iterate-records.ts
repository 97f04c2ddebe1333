import { fromUtf8, malformed } from "@streambed/kernel";
import { EMPTY } from "../wire.ts";
import type { BatchHeader } from "./batch-header.ts";
import { recordsPayload, type PayloadOptions } from "./payload.ts";
import { VarintScanner } from "./varint-scanner.ts";

/** A header of a record. */
export interface RecordHeader {
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** A record inside a batch. Key and values are views of the batch (or of its decompressed bytes). */
export interface RecordView {
  readonly offset: number;
  /** Milliseconds since 1970; -1 when there is none. */
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
}

/**
 * The records of one batch, in order.
 *
 * @example for (const record of iterateRecords(batch, decodeBatchHeader(batch), { codecs: defaultCodecs })) use(record);
 * @throws (while iterating) kind `corrupt`, code `MALFORMED_BYTES`; kind `limit`, code `DECOMPRESSION_LIMIT`
 */
export function* iterateRecords(
  batch: Uint8Array,
  header: BatchHeader,
  options: PayloadOptions,
): Generator<RecordView, void, undefined> {
  const scanner = new VarintScanner(recordsPayload(batch, header, options));
  for (let index = 0; index < header.recordCount; index++) yield readRecord(scanner, header);
  if (scanner.at !== scanner.bytes.length) throw malformed(`Bytes follow the last record at ${scanner.at}`);
}

function readRecord(scanner: VarintScanner, header: BatchHeader): RecordView {
  const end = scanner.recordEnd();
  scanner.byte();
  const timestampDelta = scanner.varlong();
  const offset = header.baseOffset + scanner.varint();
  const key = scanner.block(end);
  const value = scanner.block(end);
  const headers = readHeaders(scanner, end);
  scanner.expectEnd(end);
  const timestamp = header.isLogAppendTime ? header.maxTimestamp : header.baseTimestamp + timestampDelta;
  return { offset, timestamp, key, value, headers };
}

function readHeaders(scanner: VarintScanner, end: number): readonly RecordHeader[] {
  const count = scanner.headerCount(end);
  if (count === 0) return EMPTY;
  const headers: RecordHeader[] = [];
  for (let index = 0; index < count; index++) {
    const key = scanner.block(end);
    if (key === null) throw malformed(`A record header before ${scanner.at} has no key`);
    headers.push({ key: fromUtf8(key), value: scanner.block(end) });
  }
  return headers;
}
