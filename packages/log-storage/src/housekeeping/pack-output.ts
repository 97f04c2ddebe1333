import { randomUuid } from "@streambed/kernel";
import { baseOffsetOf, maxTimestampOf } from "../batch-layout.ts";
import type { InstallPart } from "../install-command.ts";
import type { Breather } from "./breather.ts";
import type { HousekeepingContext } from "./context.ts";
import type { LogInternals } from "../internals.ts";
import { packKey } from "../keys.ts";
import { PARTS_PER_INSTALL_MAX } from "../limits.ts";
import type { PackDescription } from "../pack-table.ts";
import { type PackedPart, PackWriter } from "../pack-writer.ts";
import type { Partition } from "../partition.ts";
import type { Run } from "../run-index.ts";
import { type Extent, joined, type RowBounds } from "./row-bounds.ts";

/** Runs of one partition, next to each other, that are written anew. */
export interface Stretch {
  readonly partition: Partition;
  /** Of the partition, when the runs were looked up. */
  readonly revision: number;
  readonly runs: readonly Run[];
  /** Where a new row begins. */
  readonly bounds: RowBounds;
  /** Topic compaction: everything below this offset is clean once the last run is installed. Default: unchanged. */
  readonly cleanedThrough?: number;
}

/** Brings the batches of a run, or what is left of them. */
export type CopyRun = (run: Run, add: (batch: Uint8Array) => void) => Promise<void>;

/** A part of a pack that is being written. */
interface OutputPart {
  readonly stretch: Stretch;
  readonly baseOffset: number;
  readonly endOffset: number;
  readonly cleanedThrough: number;
  /** Whether anything is left of it. */
  readonly isKept: boolean;
}

/** What all packs of an output share. */
export interface PackOutputOptions {
  readonly level: number;
  readonly retentionClass: number;
  readonly packBytes: number;
}

/** What came of an output. */
export interface PackOutputCounts {
  packs: number;
  bytes: number;
  parts: number;
  /** Parts that did not fit any more when they were installed. */
  rejectedParts: number;
}

/** Nothing yet. */
export function noCounts(): PackOutputCounts {
  return { packs: 0, bytes: 0, parts: 0, rejectedParts: 0 };
}

/** Adds the counts of another output. */
export function addCounts(total: PackOutputCounts, more: PackOutputCounts): void {
  total.packs += more.packs;
  total.bytes += more.bytes;
  total.parts += more.parts;
  total.rejectedParts += more.rejectedParts;
}

/**
 * Writes parts into packs, one after the other, and installs each pack as soon as it is stored. So whatever is
 * interrupted, what was installed is done, and the rest is as it was; a pack that was stored and not installed is
 * swept later. Parts come in the order of a pack.
 */
export class PackOutput {
  readonly #internals: LogInternals;
  readonly #breather: Breather;
  readonly #options: PackOutputOptions;
  /** Time, as the log counts it, before any input was read. */
  readonly #createdAtMs: number;
  /** How often own installs have raised a partition's revision. */
  readonly #raised = new Map<Partition, number>();
  #writer = new PackWriter();
  /** Parts of the pack that is being written, with those of which nothing is left. */
  #parts: OutputPart[] = [];
  readonly counts: PackOutputCounts = noCounts();

  constructor({ internals, breather }: HousekeepingContext, options: PackOutputOptions) {
    this.#internals = internals;
    this.#breather = breather;
    this.#options = options;
    // A quiet log's time stands still until the install itself moves it on to that of the clock.
    this.#createdAtMs = Math.max(internals.state.timestampMs, internals.clock.now());
  }

