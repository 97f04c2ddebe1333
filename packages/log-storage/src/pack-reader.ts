import { malformed, StreambedError } from "@streambed/kernel";
import { lastOffsetOf, maxTimestampOf } from "./batch-layout.ts";
import { openBatch } from "./batch-seal.ts";
import type { ColdLane } from "./cold-lane.ts";
import { damagedPack } from "./damaged-pack.ts";
import { packKey } from "./keys.ts";
import { FOOTER_CACHE_SHARE, PACK_BLOCK_BYTES, PACK_BLOCKS_PER_GET_MAX, PACK_INDEX_INTERVAL_BYTES } from "./limits.ts";
import { PackBlocks } from "./pack-blocks.ts";
import { decodeFooter, partAt, pointForOffset, pointForTime } from "./pack-footer.ts";
import type { PackPart } from "./pack-footer.ts";
import type { Pack } from "./pack-table.ts";
import type { ObjectStore } from "./ports/object-store.ts";
import type { Run } from "./run-index.ts";
import { batchesOf } from "./segments.ts";

/** Batches of one row of a pack. */
export interface PackSlice {
  /** From the one that holds the offset, or the first behind it. They must not be changed. */
  readonly batches: readonly Uint8Array[];
  /** Where the batch after them begins in the pack. */
  readonly nextPosition: number;
}

interface CachedFooter {
  readonly parts: Promise<readonly PackPart[]>;
  readonly bytes: number;
}

/** What a pack reader is made of. */
export interface PackReaderParts {
  readonly store: ObjectStore;
  readonly shard: number;
  readonly lane: ColdLane;
  readonly cacheBytes: number;
}

/** What is looked for in a row, from a position on that is the start of a batch. */
interface WantedSlice {
  readonly start: number;
  readonly bytes: number;
  isWanted(batch: Uint8Array): boolean;
}

/** Reads rows that lie in packs, by the index in the pack's footer. */
export class PackReader {
  readonly #parts: PackReaderParts;
  readonly #blocks: PackBlocks;
  readonly #footers = new Map<number, CachedFooter>();
  #footerBytes = 0;

  constructor(parts: PackReaderParts) {
    this.#parts = parts;
    const { store, shard, lane, cacheBytes } = parts;
    this.#blocks = new PackBlocks(store, shard, lane, cacheBytes * (1 - FOOTER_CACHE_SHARE));
  }

  /** About `bytes` of batches from `offset` on; at least one batch, unless the row has none behind the offset. */
  async read(pack: Pack, run: Run, offset: number, bytes: number): Promise<PackSlice> {
    const start = offset <= run.baseOffset ? run.position : await this.#positionOf(pack, run, offset);
    return this.#slice(pack, run, { start, bytes, isWanted: (batch) => lastOffsetOf(batch) >= offset });
  }

  /** The first batch of a row, from `fromOffset` on, with a record at or after `timestampMs`. */
  async findByTime(pack: Pack, run: Run, timestampMs: number, fromOffset: number): Promise<Uint8Array | undefined> {
    let start = run.position;
    if (run.length > PACK_INDEX_INTERVAL_BYTES) {
      const part = await this.#part(pack, run);
      const from = pointForOffset(part, fromOffset);
      const point = from === undefined ? undefined : pointForTime(part, timestampMs, from);
      if (point === undefined) return undefined;
      start = point.position;
    }
    const isWanted = (batch: Uint8Array): boolean =>
      maxTimestampOf(batch) >= timestampMs && lastOffsetOf(batch) >= fromOffset;
    return (await this.#slice(pack, run, { start, bytes: 1, isWanted })).batches[0];
  }

  /** Begins to read a row from `position` on. */
  readAhead(pack: Pack, run: Run, position: number, bytes: number): void {
    const rowEnd = run.position + run.length;
    // In steps of whole GETs, so that a reader who moves on a little does not cause a little GET.
    const step = Math.min(bytes, PACK_BLOCKS_PER_GET_MAX * PACK_BLOCK_BYTES);
    const end = position + bytes >= rowEnd ? rowEnd : Math.floor((position + bytes) / step) * step;
    if (end > position) this.#blocks.readAhead(pack, position, end);
  }

  async #slice(pack: Pack, run: Run, wanted: WantedSlice): Promise<PackSlice> {
    try {
      return await this.#sliceOnce(pack, run, wanted);
    } catch (error) {
      // What was spoiled on its way must not be what the next reader finds.
      if (error instanceof StreambedError && error.kind === "corrupt")
        this.#blocks.forget(pack, wanted.start, run.position + run.length);
      throw error;
    }
  }

