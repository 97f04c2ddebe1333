import { concatBytes, StreambedError } from "@streambed/kernel";

const LENGTH_BYTES = 4;

/**
 * Cuts a byte stream into Kafka frames (a signed 32-bit length, then that many bytes).
 * A frame that arrived in one piece is a view; one in several pieces is joined once, when its last byte is here,
 * so a peer cannot make us allocate what it has not sent.
 */
export class FrameSplitter {
  readonly #frameBytesMax: number;
  readonly #pieces: Uint8Array[] = [];
  #held = 0;

  /** @param frameBytesMax a longer frame throws kind `limit`, code `FRAME_TOO_LARGE`. */
  constructor(frameBytesMax: number) {
    this.#frameBytesMax = frameBytesMax;
  }

  /** Takes the next bytes of the stream and returns the frames that are complete now, without their length. */
  push(bytes: Uint8Array): Uint8Array[] {
    const frames: Uint8Array[] = [];
    this.#pieces.push(bytes);
    this.#held += bytes.length;
    for (let length = this.#nextLength(); length !== null; length = this.#nextLength()) {
      const joined = concatBytes(this.#pieces);
      frames.push(joined.subarray(LENGTH_BYTES, LENGTH_BYTES + length));
      this.#keep(joined.subarray(LENGTH_BYTES + length));
    }
    return frames;
  }

  /** Length of the first frame when all of it is here. */
  #nextLength(): number | null {
    if (this.#held < LENGTH_BYTES) return null;
    const length = this.#peekLength();
    if (length < 0 || length > this.#frameBytesMax) {
      throw new StreambedError({
        kind: "limit",
        code: "FRAME_TOO_LARGE",
        message: `The peer announced a frame of ${length} bytes; at most ${this.#frameBytesMax} are accepted. Check that a Kafka broker listens there without TLS.`,
      });
    }
    return this.#held >= LENGTH_BYTES + length ? length : null;
  }

  #peekLength(): number {
    let value = 0;
    let taken = 0;
    for (const piece of this.#pieces) {
      for (const byte of piece) {
        value = (value << 8) | byte;
        taken++;
        if (taken === LENGTH_BYTES) return value;
      }
    }
    return value;
  }

  #keep(rest: Uint8Array): void {
    this.#pieces.length = 0;
    this.#held = rest.length;
    if (rest.length > 0) this.#pieces.push(rest);
  }
}
