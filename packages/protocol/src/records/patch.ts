import { crc32c, malformed } from "@streambed/kernel";
import {
  ATTRIBUTES_AT,
  BASE_OFFSET_AT,
  BATCH_HEADER_BYTES,
  CRC_AT,
  LEADER_EPOCH_AT,
  LENGTH_AT,
  LENGTH_PREFIX_BYTES,
  LOG_APPEND_TIME_BIT,
  MAX_TIMESTAMP_AT,
} from "./batch-layout.ts";

function viewOf(bytes: Uint8Array, at: number): DataView {
  if (bytes.length - at < BATCH_HEADER_BYTES) throw malformed(`A record batch at ${at} is cut off in its header`);
  return new DataView(bytes.buffer, bytes.byteOffset + at, bytes.length - at);
}

function setInt64(view: DataView, at: number, value: number): void {
  view.setInt32(at, Math.floor(value / 0x1_0000_0000));
  view.setUint32(at + 4, value >>> 0);
}

/** True when the CRC of the batch at `at` is right. False, too, when the batch is longer than the bytes. */
export function verifyCrc(bytes: Uint8Array, at: number = 0): boolean {
  const view = viewOf(bytes, at);
  const end = at + LENGTH_PREFIX_BYTES + view.getInt32(LENGTH_AT);
  if (end < at + BATCH_HEADER_BYTES || end > bytes.length) return false;
  return crc32c(bytes.subarray(at + ATTRIBUTES_AT, end)) === view.getUint32(CRC_AT);
}

/** Gives the batch its place in the log, in place. The CRC does not cover this field. */
export function patchBaseOffset(bytes: Uint8Array, baseOffset: number, at: number = 0): void {
  setInt64(viewOf(bytes, at), BASE_OFFSET_AT, baseOffset);
}

/** Stamps the epoch of the leader, in place. The CRC does not cover this field. */
export function patchLeaderEpoch(bytes: Uint8Array, leaderEpoch: number, at: number = 0): void {
  viewOf(bytes, at).setInt32(LEADER_EPOCH_AT, leaderEpoch);
}

/**
 * Makes the time of appending the time of every record (`message.timestamp.type=LogAppendTime`), in place,
 * and computes the CRC anew. The batch must be whole.
 */
export function patchLogAppendTime(bytes: Uint8Array, timestamp: number, at: number = 0): void {
  const view = viewOf(bytes, at);
  const end = at + LENGTH_PREFIX_BYTES + view.getInt32(LENGTH_AT);
  if (end < at + BATCH_HEADER_BYTES || end > bytes.length) throw malformed(`The record batch at ${at} is cut off`);
  view.setInt16(ATTRIBUTES_AT, view.getInt16(ATTRIBUTES_AT) | LOG_APPEND_TIME_BIT);
  setInt64(view, MAX_TIMESTAMP_AT, timestamp);
  view.setUint32(CRC_AT, crc32c(bytes.subarray(at + ATTRIBUTES_AT, end)));
}