  /** Reads on until something that is wanted was found, or the row ends. */
  async #sliceOnce(pack: Pack, run: Run, wanted: WantedSlice): Promise<PackSlice> {
    const rowEnd = run.position + run.length;
    // Reading may begin up to one interval before what is wanted.
    let length = wanted.bytes + PACK_INDEX_INTERVAL_BYTES;
    let position = wanted.start;
    while (position < rowEnd) {
      const end = Math.min(rowEnd, position + length);
      const { batches, cutBytes } = batchesOf(await this.#blocks.read(pack, position, end));
      for (const batch of batches) {
        if (!openBatch(batch)) throw this.#damaged(pack, `the head of the batch at byte ${position} is wrong`);
        position += batch.length;
      }
      if (end === rowEnd && cutBytes > 0) throw this.#damaged(pack, "a row ends in a batch");
      const first = batches.findIndex((batch) => wanted.isWanted(batch));
      if (first !== -1) return { batches: batches.slice(first), nextPosition: position };
      length = Math.max(length, cutBytes);
    }
    return { batches: [], nextPosition: rowEnd };
  }

  #damaged(pack: Pack, what: string): StreambedError {
    return damagedPack(packKey(this.#parts.shard, pack), what);
  }

  async #positionOf(pack: Pack, run: Run, offset: number): Promise<number> {
    if (run.length <= PACK_INDEX_INTERVAL_BYTES) return run.position;
    return pointForOffset(await this.#part(pack, run), offset)?.position ?? run.position;
  }

  async #part(pack: Pack, run: Run): Promise<PackPart> {
    const part = partAt(await this.#footer(pack), run.position);
    if (part === undefined || part.length !== run.length)
      throw this.#damaged(pack, `its footer has no part at ${run.position}`);
    return part;
  }

  #footer(pack: Pack): Promise<readonly PackPart[]> {
    const known = this.#footers.get(pack.number);
    if (known !== undefined) {
      this.#footers.delete(pack.number);
      this.#footers.set(pack.number, known);
      return known.parts;
    }
    const { store, shard, lane } = this.#parts;
    const footer = { parts: lane.run("wanted", () => readPackFooter(store, shard, pack)), bytes: footerBytes(pack) };
    this.#footers.set(pack.number, footer);
    this.#footerBytes += footer.bytes;
    footer.parts.catch(() => {
      if (this.#footers.get(pack.number) === footer) this.#forgetFooter(pack.number);
    });
    const limit = this.#parts.cacheBytes * FOOTER_CACHE_SHARE;
    for (const number of this.#footers.keys()) {
      if (this.#footerBytes <= limit || number === pack.number) break;
      this.#forgetFooter(number);
    }
    return footer.parts;
  }

  #forgetFooter(number: number): void {
    this.#footerBytes -= this.#footers.get(number)?.bytes ?? 0;
    this.#footers.delete(number);
  }
}

/** Decoded, a footer is several times as large. */
const DECODED_FACTOR = 6;

function footerBytes(pack: Pack): number {
  return (pack.bytes - pack.footerPosition) * DECODED_FACTOR;
}

/** Reads the parts of a pack from its footer. Throws `LOG_DAMAGED` when it is missing or cut, `MALFORMED_BYTES`. */
export async function readPackFooter(
  store: ObjectStore,
  shard: number,
  pack: Pick<Pack, "packId" | "level" | "bytes" | "footerPosition">,
): Promise<readonly PackPart[]> {
  const key = packKey(shard, pack);
  const offset = pack.footerPosition;
  const answer = await store.get(key, { range: { offset, length: pack.bytes - offset } });
  if (!answer.found) throw damagedPack(key, "the object is missing");
  if (answer.size !== pack.bytes) throw malformed(`Pack ${key} is ${answer.size} bytes long instead of ${pack.bytes}`);
  return decodeFooter(answer.bytes, offset);
}
