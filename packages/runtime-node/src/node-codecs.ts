import { constants, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { Codec } from "@streambed/client";
import { messageOf, StreambedError } from "@streambed/kernel";
import { systemCode } from "./listen-error.ts";

/**
 * gzip and zstd of Node, many times faster than ours in TypeScript. Merge them over the default codecs:
 * `{ ...defaultCodecs, ...nodeCodecs() }`. Too much output fails with kind `limit`, code `DECOMPRESSED_TOO_LARGE`;
 * broken input with kind `corrupt`, code `CORRUPT_COMPRESSION`.
 */
export function nodeCodecs(): { readonly gzip: Codec; readonly zstd: Codec } {
  return {
    gzip: {
      compress: (bytes) => gzipSync(bytes),
      decompress: (bytes, maxOutputBytes) => bounded(maxOutputBytes, (options) => gunzipSync(bytes, options)),
    },
    zstd: {
      // Level 3 is Kafka's default (compression.zstd.level).
      compress: (bytes) => zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 3 } }),
      decompress: (bytes, maxOutputBytes) => bounded(maxOutputBytes, (options) => zstdDecompressSync(bytes, options)),
    },
  };
}

function bounded(
  maxOutputBytes: number,
  run: (options: { readonly maxOutputLength: number }) => Uint8Array,
): Uint8Array {
  try {
    return run({ maxOutputLength: Math.max(1, maxOutputBytes) });
  } catch (thrown) {
    if (systemCode(thrown) === "ERR_BUFFER_TOO_LARGE") {
      throw new StreambedError({
        kind: "limit",
        code: "DECOMPRESSED_TOO_LARGE",
        message: `Compressed records grow beyond ${maxOutputBytes} bytes.`,
        cause: thrown,
      });
    }
    throw new StreambedError({
      kind: "corrupt",
      code: "CORRUPT_COMPRESSION",
      message: `Compressed records cannot be decompressed: ${messageOf(thrown)}`,
      cause: thrown,
    });
  }
}
