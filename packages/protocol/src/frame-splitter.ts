import { StreambedError } from "@streambed/kernel";

const LENGTH_BYTES = 4;
/** Memory that is prepared for a frame: at most this many times what has arrived of it, or the least that follows. */
const TRUST_FACTOR = 4;
const TRUSTED_BYTES = 16 * 1024;
const NOTHING = new Uint8Array(0);

/**
 * Cuts a byte stream into Kafka frames (a signed 32-bit length, then that many bytes).
 *
 * Every frame gets memory of its own and nothing else is kept, so whoever reads the stream may use its buffer again at
 * once, and a frame that somebody keeps holds no other bytes alive. The memory grows with what has arrived, so a peer
 * cannot make us allocate much more than it has sent.
 */
export class FrameSplitter {
  readonly #frameBytesMax: number;
  /** Bytes of the length that have arrived, and the length so far. */
  #prefixBytes = 0;
  #length = 0;
  /** Memory of the frame that is arriving, and how much of it has arrived. */
  #frame: Uint8Array = NOTHING;
  #filled = 0;

  /** @param frameBytesMax a longer frame throws kind `limit`, code `FRAME_TOO_LARGE`. */
  constructor(frameBytesMax: number) {
    this.#frameBytesMax = frameBytesMax;
  }

  /** Takes the next bytes of the stream and returns the frames that are complete now, without their length. */
  push(bytes: Uint8Array): Uint8Array[] {
    const frames: Uint8Array[] = [];
    let at = 0;
    for (;;) {
      at = this.#takePrefix(bytes, at);
      if (this.#prefixBytes < LENGTH_BYTES) return frames;
      const end = Math.min(at + this.#length - this.#filled, bytes.length);
      this.#take(bytes, at, end);
      at = end;
      if (this.#filled < this.#length) return frames;
      frames.push(this.#frame);
      this.#frame = NOTHING;
      this.#filled = this.#length = this.#prefixBytes = 0;
    }
  }

  #takePrefix(bytes: Uint8Array, from: number): number {
    let at = from;
    if (this.#prefixBytes === LENGTH_BYTES) return at;
    while (this.#prefixBytes < LENGTH_BYTES && at < bytes.length) {
      this.#length = (this.#length << 8) | (bytes[at++] ?? 0);
      this.#prefixBytes++;
    }
    if (this.#prefixBytes === LENGTH_BYTES && (this.#length < 0 || this.#length > this.#frameBytesMax)) {
      throw new StreambedError({
        kind: "limit",
        code: "FRAME_TOO_LARGE",
        message: `The peer announced a frame of ${this.#length} bytes; at most ${this.#frameBytesMax} are accepted. Check that a Kafka broker listens there without TLS.`,
      });
    }
    return at;
  }

  #take(bytes: Uint8Array, from: number, to: number): void {
    if (this.#filled === 0 && to - from === this.#length) {
      // A copy without zeroing it first, whatever kind of array was given.
      this.#frame = new Uint8Array(bytes.subarray(from, to));
    } else {
      const filled = this.#filled + to - from;
      if (filled > this.#frame.length) this.#grow(filled);
      this.#frame.set(bytes.subarray(from, to), this.#filled);
    }
    this.#filled += to - from;
  }

  #grow(filled: number): void {
    const grown = new Uint8Array(Math.min(this.#length, Math.max(filled * TRUST_FACTOR, TRUSTED_BYTES)));
    grown.set(this.#frame.subarray(0, this.#filled));
    this.#frame = grown;
  }
}
