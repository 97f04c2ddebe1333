import { ByteReader, malformed } from "@streambed/kernel";

/**
 * Walks over the variable-length numbers of records. Most take one byte, so that case comes first and inline;
 * everything longer goes to {@link ByteReader}.
 */
export class VarintScanner {
  readonly bytes: Uint8Array;
  readonly #slow: ByteReader;
  /** Index of the next byte. */
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#slow = new ByteReader(bytes);
  }

  byte(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined) throw malformed(`Records end at ${this.at}, in the middle of one`);
    this.at += 1;
    return byte;
  }

  /** Zigzag 32-bit. */
  varint(): number {
    const at = this.at;
    const first = this.bytes[at];
    if (first !== undefined && first < 0x80) {
      this.at = at + 1;
      return (first >>> 1) ^ -(first & 1);
    }
    const second = this.bytes[at + 1];
    if (first !== undefined && second !== undefined && second < 0x80) {
      this.at = at + 2;
      const raw = (first & 0x7f) | (second << 7);
      return (raw >>> 1) ^ -(raw & 1);
    }
    this.#slow.position = at;
    const value = this.#slow.varint();
    this.at = this.#slow.position;
    return value;
  }

  /** Zigzag 64-bit that must be a safe integer. */
  varlong(): number {
    const first = this.bytes[this.at];
    if (first !== undefined && first < 0x80) {
      this.at += 1;
      return (first >>> 1) ^ -(first & 1);
    }
    this.#slow.position = this.at;
    const value = this.#slow.varlong();
    this.at = this.#slow.position;
    return value;
  }

  /** Skips a length-prefixed block. Returns its length, -1 for null. */
  skipBlock(end: number): number {
    const length = this.varint();
    if (length < -1 || length > end - this.at) throw malformed(`A field of ${length} bytes at ${this.at} is too long`);
    if (length > 0) this.at += length;
    return length;
  }

  /** A view of a length-prefixed block, or null. */
  block(end: number): Uint8Array | null {
    const length = this.skipBlock(end);
    return length === -1 ? null : this.bytes.subarray(this.at - length, this.at);
  }

  /** Reads the length of a record and returns where it ends. */
  recordEnd(): number {
    const length = this.varint();
    const end = this.at + length;
    if (length < 0 || end > this.bytes.length) throw malformed(`A record of ${length} bytes at ${this.at} is too long`);
    return end;
  }

  /** Reads how many headers follow, at least two bytes each. */
  headerCount(end: number): number {
    const count = this.varint();
    if (count < 0 || count * 2 > end - this.at) throw malformed(`A record at ${this.at} claims ${count} headers`);
    return count;
  }

  /** A record must fill exactly the size it announced. */
  expectEnd(end: number): void {
    if (this.at !== end) throw malformed(`A record ends at ${this.at}, not at ${end}`);
  }
}
