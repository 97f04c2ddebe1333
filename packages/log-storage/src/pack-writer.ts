import { invariant } from "@streambed/kernel";
import { baseOffsetOf, lastOffsetOf, maxTimestampOf } from "./batch-layout.ts";
import { SEALED_BYTES, sealBatch } from "./batch-seal.ts";
import type { InstallPart } from "./install-command.ts";
import { PACK_INDEX_INTERVAL_BYTES } from "./limits.ts";
import { encodeFooter, PACK_HEADER_BYTES, packHeader } from "./pack-footer.ts";
import type { IndexPoint, PackPart } from "./pack-footer.ts";

/** Smaller batches are copied together, so that a store is not given a hundred thousand chunks. */
const REFERENCE_BYTES_MIN = 4 * 1024;
const GATHER_BYTES = 256 * 1024;

/** Which stretch of a partition a part stands for. */
export interface PartRange {
  readonly topicId: string;
  readonly partition: number;
  readonly baseOffset: number;
  readonly endOffset: number;
}

/** A part as an install names it, without what only the planner knows. */
export type PackedPart = Omit<InstallPart, "pack" | "expectedRevision" | "cleanedThrough">;

/** A pack ready to be stored. */
export interface FinishedPack {
  readonly body: readonly Uint8Array[];
  /** Size of the object. */
  readonly bytes: number;
  readonly footerPosition: number;
  readonly parts: readonly PackedPart[];
}

interface OpenPart {
  readonly range: PartRange;
  readonly position: number;
  readonly points: IndexPoint[];
  nextOffset: number;
}

/**
 * Puts a pack together, part by part, batch by batch. Parts must come sorted by topic id, partition and offset; batches
 * must have their final base offset and leader epoch in them, and ascend. They are sealed on the way; of large ones only
 * the head is copied, the rest is referenced and must not change before the pack is stored.
 *
 * @example
 * const writer = new PackWriter();
 * writer.beginPart({ topicId, partition: 0, baseOffset: 0, endOffset: 20 });
 * for (const batch of batches) writer.add(batch);
 * writer.endPart();
 * const { body, footerPosition, parts } = writer.finish();
 */
export class PackWriter {
  readonly #chunks: Uint8Array[] = [packHeader()];
  readonly #parts: PackPart[] = [];
  #position = PACK_HEADER_BYTES;
  #part: OpenPart | undefined;
  #gather = new Uint8Array(0);
  #gathered = 0;

  /** Bytes of batches so far. A planner ends the pack when they reach `PACK_BYTES_MAX`. */
  get batchBytes(): number {
    return this.#position - PACK_HEADER_BYTES;
  }

  beginPart(range: PartRange): void {
    invariant(this.#part === undefined, "parts of a pack follow one another");
    const before = this.#parts.at(-1);
    invariant(before === undefined || isBehind(before, range), "parts of a pack are sorted");
    this.#part = { range, position: this.#position, points: [], nextOffset: range.baseOffset };
  }

  /** Adds a batch to the part. */
  add(batch: Uint8Array): void {
    const part = this.#part;
    invariant(part !== undefined, "a batch belongs to a part");
    const baseOffset = baseOffsetOf(batch);
    const lastOffset = lastOffsetOf(batch);
    invariant(baseOffset >= part.nextOffset && lastOffset < part.range.endOffset, "batches of a part ascend within it");
    part.nextOffset = lastOffset + 1;
    this.#index(part.points, { baseOffset, position: this.#position, maxTimestampMs: maxTimestampOf(batch) });
    this.#position += batch.length;
    if (batch.length < REFERENCE_BYTES_MIN) sealBatch(this.#copy(batch));
    else {
      sealBatch(this.#copy(batch.subarray(0, SEALED_BYTES)));
      this.#endChunk();
      this.#chunks.push(batch.subarray(SEALED_BYTES));
    }
  }

  #index(points: IndexPoint[], point: IndexPoint): void {
    const last = points.at(-1);
    if (last === undefined || point.position - last.position >= PACK_INDEX_INTERVAL_BYTES) points.push(point);
    else if (point.maxTimestampMs > last.maxTimestampMs)
      points[points.length - 1] = { ...last, maxTimestampMs: point.maxTimestampMs };
  }

  /** Returns the copy. */
  #copy(bytes: Uint8Array): Uint8Array {
    if (this.#gathered + bytes.length > this.#gather.length) {
      this.#endChunk();
      this.#gather = new Uint8Array(GATHER_BYTES);
    }
    const copy = this.#gather.subarray(this.#gathered, this.#gathered + bytes.length);
    copy.set(bytes);
    this.#gathered += bytes.length;
    return copy;
  }

  #endChunk(): void {
    if (this.#gathered === 0) return;
    this.#chunks.push(this.#gather.subarray(0, this.#gathered));
    this.#gather = this.#gather.subarray(this.#gathered);
    this.#gathered = 0;
  }

  /** Ends the part, which has a batch, at `offset` and begins another one of the same partition there. */
  splitPart(offset: number): void {
    const part = this.#part;
    invariant(part !== undefined, "a part was begun");
    const { range, nextOffset } = part;
    invariant(offset >= nextOffset && offset < range.endOffset, "a part is split behind its batches");
    this.#part = { ...part, range: { ...range, endOffset: offset } };
    invariant(this.endPart(), "a part that is split has a batch");
    this.beginPart({ ...range, baseOffset: offset });
  }

  /** Ends the part. False when it got no batch: nothing of it is in the pack then, and an install says so. */
  endPart(): boolean {
    const part = this.#part;
    invariant(part !== undefined, "a part was begun");
    this.#part = undefined;
    const { range, position, points } = part;
    if (points.length === 0) return false;
    this.#parts.push({ ...range, position, length: this.#position - position, points });
    return true;
  }

  /** The whole object. */
  finish(): FinishedPack {
    invariant(this.#part === undefined, "the last part was ended");
    this.#endChunk();
    const footerPosition = this.#position;
    const footer = encodeFooter(this.#parts, footerPosition);
    const parts = this.#parts.map(({ points, ...part }) => ({
      ...part,
      maxTimestampMs: Math.max(...points.map(({ maxTimestampMs }) => maxTimestampMs)),
    }));
    return { body: [...this.#chunks, footer], bytes: footerPosition + footer.length, footerPosition, parts };
  }
}

function isBehind(before: PackPart, range: PartRange): boolean {
  if (before.topicId !== range.topicId) return before.topicId < range.topicId;
  if (before.partition !== range.partition) return before.partition < range.partition;
  return before.endOffset <= range.baseOffset;
}
