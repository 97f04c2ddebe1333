import { malformed, StreambedError } from "@streambed/kernel";
import { Gunzip, gunzipSync, gzipSync } from "fflate";
import type { Codec } from "./codec.ts";
import { crc32 } from "./crc32.ts";
import { OutputBuffer } from "./output-buffer.ts";

/** Deflate grows its input at most this much, so a slice of the input cannot exceed the bound by more. */
const GROWTH_MAX = 1032;
const SLICE_BYTES_MIN = 1024;
const SLICE_BYTES_MAX = 65_536;
/** Ten bytes of header, two of an empty deflate block, eight of trailer. */
const GZIP_BYTES_MIN = 20;
const TRAILER_BYTES = 8;

/** gzip (RFC 1952), several members allowed. */
export const gzipCodec: Codec = {
  // A time in the header would make equal input give different batches.
  compress: (bytes) => gzipSync(bytes, { mtime: 0 }),
  decompress,
};

/** What the trailer of the last member says about it. */
interface Trailer {
  readonly crc: number;
  readonly length: number;
}

function decompress(bytes: Uint8Array, maxOutputBytes: number): Uint8Array {
  if (bytes.length < GZIP_BYTES_MIN) throw malformed(`${bytes.length} bytes are too few for gzip`);
  const view = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - TRAILER_BYTES, TRAILER_BYTES);
  const trailer: Trailer = { crc: view.getUint32(0, true), length: view.getUint32(4, true) };
  const canBeSmall = trailer.length <= Math.min(maxOutputBytes, bytes.length * GROWTH_MAX);
  const small = bytes.length <= SLICE_BYTES_MAX && canBeSmall ? inflateAtOnce(bytes, trailer) : null;
  return small ?? inflateInSlices(bytes, trailer, maxOutputBytes);
}

function isRight(output: Uint8Array, trailer: Trailer): boolean {
  return output.length === trailer.length && crc32(output) === trailer.crc;
}

/**
 * Inflates into memory of the size the trailer names, which is several times faster for small batches.
 * Null when that is not the whole truth: several members, or a length that lies. Then the slow way decides.
 */
function inflateAtOnce(bytes: Uint8Array, trailer: Trailer): Uint8Array | null {
  try {
    const output = gunzipSync(bytes, { out: new Uint8Array(trailer.length) });
    return isRight(output, trailer) ? output : null;
  } catch {
    return null;
  }
}

function inflateInSlices(bytes: Uint8Array, trailer: Trailer, maxOutputBytes: number): Uint8Array {
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
  // With several members the trailer speaks of the last one only.
  if (moreMembers === 0 && !isRight(result, trailer)) throw malformed("The length or checksum of gzip is wrong");
  return result;
}
