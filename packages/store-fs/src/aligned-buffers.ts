import {
  UNBUFFERED_BLOCK_BYTES,
  UNBUFFERED_BUFFER_BYTES_MIN,
  UNBUFFERED_BUFFERS_MAX,
  UNBUFFERED_BYTES_MAX,
} from "./limits.ts";

/** Whether the system takes a block of memory for an unbuffered write. */
export type AcceptsMemory = (block: Uint8Array) => Promise<boolean>;

/** Node aligns memory to this, bytes. */
const STEP = 16;

/**
 * Memory that the disk can read from directly. Node cannot ask for alignment, and what a disk wants differs, so a buffer
 * is made larger than needed and the place to begin at is found by trying.
 */
export class AlignedBuffers {
  readonly #accepts: AcceptsMemory;
  #free: Uint8Array[] = [];
  #lent = 0;
  #works = true;

  constructor(accepts: AcceptsMemory) {
    this.#accepts = accepts;
  }

  /** A buffer of at least `length` bytes, to be given back; undefined when all are lent, or none can be made. */
  async take(length: number): Promise<Uint8Array | undefined> {
    if (!this.#works || length > UNBUFFERED_BYTES_MAX || this.#lent === UNBUFFERED_BUFFERS_MAX) return undefined;
    const at = this.#free.findIndex((buffer) => buffer.length >= length);
    this.#lent += 1;
    if (at >= 0) return this.#free.splice(at, 1)[0];
    // One that is too small makes room, so that there are never more than the bound.
    if (this.#lent + this.#free.length > UNBUFFERED_BUFFERS_MAX) this.#free.shift();
    try {
      const made = await this.#make(capacityFor(length));
      if (made !== undefined) return made;
      this.#works = false;
    } catch (error) {
      this.#lent -= 1;
      throw error;
    }
    this.#lent -= 1;
    return undefined;
  }

  /** Gives a buffer back that no write uses any more. */
  give(buffer: Uint8Array): void {
    this.#lent -= 1;
    this.#free.push(buffer);
  }

  async #make(capacity: number): Promise<Uint8Array | undefined> {
    const memory = new ArrayBuffer(capacity + UNBUFFERED_BLOCK_BYTES);
    // Large memory begins STEP bytes behind a page as a rule, so going downwards the first try hits.
    for (let offset = UNBUFFERED_BLOCK_BYTES - STEP; offset >= 0; offset -= STEP) {
      if (await this.#accepts(new Uint8Array(memory, offset, UNBUFFERED_BLOCK_BYTES))) {
        return new Uint8Array(memory, offset, capacity);
      }
    }
    return undefined;
  }
}

function capacityFor(length: number): number {
  let capacity = UNBUFFERED_BUFFER_BYTES_MIN;
  while (capacity < length) capacity *= 2;
  return Math.min(capacity, UNBUFFERED_BYTES_MAX);
}
