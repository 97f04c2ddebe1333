import type { ColdLane } from "./cold-lane.ts";
import { damagedPack } from "./damaged-pack.ts";
import { packKey } from "./keys.ts";
import { PACK_BLOCK_BYTES, PACK_BLOCKS_PER_GET_MAX, PACK_OBJECT_BYTES_MAX } from "./limits.ts";
import type { Pack } from "./pack-table.ts";
import type { ObjectStore } from "./ports/object-store.ts";

const BLOCKS_PER_PACK = Math.ceil(PACK_OBJECT_BYTES_MAX / PACK_BLOCK_BYTES) + 1;

/** What one GET reads: neighbouring blocks of a pack. */
interface Extent {
  /** Position of its first byte in the pack. */
  readonly position: number;
  readonly blocks: readonly number[];
  readonly bytes: Promise<Uint8Array>;
  readonly length: number;
  isLoaded: boolean;
}

/** Bytes of a pack, in the order of their positions, as views of what was read. */
export type Segments = readonly Uint8Array[];

/**
 * Reads packs in aligned blocks and keeps the ones that were used last. Whoever needs a block that is on its way waits
 * for the same GET.
 */
export class PackBlocks {
  readonly #store: ObjectStore;
  readonly #shard: number;
  readonly #lane: ColdLane;
  readonly #limitBytes: number;
  readonly #blocksPerGet: number;
  /** By pack number and block. Also the order of use: what was used last is last. */
  readonly #extents = new Map<number, Extent>();
  #bytes = 0;

  constructor(store: ObjectStore, shard: number, lane: ColdLane, limitBytes: number) {
    this.#store = store;
    this.#shard = shard;
    this.#lane = lane;
    this.#limitBytes = limitBytes;
    const share = Math.floor(limitBytes / 4 / PACK_BLOCK_BYTES);
    this.#blocksPerGet = Math.min(PACK_BLOCKS_PER_GET_MAX, Math.max(1, share));
  }

  /** The bytes from `position` up to but not including `end`. */
  async read(pack: Pack, position: number, end: number): Promise<Segments> {
    const extents = this.#cover(pack, position, end, "wanted");
    const segments: Uint8Array[] = [];
    let at = position;
    for (const extent of extents) {
      const bytes = await extent.bytes;
      segments.push(bytes.subarray(at - extent.position, Math.min(end - extent.position, bytes.length)));
      at = extent.position + bytes.length;
    }
    return segments;
  }

  /** Begins to read what somebody will probably want. Failures show when it is wanted. */
  readAhead(pack: Pack, position: number, end: number): void {
    if (!this.#lane.isCrowded) this.#cover(pack, position, end, "ahead");
  }

  /** Forgets what was read of a range: the next reader asks the store again. */
  forget(pack: Pack, position: number, end: number): void {
    const last = Math.floor((end - 1) / PACK_BLOCK_BYTES);
    for (let block = Math.floor(position / PACK_BLOCK_BYTES); block <= last; block++) {
      const extent = this.#extents.get(pack.number * BLOCKS_PER_PACK + block);
      if (extent?.isLoaded === true) this.#drop(extent);
    }
  }

  /** The extents that hold a range, in order; missing ones are begun to be read. */
  #cover(pack: Pack, position: number, end: number, urgency: "wanted" | "ahead"): readonly Extent[] {
    const extents = new Set<Extent>();
    const last = Math.floor((end - 1) / PACK_BLOCK_BYTES);
    let missing: number[] = [];
    for (let block = Math.floor(position / PACK_BLOCK_BYTES); block <= last; block++) {
      const key = pack.number * BLOCKS_PER_PACK + block;
      const known = this.#extents.get(key);
      if (known === undefined) missing.push(block);
      if (missing.length > 0 && (known !== undefined || missing.length === this.#blocksPerGet || block === last)) {
        extents.add(this.#get(pack, missing, urgency));
        missing = [];
      }
      if (known === undefined) continue;
      if (!extents.has(known)) this.#touch(known);
      extents.add(known);
    }
    return [...extents];
  }

  #touch(extent: Extent): void {
    for (const key of extent.blocks) {
      this.#extents.delete(key);
      this.#extents.set(key, extent);
    }
  }

  #get(pack: Pack, blocks: readonly number[], urgency: "wanted" | "ahead"): Extent {
    const position = (blocks[0] ?? 0) * PACK_BLOCK_BYTES;
    const length = Math.min(blocks.length * PACK_BLOCK_BYTES, pack.bytes - position);
    const bytes = this.#lane.run(urgency, () => this.#fetch(pack, position, length));
    const keys = blocks.map((block) => pack.number * BLOCKS_PER_PACK + block);
    const extent: Extent = { position, blocks: keys, bytes, length, isLoaded: false };
    for (const key of keys) this.#extents.set(key, extent);
    this.#bytes += length;
    bytes.then(
      () => {
        extent.isLoaded = true;
        this.#evict();
      },
      () => this.#drop(extent),
    );
    return extent;
  }

  async #fetch(pack: Pack, offset: number, length: number): Promise<Uint8Array> {
    const key = packKey(this.#shard, pack);
    const answer = await this.#store.get(key, { range: { offset, length } });
    if (!answer.found) throw damagedPack(key, "the object is missing");
    if (answer.bytes.length !== length) throw damagedPack(key, `it ends early, at byte ${answer.size}`);
    return answer.bytes;
  }

  #drop(extent: Extent): void {
    for (const key of extent.blocks) this.#extents.delete(key);
    this.#bytes -= extent.length;
  }

  #evict(): void {
    for (const extent of this.#extents.values()) {
      if (this.#bytes <= this.#limitBytes) return;
      if (extent.isLoaded) this.#drop(extent);
    }
  }
}