  /** Writes a stretch as one part, or as several where packs or rows end. Batches must not be changed afterwards. */
  async write(stretch: Stretch, copy: CopyRun, signal?: AbortSignal): Promise<void> {
    for (let first = 0; first < stretch.runs.length;) {
      signal?.throwIfAborted();
      const runs = this.#fitting(stretch.runs.slice(first));
      if (runs.length === 0) {
        await this.flush(signal);
        continue;
      }
      first += runs.length;
      const isLast = first === stretch.runs.length;
      await this.#writePart(stretch, runs, { copy, cleanedThrough: isLast ? (stretch.cleanedThrough ?? -1) : -1 });
      if (this.#isFull) await this.flush(signal);
    }
  }

  /** The first runs that the pack has room for; at least one if the pack is empty. */
  #fitting(runs: readonly Run[]): readonly Run[] {
    let bytes = this.#writer.batchBytes;
    const tooMuch = runs.findIndex(({ length }) => {
      bytes += length;
      return bytes > this.#options.packBytes;
    });
    if (tooMuch === -1) return runs;
    return runs.slice(0, this.#writer.batchBytes === 0 ? Math.max(tooMuch, 1) : tooMuch);
  }

  async #writePart(
    stretch: Stretch,
    runs: readonly Run[],
    { copy, cleanedThrough }: { copy: CopyRun; cleanedThrough: number },
  ): Promise<void> {
    const { topicId, number } = stretch.partition;
    const endOffset = runs.at(-1)?.endOffset ?? 0;
    let baseOffset = runs[0]?.baseOffset ?? 0;
    let row: Extent | undefined;
    this.#writer.beginPart({ topicId, partition: number, baseOffset, endOffset });
    for (const run of runs) {
      // Where runs meet, so do rows: offsets between them may be missing.
      let border: number | undefined = run.baseOffset;
      await copy(run, (batch) => {
        const more = { length: batch.length, maxTimestampMs: maxTimestampOf(batch) };
        const longer = row === undefined ? more : joined(row, more, stretch.bounds);
        if (longer === undefined && this.#hasRoomForParts) {
          const end = border ?? baseOffsetOf(batch);
          this.#writer.splitPart(end);
          this.#parts.push({ stretch, baseOffset, endOffset: end, cleanedThrough: -1, isKept: true });
          baseOffset = end;
        }
        row = longer ?? more;
        border = undefined;
        this.#writer.add(batch);
      });
      await this.#breather.after(run.length);
    }
    this.#parts.push({ stretch, baseOffset, endOffset, cleanedThrough, isKept: this.#writer.endPart() });
  }

  /** False when an install could not name more parts; a row that is too long is then the smaller evil. */
  get #hasRoomForParts(): boolean {
    return this.#parts.length + 1 < PARTS_PER_INSTALL_MAX;
  }

  get #isFull(): boolean {
    return this.#writer.batchBytes >= this.#options.packBytes || !this.#hasRoomForParts;
  }

  /** Stores and installs what was written so far. */
  async flush(signal?: AbortSignal): Promise<void> {
    const parts = this.#parts;
    if (parts.length === 0) return;
    const { store, shard, random, meter } = this.#internals;
    const pack = this.#writer.finish();
    this.#writer = new PackWriter();
    this.#parts = [];
    const { level, retentionClass } = this.#options;
    const { bytes, footerPosition } = pack;
    const packId = randomUuid(random);
    const hasPack = pack.parts.length > 0;
    if (hasPack) {
      signal?.throwIfAborted();
      await store.put(packKey(shard, { level, packId }), pack.body, { condition: { kind: "absent" } });
      meter.count("streambed_housekeeping_packs_total", 1);
      meter.count("streambed_housekeeping_pack_bytes_total", bytes);
      this.counts.packs++;
      this.counts.bytes += bytes;
    }
    const packs = hasPack ? [{ packId, level, bytes, footerPosition, retentionClass }] : [];
    const packed = pack.parts.values();
    const described = parts.map((part) => this.#describe(part, part.isKept ? packed.next().value : undefined));
    await this.#install(packs, described, parts);
  }

  #describe(part: OutputPart, packed: PackedPart | undefined): InstallPart {
    const { stretch, baseOffset, endOffset, cleanedThrough } = part;
    const { partition, revision } = stretch;
    return {
      pack: packed === undefined ? -1 : 0,
      topicId: partition.topicId,
      partition: partition.number,
      baseOffset,
      endOffset,
      expectedRevision: revision + (this.#raised.get(partition) ?? 0),
      position: packed?.position ?? 0,
      length: packed?.length ?? 0,
      maxTimestampMs: packed?.maxTimestampMs ?? -1,
      cleanedThrough,
    };
  }

  async #install(
    packs: readonly PackDescription[],
    parts: readonly InstallPart[],
    planned: readonly OutputPart[],
  ): Promise<void> {
    const { propose, logger } = this.#internals;
    const install = { kind: "install", createdAtMs: this.#createdAtMs, packs, parts } as const;
    const { commands } = await propose({ commands: [install], batches: [] });
    const [outcome] = commands;
    const accepted = outcome?.status === "installed" ? outcome.accepted : [];
    const installed = new Set(accepted.map((at) => planned[at]?.stretch.partition));
    for (const partition of installed) {
      if (partition !== undefined) this.#raised.set(partition, (this.#raised.get(partition) ?? 0) + 1);
    }
    this.counts.parts += accepted.length;
    this.counts.rejectedParts += parts.length - accepted.length;
    if (accepted.length === parts.length) return;
    logger.log("info", "install-partly-rejected", { parts: parts.length, accepted: accepted.length });
  }
}
