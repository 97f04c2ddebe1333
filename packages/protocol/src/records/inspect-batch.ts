import { malformed } from "@streambed/kernel";
import type { BatchHeader } from "./batch-header.ts";
import { NONE } from "./batch-layout.ts";
import { recordsPayload, type PayloadOptions } from "./payload.ts";
import { VarintScanner } from "./varint-scanner.ts";

/** What a walk over the records of a batch found. What is allowed is for the broker to decide. */
export interface BatchFacts {
  /** Equal to the header's count, or the walk would have thrown. */
  readonly recordCount: number;
  /** True when the offset deltas are 0, 1, 2 … and the last one is the header's last offset delta. */
  readonly hasSequentialOffsets: boolean;
  /** Index of the first record without a key; -1 when all have one. */
  readonly firstWithoutKey: number;
  /** Smallest and largest timestamp in milliseconds; -1 when there are no records. */
  readonly minTimestamp: number;
  readonly maxTimestamp: number;
  /** Offset of the first record that has the largest timestamp; -1 when there are no records. */
  readonly maxTimestampOffset: number;
  /** Index of the first record with the smallest timestamp; -1 when there are no records. */
  readonly minTimestampIndex: number;
  /** Bytes of the records without compression. */
  readonly payloadBytes: number;
}

/**
 * Walks over all records of a batch and checks that every size fits: what a broker does with a produced batch.
 * Nothing is allocated per record.
 *
 * @throws kind `corrupt`, code `MALFORMED_BYTES`; kind `limit`, code `DECOMPRESSION_LIMIT`
 */
export function inspectBatch(batch: Uint8Array, header: BatchHeader, options: PayloadOptions): BatchFacts {
  const scanner = new VarintScanner(recordsPayload(batch, header, options));
  const count = header.recordCount;
  let isSequential = header.lastOffsetDelta === count - 1;
  let firstWithoutKey = NONE;
  let minTimestamp = Number.POSITIVE_INFINITY;
  let maxTimestamp = Number.NEGATIVE_INFINITY;
  let minTimestampIndex = NONE;
  let maxTimestampDelta = NONE;
  for (let index = 0; index < count; index++) {
    const end = scanner.recordEnd();
    scanner.byte();
    const timestamp = header.baseTimestamp + scanner.varlong();
    const offsetDelta = scanner.varint();
    if (offsetDelta !== index) isSequential = false;
    if (timestamp < minTimestamp) {
      minTimestamp = timestamp;
      minTimestampIndex = index;
    }
    if (timestamp > maxTimestamp) {
      maxTimestamp = timestamp;
      maxTimestampDelta = offsetDelta;
    }
    if (scanner.skipBlock(end) < 0 && firstWithoutKey < 0) firstWithoutKey = index;
    scanner.skipBlock(end);
    skipHeaders(scanner, end);
    scanner.expectEnd(end);
  }
  if (scanner.at !== scanner.bytes.length) throw malformed(`Bytes follow the last record at ${scanner.at}`);
  return {
    recordCount: count,
    hasSequentialOffsets: isSequential,
    firstWithoutKey,
    minTimestamp: count === 0 ? NONE : minTimestamp,
    maxTimestamp: count === 0 ? NONE : maxTimestamp,
    maxTimestampOffset: count === 0 ? NONE : header.baseOffset + maxTimestampDelta,
    minTimestampIndex,
    payloadBytes: scanner.bytes.length,
  };
}

function skipHeaders(scanner: VarintScanner, end: number): void {
  for (let count = scanner.headerCount(end); count > 0; count--) {
    if (scanner.skipBlock(end) < 0) throw malformed(`A record header before ${scanner.at} has no key`);
    scanner.skipBlock(end);
  }
}
