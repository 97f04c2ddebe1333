import { concatBytes, StreambedError } from "@streambed/kernel";
import { splitBatches, verifyCrc } from "@streambed/protocol";
import { openBatch } from "../batch-seal.ts";
import { damagedPack } from "../damaged-pack.ts";
import { BATCH_BYTES_MAX } from "../limits.ts";
import type { Breather } from "./breather.ts";
import type { ByteRange } from "../ports/log-store.ts";

const NO_BYTES: Uint8Array = new Uint8Array(0);

/** Where a {@link SequentialReader} gets its bytes. */
export interface SequentialSource {
  /** For messages: the key of the object. */
  readonly name: string;
  /** Undefined when the object is not there. A range past the end is cut. */
  read(range: ByteRange): Promise<Uint8Array | undefined>;
  /** Nothing at or behind this position is of interest. */
  readonly end: number;
  /** The batches of packs are sealed, those of entries are not. */
  readonly isPack: boolean;
  /** Lets others run after so many bytes were worked through. */
  readonly breather?: Breather;
}

/**
 * Reads batches of one object from front to back with few large reads: what lies between two ranges that are close
 * together is read, too, and dropped. Holds one block.
 */
export class SequentialReader {
  readonly #source: SequentialSource;
  readonly #blockBytes: number;
  #start = 0;
  #buffer: Uint8Array = NO_BYTES;

  constructor(source: SequentialSource, blockBytes: number) {
    this.#source = source;
    this.#blockBytes = blockBytes;
  }

  /**
   * The whole batches in a range. They are views of a block: who keeps one keeps the block. Going back costs a GET,
   * unless the block still holds the range.
   *
   * @throws kind `corrupt`, code `LOG_DAMAGED` when the bytes are missing or no batches; `HOUSEKEEPING_INPUT_GONE` (unavailable)
   *   when the object is not there: a plan made by an older state
   */
  async *batches({ offset, length }: ByteRange): AsyncGenerator<Uint8Array, void, undefined> {
    const end = offset + length;
    let at = offset;
    let wanted = 1;
    while (at < end) {
      const bytes = (await this.#from(at, Math.min(wanted, end - at))).subarray(0, end - at);
      const { batches, rest } = splitBatches(bytes);
      for (const batch of batches) {
        this.#check(batch, at);
        at += batch.length;
        yield batch;
        await this.#source.breather?.after(batch.length);
      }
      // A batch that is cut off by the block, not by the end: more of it is needed than there was.
      if (at < end && at + rest.length >= end) throw damagedPack(this.#source.name, `a batch at byte ${at} is cut off`);
      wanted = rest.length + 1;
      if (wanted > BATCH_BYTES_MAX)
        throw damagedPack(this.#source.name, `a batch at byte ${at} is larger than any batch may be`);
    }
  }

  /** What is copied stays for good and the original goes: a bit that was wrong on the way here must not. */
  #check(batch: Uint8Array, at: number): void {
    const { name, isPack } = this.#source;
    if (isPack && !openBatch(batch)) throw damagedPack(name, `the head of the batch at byte ${at} is wrong`);
    if (!verifyCrc(batch)) throw damagedPack(name, `the checksum of the batch at byte ${at} is wrong`);
  }

  /** At least `bytes` from `at` on; usually the rest of a block. */
  async #from(at: number, bytes: number): Promise<Uint8Array> {
    const known = at >= this.#start ? this.#buffer.subarray(Math.min(at - this.#start, this.#buffer.length)) : NO_BYTES;
    if (known.length >= bytes) return known;
    const position = at + known.length;
    const length = Math.min(Math.max(bytes - known.length, this.#blockBytes), this.#source.end - position);
    if (length < bytes - known.length) throw damagedPack(this.#source.name, `a batch reaches beyond byte ${position}`);
    const read = await this.#source.read({ offset: position, length });
    if (read === undefined) throw inputGone(this.#source.name);
    if (read.length < length) throw damagedPack(this.#source.name, `it ends at byte ${position + read.length}`);
    this.#start = at;
    this.#buffer = known.length === 0 ? read : concatBytes([known, read]);
    return this.#buffer;
  }
}

/** A plan refers to an object that was replaced and deleted meanwhile. */
export function inputGone(name: string): StreambedError {
  return new StreambedError({
    kind: "unavailable",
    code: "HOUSEKEEPING_INPUT_GONE",
    message: `${name} is not there any more: somebody else has replaced it. The work is planned again.`,
  });
}
