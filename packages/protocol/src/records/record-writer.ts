/** Writes one record after the other into memory that was measured before. */
export class RecordWriter {
  readonly bytes: Uint8Array;
  /** Index of the next byte. */
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  byte(value: number): void {
    this.bytes[this.at++] = value;
  }

  /** Zigzag 32-bit. */
  varint(value: number): void {
    let left = ((value << 1) ^ (value >> 31)) >>> 0;
    while (left >= 0x80) {
      this.bytes[this.at++] = (left & 0x7f) | 0x80;
      left >>>= 7;
    }
    this.bytes[this.at++] = left;
  }

  /** Zigzag 64-bit of a safe integer. */
  varlong(value: number): void {
    if (value === (value | 0)) return this.varint(value);
    // Zigzag of a safe integer takes 54 bits, so it is done on two halves: 28 low bits and the rest.
    const magnitude = value < 0 ? -(value + 1) : value;
    let low = (magnitude % 2 ** 27) * 2 + (value < 0 ? 1 : 0);
    let high = Math.floor(magnitude / 2 ** 27);
    for (let group = 0; group < 4; group++) {
      this.bytes[this.at++] = (low & 0x7f) | 0x80;
      low >>>= 7;
    }
    while (high >= 0x80) {
      this.bytes[this.at++] = (high & 0x7f) | 0x80;
      high >>>= 7;
    }
    this.bytes[this.at++] = high;
  }

  /** Length and bytes; -1 for null. */
  block(value: Uint8Array | null): void {
    if (value === null) return this.byte(1);
    this.varint(value.length);
    this.raw(value);
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }
}

/** Bytes that a zigzag number takes. */
export function varintBytes(value: number): number {
  // A zigzag number of n groups of seven bits reaches up to 2^(7n-1).
  const magnitude = value < 0 ? -(value + 1) : value;
  let bytes = 1;
  for (let bound = 64; magnitude >= bound; bound *= 128) bytes += 1;
  return bytes;
}

/** Bytes that {@link RecordWriter.block} takes. */
export function blockBytes(value: Uint8Array | null): number {
  return value === null ? 1 : varintBytes(value.length) + value.length;
}
