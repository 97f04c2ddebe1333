import { malformed } from "@streambed/kernel";
import { BATCH_HEADER_BYTES, LENGTH_AT, LENGTH_PREFIX_BYTES } from "./batch-layout.ts";

/** Batches that were found one behind the other. */
export interface SplitBatches {
  /** Views of the whole batches. */
  readonly batches: readonly Uint8Array[];
  /** What is left: the beginning of a batch that was cut off. A fetch may end like this, a produce may not. */
  readonly rest: Uint8Array;
}

/**
 * Cuts concatenated record batches apart by their lengths, without looking inside and without copying.
 *
 * @throws kind `corrupt`, code `MALFORMED_BYTES` when a length is smaller than a batch header
 */
export function splitBatches(bytes: Uint8Array): SplitBatches {
  const batches: Uint8Array[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (bytes.length - at >= LENGTH_PREFIX_BYTES) {
    const size = view.getInt32(at + LENGTH_AT) + LENGTH_PREFIX_BYTES;
    if (size < BATCH_HEADER_BYTES) throw malformed(`The record batch at ${at} claims ${size} bytes`);
    if (size > bytes.length - at) break;
    batches.push(bytes.subarray(at, at + size));
    at += size;
  }
  return { batches, rest: bytes.subarray(at) };
}
