import { malformed } from "@streambed/kernel";
import { decompressionLimit } from "../codec.ts";
import { OutputBuffer } from "../output-buffer.ts";
import { xxhash64Low } from "../xxhash64.ts";
import { BLOCK_BYTES_MAX, decodeBlock, firstState } from "./decode-block.ts";

/** First four bytes of a frame. */
export const ZSTD_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
/** Largest window a decoder accepts by default: 128 MiB. */
const WINDOW_BYTES_MAX: number = 2 ** 27;
const FRAME_BYTES_MIN = 9;

/**
 * Decompresses Zstandard frames (RFC 8878), with or without content size and checksum, one behind the other.
 * Dictionaries are not supported.
 */
export function decompressZstd(bytes: Uint8Array, maxOutputBytes: number): Uint8Array {
  const output = new OutputBuffer(maxOutputBytes);
  if (bytes.length < FRAME_BYTES_MIN - 1) throw malformed(`${bytes.length} bytes are too few for Zstandard`);
  let at = 0;
  while (at < bytes.length) at = readFrame(bytes, at, output, maxOutputBytes);
  return output.finish();
}

function uint(bytes: Uint8Array, at: number, count: number): number {
  if (at + count > bytes.length) throw malformed(`A Zstandard frame is cut off at ${bytes.length}`);
  let value = 0;
  for (let index = count - 1; index >= 0; index--) value = value * 256 + (bytes[at + index] ?? 0);
  return value;
}

/** Reads one frame; returns where it ends. */
function readFrame(bytes: Uint8Array, start: number, output: OutputBuffer, maxOutputBytes: number): number {
  const magic = uint(bytes, start, 4);
  if ((magic & 0xffff_fff0) >>> 0 === SKIPPABLE_MAGIC) {
    const end = start + 8 + uint(bytes, start + 4, 4);
    if (end > bytes.length) throw malformed("A skippable Zstandard frame is cut off");
    return end;
  }
  if (magic !== ZSTD_MAGIC) throw malformed(`A Zstandard frame starts with ${magic.toString(16)}`);
  const header = readFrameHeader(bytes, start + 4);
  if (header.contentBytes !== null && output.length + header.contentBytes > maxOutputBytes) {
    throw decompressionLimit(maxOutputBytes);
  }
  const frameStart = output.length;
  let at = readBlocks(bytes, header.end, output);
  const content = output.bytes.subarray(frameStart, output.length);
  if (header.contentBytes !== null && header.contentBytes !== content.length) {
    throw malformed(`A Zstandard frame holds ${content.length} bytes, not ${header.contentBytes}`);
  }
  if (header.hasChecksum) {
    if (uint(bytes, at, 4) !== xxhash64Low(content)) throw malformed("A Zstandard checksum is wrong");
    at += 4;
  }
  return at;
}

interface FrameHeader {
  readonly end: number;
  readonly contentBytes: number | null;
  readonly hasChecksum: boolean;
}

function readFrameHeader(bytes: Uint8Array, start: number): FrameHeader {
  const descriptor = uint(bytes, start, 1);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  if ((descriptor & 0x08) !== 0) throw malformed("A Zstandard frame has unknown flags");
  let at = start + 1;
  if (!isSingleSegment) {
    const window = uint(bytes, at, 1);
    const base = 2 ** (10 + (window >>> 3));
    if (base + (base / 8) * (window & 7) > WINDOW_BYTES_MAX)
      throw malformed("A Zstandard frame needs too large a window");
    at += 1;
  }
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  if (uint(bytes, at, dictionaryBytes) !== 0) throw malformed("A Zstandard frame needs a dictionary");
  at += dictionaryBytes;
  const sizeFlag = descriptor >>> 6;
  const sizeBytes = sizeFlag === 0 ? (isSingleSegment ? 1 : 0) : 2 ** sizeFlag;
  const size = uint(bytes, at, sizeBytes) + (sizeBytes === 2 ? 256 : 0);
  return { end: at + sizeBytes, contentBytes: sizeBytes === 0 ? null : size, hasChecksum: (descriptor & 4) !== 0 };
}

/** Reads blocks up to the last one; returns where it ends. */
function readBlocks(bytes: Uint8Array, start: number, output: OutputBuffer): number {
  const frameStart = output.length;
  const state = firstState();
  let at = start;
  for (let isLast = false; !isLast;) {
    const header = uint(bytes, at, 3);
    at += 3;
    isLast = (header & 1) !== 0;
    const type = (header >>> 1) & 3;
    const size = header >>> 3;
    const stored = type === 1 ? 1 : size;
    if (size > BLOCK_BYTES_MAX || type === 3 || stored > bytes.length - at)
      throw malformed(`A Zstandard block claims ${size} bytes`);
    const block = bytes.subarray(at, at + stored);
    at += stored;
    if (type === 0) output.append(block);
    else if (type === 2) decodeBlock(block, state, output, frameStart);
    else {
      output.reserve(size);
      output.bytes.fill(block[0] ?? 0, output.length, output.length + size);
      output.length += size;
    }
  }
  return at;
}
