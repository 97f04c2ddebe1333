import { StreambedError } from "@streambed/kernel";
import { BATCH_HEADER_BYTES, patchBaseOffset, patchLeaderEpoch, splitBatches } from "@streambed/protocol";
import { damaged } from "./entry-codec.ts";

/*
 * The few fields of a Kafka v2 record batch that a log must know: it finds borders between batches and writes base
 * offset and leader epoch on the way out. Both precede the checksum, so the stored bytes stay as the producer sent them.
 */
const LENGTH_AT = 8;
const LENGTH_PREFIX_BYTES = 12;
/** Where the magic number stands, and the only one of stored batches. */
export const MAGIC_AT = 16;
export const MAGIC = 2;
const LAST_OFFSET_DELTA_AT = 23;
const MAX_TIMESTAMP_AT = 35;

/** The batches of one run, offsets already written into them. */
export interface LoadedRun {
  readonly batches: readonly Uint8Array[];
  /** Base offset of each batch. */
  readonly baseOffsets: readonly number[];
  readonly bytes: number;
}

/**
 * Refuses what could not be read again: anything but one whole batch of magic 2. What is inside is the broker's business.
 *
 * @throws kind `invalid`, code `NO_RECORD_BATCH`
 */
export function assertIsBatch(bytes: Uint8Array): void {
  const isBatch =
    bytes.length >= BATCH_HEADER_BYTES &&
    bytes[MAGIC_AT] === MAGIC &&
    new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getInt32(LENGTH_AT) ===
      bytes.length - LENGTH_PREFIX_BYTES;
  if (isBatch) return;
  const message =
    "Only whole record batches of magic 2 can be appended; encodeRecordBatch of @streambed/protocol makes one.";
  throw new StreambedError({ kind: "invalid", code: "NO_RECORD_BATCH", message });
}

/** Writes base offset and leader epoch into a batch, in place. */
export function stampBatch(batch: Uint8Array, baseOffset: number, epoch: number): void {
  patchBaseOffset(batch, baseOffset);
  patchLeaderEpoch(batch, epoch);
}

/** Largest record timestamp of a batch, milliseconds. */
export function maxTimestampOf(batch: Uint8Array): number {
  return Number(new DataView(batch.buffer, batch.byteOffset, batch.byteLength).getBigInt64(MAX_TIMESTAMP_AT));
}

/** Offsets a batch takes. */
export function offsetsOf(batch: Uint8Array): number {
  return new DataView(batch.buffer, batch.byteOffset, batch.byteLength).getInt32(LAST_OFFSET_DELTA_AT) + 1;
}

/** Offset of a batch's first record, as it stands in the batch. */
export function baseOffsetOf(batch: Uint8Array): number {
  const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
  return view.getInt32(0) * 0x1_0000_0000 + view.getUint32(4);
}

/** Offset of a batch's last record, by what stands in the batch. */
export function lastOffsetOf(batch: Uint8Array): number {
  return baseOffsetOf(batch) + offsetsOf(batch) - 1;
}

/** Splits the bytes of a run into batches and stamps them. Throws `LOG_DAMAGED` when they do not fit the index. */
export function loadRun(
  bytes: Uint8Array,
  run: { readonly source: number; readonly baseOffset: number; readonly endOffset: number; readonly epoch: number },
): LoadedRun {
  const { batches, rest } = splitBatches(bytes);
  if (rest.length > 0) throw damaged(run.source, `a batch at the end of a run is cut: ${rest.length} bytes`);
  const baseOffsets: number[] = [];
  let offset = run.baseOffset;
  for (const batch of batches) {
    // Its checksum covers the magic number as little as what is stamped here, and no client would accept another.
    if (batch[MAGIC_AT] !== MAGIC)
      throw damaged(run.source, `the batch at offset ${offset} has magic ${batch[MAGIC_AT]}`);
    stampBatch(batch, offset, run.epoch);
    baseOffsets.push(offset);
    offset += offsetsOf(batch);
  }
  if (offset !== run.endOffset) throw damaged(run.source, `a run ends at offset ${offset} instead of ${run.endOffset}`);
  return { batches, baseOffsets, bytes: bytes.length };
}
