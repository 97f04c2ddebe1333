import type { Codecs } from "./codec.ts";
import { gzipCodec } from "./gzip.ts";
import { lz4Codec } from "./lz4.ts";
import { snappyCodec } from "./snappy.ts";
import { zstdCodec } from "./zstd.ts";

/**
 * All of Kafka's compression types in plain TypeScript, for any runtime.
 *
 * @example const codecs: Codecs = { ...defaultCodecs, gzip: nativeGzip };
 */
export const defaultCodecs: Codecs = { gzip: gzipCodec, snappy: snappyCodec, lz4: lz4Codec, zstd: zstdCodec };
