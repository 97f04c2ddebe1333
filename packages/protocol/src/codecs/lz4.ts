import { malformed } from "@streambed/kernel";
import type { Codec } from "./codec.ts";
import { compressLz4Block, expandLz4Block } from "./lz4-block.ts";
import { OutputBuffer } from "./output-buffer.ts";
import { xxhash32 } from "./xxhash32.ts";

const MAGIC = 0x184d2204;
const SKIPPABLE_MAGIC = 0x184d2a50;
const VERSION = 0x40;
const INDEPENDENT_BLOCKS = 0x20;
const BLOCK_CHECKSUM = 0x10;
const CONTENT_SIZE = 0x08;
const CONTENT_CHECKSUM = 0x04;
const RESERVED = 0x02;
const DICTIONARY = 0x01;
/** Number of the 64 KiB block size, which Kafka's Java client uses. */
const BLOCK_SIZE_64K = 4;
const BLOCK_BYTES = 65_536;
const HEADER_BYTES = 7;
const UNCOMPRESSED = 0x8000_0000;
/** How far back blocks that depend on each other may refer. */
const WINDOW_BYTES = 65_536;

/**
 * LZ4 frames as message format v2 has them. Written like Kafka's Java client does: independent blocks of 64 KiB, no
 * checksums but the one of the header (the batch has its own). Read in all variants except with a dictionary.
 */
export const lz4Codec: Codec = { compress, decompress };

function compress(bytes: Uint8Array): Uint8Array {
  const blocks = Math.ceil(bytes.length / BLOCK_BYTES);
  const output = new Uint8Array(HEADER_BYTES + blocks * 4 + bytes.length + 4);
  const view = new DataView(output.buffer);
  view.setUint32(0, MAGIC, true);
  output[4] = VERSION | INDEPENDENT_BLOCKS;
  output[5] = BLOCK_SIZE_64K << 4;
  output[6] = (xxhash32(output.subarray(4, 6)) >>> 8) & 0xff;
  let to = HEADER_BYTES;
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    const block = bytes.subarray(at, at + BLOCK_BYTES);
    const end = compressLz4Block(block, output, to + 4);
    if (end < 0) {
      view.setUint32(to, (block.length | UNCOMPRESSED) >>> 0, true);
      output.set(block, to + 4);
      to += 4 + block.length;
    } else {
      view.setUint32(to, end - to - 4, true);
      to = end;
    }
  }
  view.setUint32(to, 0, true);
  return output.subarray(0, to + 4);
}

/** A position in the input, with reads that never pass its end. */
class Input {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  take(count: number): Uint8Array {
    if (count > this.bytes.length - this.at) throw malformed(`An LZ4 frame is cut off at ${this.at}`);
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  uint32(): number {
    this.take(4);
    return this.#view.getUint32(this.at - 4, true);
  }
}

function decompress(bytes: Uint8Array, maxOutputBytes: number): Uint8Array {
  const input = new Input(bytes);
  const output = new OutputBuffer(maxOutputBytes);
  do readFrame(input, output);
  while (input.at < bytes.length);
  return output.finish();
}

function readFrame(input: Input, output: OutputBuffer): void {
  const magic = input.uint32();
  if ((magic & 0xffff_fff0) >>> 0 === SKIPPABLE_MAGIC) {
    input.take(input.uint32());
    return;
  }
  if (magic !== MAGIC) throw malformed(`An LZ4 frame starts with ${magic.toString(16)}`);
  const { flags, blockBytesMax, contentBytes } = readDescriptor(input);
  const start = output.length;
  const isIndependent = (flags & INDEPENDENT_BLOCKS) !== 0;
  for (let size = input.uint32(); size !== 0; size = input.uint32()) {
    const isPlain = size >= UNCOMPRESSED;
    const block = input.take(isPlain ? size - UNCOMPRESSED : size);
    if ((flags & BLOCK_CHECKSUM) !== 0 && input.uint32() !== xxhash32(block))
      throw malformed("An LZ4 block checksum is wrong");
    const before = output.length;
    if (isPlain) output.append(block);
    else expandLz4Block(block, output, isIndependent ? 0 : Math.min(before - start, WINDOW_BYTES));
    if (output.length - before > blockBytesMax) throw malformed(`An LZ4 block is longer than ${blockBytesMax} bytes`);
  }
  const content = output.bytes.subarray(start, output.length);
  if ((flags & CONTENT_CHECKSUM) !== 0 && input.uint32() !== xxhash32(content))
    throw malformed("An LZ4 content checksum is wrong");
  if (contentBytes !== null && contentBytes !== content.length)
    throw malformed(`An LZ4 frame holds ${content.length} bytes, not ${contentBytes}`);
}

interface Descriptor {
  readonly flags: number;
  readonly blockBytesMax: number;
  readonly contentBytes: number | null;
}

function readDescriptor(input: Input): Descriptor {
  const start = input.at;
  const [flags = 0, blockDescriptor = 0] = input.take(2);
  const sizeNumber = (blockDescriptor >>> 4) & 7;
  if ((flags & 0xc0) !== VERSION || (flags & RESERVED) !== 0 || sizeNumber < 4)
    throw malformed("An LZ4 frame has unknown flags");
  if ((flags & DICTIONARY) !== 0) throw malformed("An LZ4 frame needs a dictionary");
  let contentBytes: number | null = null;
  if ((flags & CONTENT_SIZE) !== 0) contentBytes = input.uint32() + input.uint32() * 2 ** 32;
  const expected = (xxhash32(input.bytes.subarray(start, input.at)) >>> 8) & 0xff;
  if (input.take(1)[0] !== expected) throw malformed("An LZ4 header checksum is wrong");
  return { flags, blockBytesMax: 2 ** (8 + 2 * sizeNumber), contentBytes };
}
