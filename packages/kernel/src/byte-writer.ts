import { utf8 } from "./bytes.ts";
import { uuidToBytes } from "./uuid.ts";

const FIRST_CHUNK_BYTES = 256;
/** Larger blocks are referenced instead of copied. */
const REFERENCE_BYTES_MIN = 1024;

/**
 * Writes big-endian values and Kafka's variable-length ones into a growing list of chunks.
 * Large byte blocks are kept by reference, so record batches pass through without a copy.
 *
 * @example const writer = new ByteWriter(); writer.int16(18); send(writer.chunks());
 */
export class ByteWriter {
  #done: Uint8Array[] = [];
  #doneBytes = 0;
  #buffer: Uint8Array;
  #view: DataView;
  #used = 0;
  #start = 0;

  constructor(firstChunkBytes: number = FIRST_CHUNK_BYTES) {
    this.#buffer = new Uint8Array(firstChunkBytes);
    this.#view = new DataView(this.#buffer.buffer);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#doneBytes + this.#used - this.#start;
  }

  #reserve(length: number): number {
    if (this.#used + length > this.#buffer.length) {
      this.#seal();
      const size = Math.max(this.#buffer.length * 2, length);
      this.#buffer = new Uint8Array(Math.min(Math.max(size, length), Math.max(length, 65_536)));
      this.#view = new DataView(this.#buffer.buffer);
      this.#used = 0;
      this.#start = 0;
    }
    const at = this.#used;
    this.#used += length;
    return at;
  }

  #seal(): void {
    if (this.#used === this.#start) return;
    this.#done.push(this.#buffer.subarray(this.#start, this.#used));
    this.#doneBytes += this.#used - this.#start;
    this.#start = this.#used;
  }

  int8(value: number): void {
    const at = this.#reserve(1);
    this.#view.setInt8(at, value);
  }

  int16(value: number): void {
    const at = this.#reserve(2);
    this.#view.setInt16(at, value);
  }

  uint16(value: number): void {
    const at = this.#reserve(2);
    this.#view.setUint16(at, value);
  }

  int32(value: number): void {
    const at = this.#reserve(4);
    this.#view.setInt32(at, value);
  }

  uint32(value: number): void {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value);
  }

  int64(value: bigint): void {
    const at = this.#reserve(8);
    this.#view.setBigInt64(at, value);
  }

  /** A safe integer as a signed 64-bit value. */
  safeInt64(value: number): void {
    const at = this.#reserve(8);
    this.#view.setInt32(at, Math.floor(value / 0x1_0000_0000));
    this.#view.setUint32(at + 4, value >>> 0);
  }

  float64(value: number): void {
    const at = this.#reserve(8);
    this.#view.setFloat64(at, value);
  }

  boolean(value: boolean): void {
    this.int8(value ? 1 : 0);
  }

  /** A canonical UUID as 16 bytes. */
  uuid(value: string): void {
    this.bytes(uuidToBytes(value));
  }

  /** Raw bytes; long ones are referenced, so they must not change before they are sent. */
  bytes(value: Uint8Array): void {
    if (value.length >= REFERENCE_BYTES_MIN) {
      this.#seal();
      this.#done.push(value);
      this.#doneBytes += value.length;
      return;
    }
    const at = this.#reserve(value.length);
    this.#buffer.set(value, at);
  }

  /** UTF-8 without a length. Returns the number of bytes. */
  text(value: string): number {
    const encoded = utf8(value);
    this.bytes(encoded);
    return encoded.length;
  }

  /** Unsigned LEB128. */
  unsignedVarint(value: number): void {
    let left = value >>> 0;
    while (left >= 0x80) {
      this.int8((left & 0x7f) | 0x80);
      left >>>= 7;
    }
    this.int8(left);
  }

  /** Zigzag 32-bit. */
  varint(value: number): void {
    this.unsignedVarint((value << 1) ^ (value >> 31));
  }

  /** Zigzag 64-bit of a safe integer. */
  varlong(value: number): void {
    if (value >= -0x4000_0000 && value < 0x4000_0000) return this.varint(value);
    let left = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
    while (left >= 0x80n) {
      this.int8(Number(left & 0x7fn) | 0x80);
      left >>= 7n;
    }
    this.int8(Number(left));
  }

  /** Everything written, in order. The writer may go on afterwards. */
  chunks(): readonly Uint8Array[] {
    this.#seal();
    return [...this.#done];
  }

  /** Everything written as one array. */
  finish(): Uint8Array {
    const chunks = this.chunks();
    const [only] = chunks;
    if (chunks.length === 1 && only !== undefined) return only;
    const joined = new Uint8Array(this.length);
    let at = 0;
    for (const chunk of chunks) {
      joined.set(chunk, at);
      at += chunk.length;
    }
    return joined;
  }
}
