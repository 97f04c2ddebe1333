/** Writes little-endian bits; {@link BackwardBits} reads them from the other end. */
export class BitWriter {
  readonly bytes: Uint8Array;
  /** Index of the next byte. */
  at: number;
  readonly #start: number;
  #held = 0;
  #heldBits = 0;

  /** The caller makes sure that what will be written fits. */
  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
    this.#start = at;
  }

  /** The low `count` bits of a value, at most 24. */
  add(value: number, count: number): void {
    let held = this.#held | ((value & ((1 << count) - 1)) << this.#heldBits);
    let heldBits = this.#heldBits + count;
    while (heldBits >= 8) {
      this.bytes[this.at++] = held & 0xff;
      held >>>= 8;
      heldBits -= 8;
    }
    this.#held = held;
    this.#heldBits = heldBits;
  }

  /** The low `count` bits of a value, at most 32. */
  addLong(value: number, count: number): void {
    if (count <= 16) return this.add(value, count);
    this.add(value & 0xffff, 16);
    this.add(value >>> 16, count - 16);
  }

  /** Ends with a single one bit, by which the reader finds the last bit. Returns the bytes written. */
  close(): number {
    this.add(1, 1);
    return this.pad();
  }

  /** Fills the last byte with zeros. Returns the bytes written. */
  pad(): number {
    if (this.#heldBits > 0) this.add(0, 8 - this.#heldBits);
    return this.at - this.#start;
  }
}
