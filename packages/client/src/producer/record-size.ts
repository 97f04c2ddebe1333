import { utf8 } from "@streambed/kernel";
import type { ProducerRecord } from "../producer-types.ts";

/** Lengths, deltas and counts of one record, at their longest. */
const RECORD_OVERHEAD_BYTES = 26;
const HEADER_OVERHEAD_BYTES = 10;
/** The header of a record batch. */
export const BATCH_OVERHEAD_BYTES = 61;

/** Upper bound of the bytes one record takes in a batch before compression. */
export function recordBytesMax(record: ProducerRecord): number {
  let bytes = RECORD_OVERHEAD_BYTES + (record.key?.length ?? 0) + (record.value?.length ?? 0);
  for (const { key, value } of record.headers ?? []) {
    bytes += HEADER_OVERHEAD_BYTES + textBytes(key) + (value?.length ?? 0);
  }
  return bytes;
}

function textBytes(text: string): number {
  return utf8(text).length;
}
