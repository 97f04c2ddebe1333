import { fromUtf8 } from "./bytes.ts";
import { StreambedError } from "./errors.ts";
import { uuidFromBytes } from "./uuid.ts";

/** A read past the end, or a length that cannot be true. Kind `corrupt`, code `MALFORMED_BYTES`. */
export function malformed(message: string): StreambedError {
  return new StreambedError({ kind: "corrupt", code: "MALFORMED_BYTES", message });
}

/**
 * Reads big-endian values and Kafka's variable-length ones from a view, never past its end.
 * Every length is checked against what is left before anything is allocated.
 *
 * @example const reader = new ByteReader(frame); const apiKey = reader.int16();
 */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  /** Index of the next byte. */
  position: number;
  /** First index that may not be read. */
  readonly end: number;

  constructor(bytes: Uint8Array, position: number = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = position;
    this.end = end;
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.end - this.position;
  }

  #advance(length: number): number {
    const at = this.position;
    if (length < 0 || length > this.end - at) {
      throw malformed(`Needed ${length} bytes at ${at}, but only ${this.end - at} are left`);
    }
    this.position = at + length;
    return at;
  }

  int8(): number {
    return this.#view.getInt8(this.#advance(1));
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  int16(): number {
    return this.#view.getInt16(this.#advance(2));
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2));
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4));
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4));
  }

  int64(): bigint {
    return this.#view.getBigInt64(this.#advance(8));
  }

  /** A signed 64-bit value that must be a safe integer: an offset or a time in milliseconds. */
  safeInt64(): number {
    const at = this.#advance(8);
    const value = this.#view.getInt32(at) * 0x1_0000_0000 + this.#view.getUint32(at + 4);
    if (!Number.isSafeInteger(value))
      throw malformed(`A 64-bit value at ${at} is out of the range that can be counted`);
    return value;
  }

  float64(): number {
    return this.#view.getFloat64(this.#advance(8));
  }

  boolean(): boolean {
    return this.uint8() !== 0;
  }

  /** 16 bytes as canonical text. */
  uuid(): string {
    const at = this.#advance(16);
    return uuidFromBytes(this.bytes.subarray(at, at + 16));
  }

  /** A view of the next `length` bytes. */
  take(length: number): Uint8Array {
    const at = this.#advance(length);
    return this.bytes.subarray(at, at + length);
  }

  /** The next `length` bytes as UTF-8. */
  text(length: number): string {
    return length === 0 ? "" : fromUtf8(this.take(length));
  }

  /** Unsigned LEB128, at most 5 bytes. */
  unsignedVarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.uint8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value > 0xffff_ffff) break;
        return value;
      }
    }
    throw malformed(`A variable-length number before ${this.position} is longer than 32 bits`);
  }

  /** Zigzag 32-bit. */
  varint(): number {
    const raw = this.unsignedVarint();
    return (raw >>> 1) ^ -(raw & 1);
  }

  /** Zigzag 64-bit that must be a safe integer. */
  varlong(): number {
    let low = 0;
    let high = 0;
    for (let index = 0; index < 10; index++) {
      const byte = this.uint8();
      if (index < 4) low += (byte & 0x7f) * 2 ** (7 * index);
      else high += (byte & 0x7f) * 2 ** (7 * (index - 4));
      if (byte >= 0x80) continue;
      // value = low + high * 2^28, zigzag: even is positive, odd is negative.
      const odd = low % 2 === 1;
      const half = (low - (odd ? 1 : 0)) / 2 + high * 2 ** 27;
      const value = odd ? -half - 1 : half;
      if (!Number.isSafeInteger(value)) break;
      return value;
    }
    throw malformed(`A variable-length number before ${this.position} is longer than can be counted`);
  }
}
