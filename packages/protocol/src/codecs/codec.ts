import { malformed, StreambedError } from "@streambed/kernel";

/**
 * Compresses and decompresses the records of a batch. Synchronous, because batches are opened on the hot path.
 * A runtime may bring faster ones (e.g. on its native zlib); {@link Codecs} is where they are plugged in.
 */
export interface Codec {
  compress(bytes: Uint8Array): Uint8Array;
  /**
   * @param maxOutputBytes stop as soon as the output would be longer
   * @throws kind `limit`, code `DECOMPRESSION_LIMIT`; kind `corrupt`, code `MALFORMED_BYTES`
   */
  decompress(bytes: Uint8Array, maxOutputBytes: number): Uint8Array;
}

/** Kafka's names of compression types; the position is the number in the attributes of a batch. */
export const COMPRESSION_TYPES = ["none", "gzip", "snappy", "lz4", "zstd"] as const;

/** A value of `compression.type`, without `producer`. */
export type CompressionType = (typeof COMPRESSION_TYPES)[number];

/** One codec for each compression type. */
export type Codecs = { readonly [Type in Exclude<CompressionType, "none">]: Codec };

/** The error of output beyond the bound. */
export function decompressionLimit(maxOutputBytes: number): StreambedError {
  const message = `Compressed data would grow beyond ${maxOutputBytes} bytes; refuse it or raise the limit`;
  return new StreambedError({ kind: "limit", code: "DECOMPRESSION_LIMIT", message });
}

/** The name of a compression type number. Kind `corrupt`, code `MALFORMED_BYTES` for numbers nobody assigned. */
export function compressionType(id: number): CompressionType {
  const type = COMPRESSION_TYPES[id];
  if (type === undefined) throw malformed(`Compression type ${id} does not exist`);
  return type;
}
