import { FIRST_REPEATS } from "./codes.ts";
import { BLOCK_BYTES_MAX } from "./decode-block.ts";
import { ZSTD_MAGIC } from "./decompress.ts";
import { encodeBlock, ENCODE_MARGIN_BYTES } from "./encode-block.ts";
import { SequenceFinder } from "./find-sequences.ts";

const HEADER_BYTES_MAX = 9;
const BLOCK_HEADER_BYTES = 3;
/** Below this a block cannot get shorter. */
const COMPRESSIBLE_BYTES_MIN = 16;
const RAW = 0;
const EQUAL = 1;
const COMPRESSED = 2;

/** Compresses into one Zstandard frame with content size and without checksum (a record batch has its own). */
export function compressZstd(bytes: Uint8Array): Uint8Array {
  const blocks = Math.max(1, Math.ceil(bytes.length / BLOCK_BYTES_MAX));
  const output = new Uint8Array(HEADER_BYTES_MAX + bytes.length + blocks * BLOCK_HEADER_BYTES);
  const scratch = new Uint8Array(Math.min(bytes.length, BLOCK_BYTES_MAX) * 2 + ENCODE_MARGIN_BYTES);
  const finder = new SequenceFinder(bytes, FIRST_REPEATS, BLOCK_BYTES_MAX);
  let to = writeFrameHeader(bytes.length, output);
  let start = 0;
  do {
    const end = Math.min(bytes.length, start + BLOCK_BYTES_MAX);
    const block = { bytes: bytes.subarray(start, end), isLast: end === bytes.length };
    const repeats = finder.repeats;
    finder.repeats = [...repeats];
    const length = block.bytes.length < COMPRESSIBLE_BYTES_MIN ? -1 : encodeBlock(finder.find(start, end), scratch, 0);
    if (length >= 0 && length < block.bytes.length && !isEqual(block.bytes)) {
      to = writeBlock(COMPRESSED, length, {
        output,
        at: to,
        content: scratch.subarray(0, length),
        isLast: block.isLast,
      });
    } else {
      // A block without sequences does not change what the decoder remembers.
      finder.repeats = repeats;
      const type = block.bytes.length > 1 && isEqual(block.bytes) ? EQUAL : RAW;
      const content = type === EQUAL ? block.bytes.subarray(0, 1) : block.bytes;
      to = writeBlock(type, block.bytes.length, { output, at: to, content, isLast: block.isLast });
    }
    start = end;
  } while (start < bytes.length);
  return output.subarray(0, to);
}

/** Magic, a descriptor that says "single segment", and the content size in one, two or four bytes. */
function writeFrameHeader(size: number, output: Uint8Array): number {
  const view = new DataView(output.buffer);
  view.setUint32(0, ZSTD_MAGIC, true);
  if (size < 256) {
    output[4] = 0x20;
    output[5] = size;
    return 6;
  }
  if (size < 65_536 + 256) {
    output[4] = 0x60;
    view.setUint16(5, size - 256, true);
    return 7;
  }
  output[4] = 0xa0;
  view.setUint32(5, size, true);
  return 9;
}

interface BlockTarget {
  readonly output: Uint8Array;
  readonly at: number;
  readonly content: Uint8Array;
  readonly isLast: boolean;
}

function writeBlock(type: number, size: number, target: BlockTarget): number {
  const { output, at, content } = target;
  const header = (target.isLast ? 1 : 0) | (type << 1) | (size << 3);
  output[at] = header & 0xff;
  output[at + 1] = (header >>> 8) & 0xff;
  output[at + 2] = header >>> 16;
  output.set(content, at + BLOCK_HEADER_BYTES);
  return at + BLOCK_HEADER_BYTES + content.length;
}

function isEqual(bytes: Uint8Array): boolean {
  const [first] = bytes;
  return first !== undefined && bytes.at(-1) === first && bytes.every((byte) => byte === first);
}
