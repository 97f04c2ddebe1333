import { malformed } from "@streambed/kernel";
import { compressionType, type Codecs } from "../codecs/codec.ts";
import { DECOMPRESSED_BYTES_MAX } from "../limits.ts";
import type { BatchHeader } from "./batch-header.ts";
import { BATCH_HEADER_BYTES, RECORD_BYTES_MIN } from "./batch-layout.ts";

/** How compressed batches are opened. */
export interface PayloadOptions {
  readonly codecs: Codecs;
  /** Default 64 MiB. */
  readonly outputBytesMax?: number;
}

/**
 * The records of a batch as they are walked over: a view when the batch is not compressed, else its decompressed bytes.
 *
 * @param batch one whole batch, as `splitBatches` gives it
 * @throws kind `corrupt`, code `MALFORMED_BYTES`; kind `limit`, code `DECOMPRESSION_LIMIT`
 */
export function recordsPayload(batch: Uint8Array, header: BatchHeader, options: PayloadOptions): Uint8Array {
  if (header.sizeBytes > batch.length) throw malformed(`A record batch of ${header.sizeBytes} bytes is cut off`);
  const stored = batch.subarray(BATCH_HEADER_BYTES, header.sizeBytes);
  const type = compressionType(header.compression);
  const limit = options.outputBytesMax ?? DECOMPRESSED_BYTES_MAX;
  const payload = type === "none" ? stored : options.codecs[type].decompress(stored, limit);
  if (header.recordCount * RECORD_BYTES_MIN > payload.length) {
    throw malformed(`A record batch claims ${header.recordCount} records in ${payload.length} bytes`);
  }
  return payload;
}
