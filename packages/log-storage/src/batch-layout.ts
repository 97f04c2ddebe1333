import { damaged } from "./entry-codec.ts";

/*
 * The few fields of a Kafka v2 record batch that a log must know: it finds borders between batches and writes base
 * offset and leader epoch on the way out. Both precede the checksum, so the stored bytes stay as the producer sent them.
 */
const LENGTH_AT = 8;
const EPOCH_AT = 12;
const LAST_OFFSET_DELTA_AT = 23;
const MAX_TIMESTAMP_AT = 35;
/** Bytes before the length counts. */
const LENGTH_OVERHEAD = 12;
const BATCH_HEADER_BYTES = 61;

/** The batches of one run, offsets already written into them. */
export interface LoadedRun {
  readonly batches: readonly Uint8Array[];
  /** Base offset of each batch. */
  readonly baseOffsets: readonly number[];
  readonly bytes: number;
}

/** Writes base offset and leader epoch into a batch, in place. */
export function stampBatch(batch: Uint8Array, baseOffset: number, epoch: number): void {
  const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
  view.setInt32(0, Math.floor(baseOffset / 0x1_0000_0000));
  view.setUint32(4, baseOffset >>> 0);
  view.setInt32(EPOCH_AT, epoch);
}

/** Largest record timestamp of a batch, milliseconds. */
export function maxTimestampOf(batch: Uint8Array): number {
  return Number(new DataView(batch.buffer, batch.byteOffset, batch.byteLength).getBigInt64(MAX_TIMESTAMP_AT));
}

/** Offsets a batch takes. */
export function offsetsOf(batch: Uint8Array): number {
  return new DataView(batch.buffer, batch.byteOffset, batch.byteLength).getInt32(LAST_OFFSET_DELTA_AT) + 1;
}

/** Splits the bytes of a run into batches and stamps them. Throws `LOG_DAMAGED` when they do not fit the index. */
export function loadRun(
  bytes: Uint8Array,
  run: { readonly seq: number; readonly baseOffset: number; readonly endOffset: number; readonly epoch: number },
): LoadedRun {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const batches: Uint8Array[] = [];
  const baseOffsets: number[] = [];
  let offset = run.baseOffset;
  let at = 0;
  while (at < bytes.length) {
    if (bytes.length - at < BATCH_HEADER_BYTES) throw damaged(run.seq, `a batch at byte ${at} of a run is cut`);
    const length = view.getInt32(at + LENGTH_AT) + LENGTH_OVERHEAD;
    if (length < BATCH_HEADER_BYTES || length > bytes.length - at)
      throw damaged(run.seq, `a batch claims ${length} bytes`);
    const batch = bytes.subarray(at, at + length);
    stampBatch(batch, offset, run.epoch);
    batches.push(batch);
    baseOffsets.push(offset);
    offset += offsetsOf(batch);
    at += length;
  }
  if (offset !== run.endOffset) throw damaged(run.seq, `a run ends at offset ${offset} instead of ${run.endOffset}`);
  return { batches, baseOffsets, bytes: bytes.length };
}
