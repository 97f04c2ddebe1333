import type { PackDescription } from "./pack-table.ts";

/** One stretch of offsets that an install replaces. */
export interface InstallPart {
  /** Index in the command's `packs`; -1: nothing of the range is left (topic compaction). */
  readonly pack: number;
  readonly topicId: string;
  readonly partition: number;
  /**
   * Rows from `baseOffset` up to but not including `endOffset` are replaced. None may lie across a border, unless the
   * neighbouring part of the same install replaces the rest of it.
   */
  readonly baseOffset: number;
  readonly endOffset: number;
  /** The partition's revision when the plan was made. */
  readonly expectedRevision: number;
  /** Place in the pack, bytes from its start. */
  readonly position: number;
  readonly length: number;
  readonly maxTimestampMs: number;
  /** Topic compaction: everything below this offset is clean now; -1: unchanged. */
  readonly cleanedThrough: number;
}

/**
 * Makes packs part of the log: each part takes the place of the rows that it was made of. A part that does not fit any
 * more is left out; the bytes of a pack without accepted parts are nobody's and are swept later.
 */
export interface InstallCommand {
  readonly kind: "install";
  /** Log time when the inputs were read. */
  readonly createdAtMs: number;
  readonly packs: readonly PackDescription[];
  readonly parts: readonly InstallPart[];
}

/** Forgets retired packs whose objects were deleted. */
export interface ForgetPacksCommand {
  readonly kind: "forget-packs";
  readonly numbers: readonly number[];
}

/** What became of an install: indexes of the parts that were accepted, ascending. */
export interface InstallOutcome {
  readonly status: "installed";
  readonly accepted: readonly number[];
}
