import { seqOfCheckpointKey } from "../../keys.ts";
import type { RetiredPack } from "../../pack-table.ts";
import type { ObjectInfo } from "../../ports/object-store.ts";

/** What the log knows when its floor is planned. */
export interface FloorInputs {
  /** Entries with checkpoints that are in the bucket, ascending. */
  readonly checkpoints: readonly number[];
  /** The lowest entry in which a run still lies; undefined: none. */
  readonly lowestUnpacked: number | undefined;
  /** As published. */
  readonly gcFloor: number;
  /** Entries behind this one may hold runs that this process does not know of yet. */
  readonly foldedSeq: number;
}

/**
 * The entry up to which the log may be deleted: nothing that a run lies in, and nothing that the checkpoint before the
 * newest needs; so a process that has just read an older pointer still finds its tail. Undefined: stays as it is.
 */
export function planFloor(inputs: FloorInputs): number | undefined {
  const { checkpoints, lowestUnpacked = Infinity, gcFloor, foldedSeq } = inputs;
  const older = checkpoints.at(-2);
  if (older === undefined) return undefined;
  const floor = Math.min(older, lowestUnpacked - 1, foldedSeq);
  return floor > gcFloor ? floor : undefined;
}

/** Retired packs that nobody can need: retired before the published checkpoint, and longer ago than `graceMs`. */
export function deletablePacks(
  retired: Iterable<RetiredPack>,
  at: { readonly checkpointSeq: number; readonly storeTimeMs: number; readonly graceMs: number },
): RetiredPack[] {
  return [...retired].filter(
    ({ retiredSeq, retiredMs }) => retiredSeq <= at.checkpointSeq && at.storeTimeMs - retiredMs >= at.graceMs,
  );
}

/** Of objects that the fold knows nothing of, those that are too old to be installed any more. */
export function orphans(
  unknown: readonly ObjectInfo[],
  at: { readonly storeTimeMs: number; readonly orphanAgeMs: number },
): ObjectInfo[] {
  return unknown.filter(({ modifiedMs }) => at.storeTimeMs - modifiedMs >= at.orphanAgeMs);
}

/** Roots and pages of checkpoints that nobody can start from any more. */
export function deletableCheckpointObjects(
  objects: readonly ObjectInfo[],
  at: {
    readonly shard: number;
    /** Keys of everything that the checkpoints that stay are made of. */
    readonly kept: ReadonlySet<string>;
    /** The published checkpoint; what is newer may be on its way. */
    readonly pointerSeq: number;
    readonly storeTimeMs: number;
    readonly graceMs: number;
  },
): ObjectInfo[] {
  return objects.filter(({ key, modifiedMs }) => {
    const seq = seqOfCheckpointKey(at.shard, key) ?? Infinity;
    return seq <= at.pointerSeq && !at.kept.has(key) && at.storeTimeMs - modifiedMs >= at.graceMs;
  });
}
