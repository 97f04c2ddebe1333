import { malformed } from "@streambed/kernel";

/* oxlint-disable typescript/no-non-null-assertion -- every index is inside the view: positions before it are handled apart */

/**
 * Reads a bit stream from its end to its start, as Zstandard's entropy coders write them (RFC 8878, section 4.1).
 * Behind the start there are zeros; `position` is negative then, and the caller decides whether that is an error.
 */
export class BackwardBits {
  readonly bytes: Uint8Array;
  /** Bits not read yet. */
  position: number;

  constructor(bytes: Uint8Array) {
    const last = bytes[bytes.length - 1];
    if (last === undefined || last === 0) throw malformed("A Zstandard bit stream has no end mark");
    this.bytes = bytes;
    this.position = bytes.length * 8 - (Math.clz32(last) - 23);
  }

  /** The next `count` bits, at most 24, without moving on. */
  peek(count: number): number {
    const at = this.position - count;
    if (at < 0) return this.position <= 0 ? 0 : (word(this.bytes, 0) & ((1 << this.position) - 1)) << -at;
    return (word(this.bytes, at >>> 3) >>> (at & 7)) & ((1 << count) - 1);
  }

  /** The next `count` bits, at most 32. */
  read(count: number): number {
    if (count > 24) {
      const high = this.read(count - 16);
      return high * 0x1_0000 + this.read(16);
    }
    const value = this.peek(count);
    this.position -= count;
    return value;
  }
}

/** Four bytes, little-endian; those behind the end are zero. */
function word(bytes: Uint8Array, at: number): number {
  if (at + 4 <= bytes.length)
    return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
}
