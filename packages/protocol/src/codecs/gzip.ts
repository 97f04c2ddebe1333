import { malformed, StreambedError } from "@streambed/kernel";
import { Gunzip, gzipSync } from "fflate";
import type { Codec } from "./codec.ts";
import { OutputBuffer } from "./output-buffer.ts";

/** Deflate grows its input at most this much; a slice of the input is chosen so that it cannot exceed the bound by more. */
const GROWTH_MAX = 1032;
const SLICE_BYTES_MIN = 1024;
const SLICE_BYTES_MAX = 65_536;
/** Ten bytes of header, two of an empty deflate block, eight of trailer. */
const GZIP_BYTES_MIN = 20;

/** gzip (RFC 1952), several members allowed. */
export const gzipCodec: Codec = {
  // A time in the header would make equal input give different batches.
  compress: (bytes) => gzipSync(bytes, { mtime: 0 }),
  decompress: gunzip,
};

function gunzip(bytes: Uint8Array, maxOutputBytes: number): Uint8Array {
  if (bytes.length < GZIP_BYTES_MIN) throw malformed(`${bytes.length} bytes are too few for gzip`);
  const output = new OutputBuffer(maxOutputBytes);
  let moreMembers = 0;
  const stream = new Gunzip((chunk) => output.append(chunk));
  stream.onmember = () => {
    moreMembers += 1;
  };
  const slice = Math.min(SLICE_BYTES_MAX, Math.max(SLICE_BYTES_MIN, Math.floor(maxOutputBytes / GROWTH_MAX)));
  try {
    for (let at = 0; at < bytes.length; at += slice) {
      const end = Math.min(bytes.length, at + slice);
      stream.push(bytes.subarray(at, end), end === bytes.length);
    }
  } catch (error) {
    if (error instanceof StreambedError) throw error;
    throw malformed(`Not gzip: ${error instanceof Error ? error.message : "unreadable"}`);
  }
  const result = output.finish();
  // The trailer of a single member holds the length; with several it holds that of the last one only.
  const trailer = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4).getUint32(0, true);
  if (moreMembers === 0 && trailer !== result.length)
    throw malformed(`gzip gave ${result.length} bytes, not ${trailer}`);
  return result;
}
