import type { Codec } from "./codec.ts";
import { compressZstd } from "./zstd/compress.ts";
import { decompressZstd } from "./zstd/decompress.ts";

/** Zstandard (RFC 8878). */
export const zstdCodec: Codec = { compress: compressZstd, decompress: decompressZstd };
