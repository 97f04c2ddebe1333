import { PACK_BLOCK_BYTES, PACK_BLOCKS_PER_GET_MAX } from "../limits.ts";
import { packOfSource, type Run } from "../run-index.ts";
import type { HousekeepingContext } from "./context.ts";
import { packReader } from "./pack-source.ts";
import type { SequentialReader } from "./sequential-reader.ts";

const BLOCK_BYTES_MAX = PACK_BLOCK_BYTES * PACK_BLOCKS_PER_GET_MAX;
const BLOCK_BYTES_MIN = 64 * 1024;
/** A run of this size is worth GETs of its own. */
const LARGE_RUN_BYTES = 1024 * 1024;
/** Bytes of all blocks of small runs together. */
const BLOCKS_BYTES_MAX = 64 * 1024 * 1024;
/** A block may hold this many times the bytes that are wanted of its pack: one GET more costs more than the bytes. */
const WASTE_MAX = 4;

interface Wanted {
  bytes: number;
  end: number;
}

/**
 * Reads many runs of packs, small ones with few GETs: partitions are cleaned in the order in which they lie in packs,
 * so a block that was read for one usually holds what the next wants, and what a second pass wants once more.
 */
export class RunReader {
  readonly #context: HousekeepingContext;
  /** What is wanted of each pack's small runs. */
  readonly #wanted = new Map<number, Wanted>();
  readonly #readers = new Map<number, SequentialReader>();

  /** @param runs all that will be read */
  constructor(context: HousekeepingContext, runs: Iterable<Run>) {
    this.#context = context;
    for (const { source, position, length } of runs) {
      if (length >= LARGE_RUN_BYTES) continue;
      const wanted = this.#wanted.get(source) ?? { bytes: 0, end: 0 };
      wanted.bytes += length;
      wanted.end = Math.max(wanted.end, position + length);
      this.#wanted.set(source, wanted);
    }
  }

  /** The batches of a run, in order. */
  batches({ source, position, length }: Run): AsyncGenerator<Uint8Array> {
    return this.#readerOf(source, { position, length }).batches({ offset: position, length });
  }

  #readerOf(source: number, { position, length }: { position: number; length: number }): SequentialReader {
    const pack = this.#context.internals.state.packs.get(packOfSource(source) ?? -1);
    const wanted = this.#wanted.get(source);
    if (length >= LARGE_RUN_BYTES || wanted === undefined) {
      return packReader(this.#context, { source, pack, end: position + length }, BLOCK_BYTES_MAX);
    }
    const known = this.#readers.get(source);
    if (known !== undefined) return known;
    const share = Math.min(BLOCK_BYTES_MAX, BLOCKS_BYTES_MAX / this.#wanted.size, wanted.bytes * WASTE_MAX);
    const blockBytes = Math.max(BLOCK_BYTES_MIN, Math.floor(share));
    const reader = packReader(this.#context, { source, pack, end: wanted.end }, blockBytes);
    this.#readers.set(source, reader);
    return reader;
  }
}
