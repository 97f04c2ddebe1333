import type { Codec, Codecs as AllCodecs } from "@streambed/protocol";
import { namedError } from "./errors.ts";
import type { Codecs } from "./types.ts";

/** The codecs given, and for each missing one a codec that refuses with `UNSUPPORTED_COMPRESSION_TYPE`. */
export function completeCodecs(codecs: Codecs): AllCodecs {
  return {
    gzip: codecs.gzip ?? refusing("gzip"),
    snappy: codecs.snappy ?? refusing("snappy"),
    lz4: codecs.lz4 ?? refusing("lz4"),
    zstd: codecs.zstd ?? refusing("zstd"),
  };
}

function refusing(name: string): Codec {
  const refuse = (): never => {
    throw namedError("UNSUPPORTED_COMPRESSION_TYPE", `A batch compressed with ${name}`);
  };
  return { compress: refuse, decompress: refuse };
}
