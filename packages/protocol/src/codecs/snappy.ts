import { malformed } from "@streambed/kernel";
import type { Codec } from "./codec.ts";
import { OutputBuffer } from "./output-buffer.ts";
import { compressSnappyBlock, decompressSnappyBlock, snappyBytesMax } from "./snappy-block.ts";

/** `\x82SNAPPY\0`, which starts the stream format of the Java library. */
const MAGIC: readonly number[] = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00];
/** Magic, version and lowest compatible version. */
const HEADER_BYTES = 16;
/** Block size of the Java library. */
const BLOCK_BYTES = 32_768;

/**
 * Snappy as Kafka clients write it: the framing of the Java library, or one raw block (librdkafka and others).
 * Both are read; the framing is written.
 */
export const snappyCodec: Codec = { compress, decompress };

function compress(bytes: Uint8Array): Uint8Array {
  const blocks = Math.ceil(bytes.length / BLOCK_BYTES);
  const output = new Uint8Array(HEADER_BYTES + blocks * (4 + snappyBytesMax(Math.min(bytes.length, BLOCK_BYTES))));
  const view = new DataView(output.buffer);
  output.set(MAGIC);
  view.setInt32(8, 1);
  view.setInt32(12, 1);
  let to = HEADER_BYTES;
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    const end = compressSnappyBlock(bytes.subarray(at, at + BLOCK_BYTES), output, to + 4);
    view.setInt32(to, end - to - 4);
    to = end;
  }
  return output.subarray(0, to);
}

function decompress(bytes: Uint8Array, maxOutputBytes: number): Uint8Array {
  if (!MAGIC.every((byte, at) => bytes[at] === byte)) return decompressSnappyBlock(bytes, maxOutputBytes);
  if (bytes.length < HEADER_BYTES) throw malformed("A Snappy stream is cut off in its header");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const output = new OutputBuffer(maxOutputBytes);
  let at = HEADER_BYTES;
  while (at < bytes.length) {
    if (bytes.length - at < 4) throw malformed("A Snappy stream ends inside the length of a block");
    const length = view.getInt32(at);
    at += 4;
    if (length <= 0 || length > bytes.length - at) throw malformed(`A Snappy block claims ${length} bytes`);
    output.append(decompressSnappyBlock(bytes.subarray(at, at + length), maxOutputBytes));
    at += length;
  }
  return output.finish();
}
