import { checkpointReferences } from "../../checkpoint-root.ts";
import { checkpointPrefix, logPrefix, packKey, seqOfCheckpointKey, seqOfEntryKey } from "../../keys.ts";
import { FORGET_PACKS_MAX } from "../../limits.ts";
import type { ObjectInfo } from "../../ports/object-store.ts";
import { type Pointer, type PointerRead, readPointer, swapPointer } from "../../pointer.ts";
import type { HousekeepingContext } from "../context.ts";
import { deleteAll, listAll } from "../objects.ts";
import { unpackedEntries } from "../plans/flush.ts";
import { deletableCheckpointObjects, deletablePacks, planFloor } from "../plans/garbage.ts";

/** What garbage collection deleted. */
export interface GarbageCounts {
  /** Floor after this round. */
  floor: number;
  /** True when entries up to the floor were deleted. */
  trimmed: boolean;
  packs: number;
  checkpointObjects: number;
}

/**
 * Deletes what nobody needs any more: log entries, packs without rows, old checkpoints. Entries go in three steps, each
 * of which may be the last before a crash: the floor is raised in the pointer; a grace period passes, counted in the
 * store's time from a moment at which the floor was published; then the keys below it are deleted. Undefined when
 * there is nothing to delete or to wait for, which costs no request.
 */
export async function collectGarbage(
  context: HousekeepingContext,
  signal?: AbortSignal,
): Promise<GarbageCounts | undefined> {
  const { internals, memory } = context;
  if (memory.garbageFreeSeq === internals.state.seq) return undefined;
  const seq = internals.state.seq;
  const counts: GarbageCounts = { floor: -1, trimmed: false, packs: 0, checkpointObjects: 0 };
  const read = await readPointer(internals.store, internals.shard);
  const { pointer } = read;
  if (pointer === undefined) {
    // Without a checkpoint nothing can be deleted, and a log that has gone quiet makes none by itself. One that began with a
    // checkpoint had a pointer, which somebody has removed.
    const { checkpoints, state } = internals;
    if (state.retiredPacks.size > 0 || checkpoints.newestSeq >= 0) checkpoints.save(state);
    return counts;
  }
  signal?.throwIfAborted();
  counts.packs = await deletePacks(context, pointer, read.storeTimeMs);
  counts.trimmed = await trim(context, read, pointer);
  if (memory.trimmedFloor >= pointer.gcFloor) await raiseFloor(context, read, pointer);
  counts.checkpointObjects = await pruneCheckpoints(context, pointer, read.storeTimeMs);
  counts.floor = memory.floor?.floor ?? pointer.gcFloor;
  const isPruned = memory.prunedAtCheckpoint === pointer.checkpointSeq;
  const isWaiting = counts.floor > memory.trimmedFloor || internals.state.retiredPacks.size > 0 || !isPruned;
  if (!isWaiting && internals.state.seq === seq) memory.garbageFreeSeq = seq;
  return counts;
}

function graceMsOf({ guards, settings }: HousekeepingContext): number {
  return guards.graceBeforeDelete ? settings.graceMs : 0;
}

/** Objects first, then the fold forgets them: after a crash in between they are deleted again, which is no error. */
async function deletePacks(
  context: HousekeepingContext,
  { checkpointSeq }: Pointer,
  storeTimeMs: number,
): Promise<number> {
  const { internals } = context;
  const { store, shard, state, propose, meter } = internals;
  const at = { checkpointSeq, storeTimeMs, graceMs: graceMsOf(context) };
  const due = deletablePacks(state.retiredPacks.values(), { ...at, checkpointSeq: state.seq });
  const packs = deletablePacks(due, at).slice(0, FORGET_PACKS_MAX);
  // A log that has gone quiet makes no checkpoint by itself, and without one these packs would stay.
  if (packs.length < due.length) internals.checkpoints.save(state);
  if (packs.length === 0) return 0;
  await deleteAll(
    store,
    packs.map((pack) => packKey(shard, pack)),
  );
  await propose({ commands: [{ kind: "forget-packs", numbers: packs.map(({ number }) => number) }], batches: [] });
  meter.count("streambed_housekeeping_deleted_packs_total", packs.length);
  return packs.length;
}

/** Deletes entries up to the published floor once it is old enough; else notes since when it is published. */
async function trim(context: HousekeepingContext, read: PointerRead, pointer: Pointer): Promise<boolean> {
  const { internals, guards, memory } = context;
  const { gcFloor: floor } = pointer;
  if (floor <= memory.trimmedFloor) return false;
  if (guards.graceBeforeDelete && !guards.graceFromFloor) return trimByAge(context, floor, read.storeTimeMs);
  const sinceMs = publishedSince(context, read, pointer);
  memory.floor = { floor, sinceMs };
  if (read.storeTimeMs - sinceMs >= graceMsOf(context)) {
    await internals.log.trim(floor);
    memory.trimmedFloor = floor;
    return true;
  }
  // Noted in the pointer, so that a process that takes over need not wait from the beginning.
  if (pointer.floorSinceMs === 0) {
    await swapPointer(internals.store, internals.shard, read, { ...pointer, floorSinceMs: sinceMs });
  }
  return false;
}

/** A moment of the store's time at which the floor was in the pointer: noted there, remembered, or this very one. */
function publishedSince({ memory }: HousekeepingContext, read: PointerRead, pointer: Pointer): number {
  if (pointer.floorSinceMs > 0) return pointer.floorSinceMs;
  return memory.floor?.floor === pointer.gcFloor ? memory.floor.sinceMs : read.storeTimeMs;
}

/** Only to show that it is wrong: an old stray entry is deleted the moment the floor passes it. */
async function trimByAge(context: HousekeepingContext, floor: number, storeTimeMs: number): Promise<boolean> {
  const { store, shard } = context.internals;
  const below = (await listAll(store, logPrefix(shard))).filter(
    ({ key }) => (seqOfEntryKey(shard, key) ?? Infinity) <= floor,
  );
  const old = below.filter(({ modifiedMs }) => storeTimeMs - modifiedMs >= context.settings.graceMs);
  await deleteAll(
    store,
    old.map(({ key }) => key),
  );
  if (old.length === below.length) context.memory.trimmedFloor = floor;
  return old.length > 0;
}

async function raiseFloor(context: HousekeepingContext, read: PointerRead, pointer: Pointer): Promise<void> {
  const { internals, memory } = context;
  const { store, shard, state } = internals;
  // Both of the same moment: entries that are folded while we wait below may hold runs that this look did not see.
  const [lowestUnpacked] = unpackedEntries(state).keys();
  const foldedSeq = state.seq;
  const question = `${pointer.checkpointSeq}:${lowestUnpacked}`;
  if (memory.floorAsked === question) return;
  const checkpoints = rootsUpTo(await listAll(store, checkpointPrefix(shard)), shard, pointer.checkpointSeq);
  const inputs = { checkpoints, lowestUnpacked, gcFloor: pointer.gcFloor, foldedSeq };
  const floor = planFloor(inputs);
  memory.floorAsked = question;
  if (floor === undefined) return;
  const sinceMs = await swapPointer(store, shard, read, { ...pointer, gcFloor: floor, floorSinceMs: 0 });
  if (sinceMs === undefined) {
    memory.floorAsked = undefined;
    return;
  }
  memory.floor = { floor, sinceMs };
  if (context.guards.graceBeforeDelete) return;
  await internals.log.trim(floor);
  memory.trimmedFloor = floor;
}

/** The newest few checkpoints stay, with all that they refer to, and whatever is younger than the grace period. */
async function pruneCheckpoints(
  context: HousekeepingContext,
  { checkpointSeq }: Pointer,
  storeTimeMs: number,
): Promise<number> {
  const { internals, memory, settings } = context;
  const { store, shard, meter } = internals;
  if (memory.prunedAtCheckpoint === checkpointSeq) return 0;
  const objects = await listAll(store, checkpointPrefix(shard));
  const newest = rootsUpTo(objects, shard, checkpointSeq).slice(-settings.checkpointsKept);
  const references = await Promise.all(newest.map((seq) => checkpointReferences(store, shard, seq)));
  const kept = new Set(references.flatMap((keys) => keys ?? []));
  const at = { shard, kept, pointerSeq: checkpointSeq, storeTimeMs, graceMs: graceMsOf(context) };
  const old = deletableCheckpointObjects(objects, at);
  await deleteAll(
    store,
    old.map(({ key }) => key),
  );
  if (old.length > 0) meter.count("streambed_housekeeping_deleted_checkpoint_objects_total", old.length);
  // What was too young is looked at again.
  const useless = deletableCheckpointObjects(objects, { ...at, graceMs: -Infinity });
  memory.prunedAtCheckpoint = useless.length === old.length ? checkpointSeq : -1;
  return old.length;
}

/** Entries of the complete checkpoints that are not newer than the published one, ascending. */
function rootsUpTo(objects: readonly ObjectInfo[], shard: number, pointerSeq: number): number[] {
  return objects
    .filter(({ key }) => key.endsWith("/root"))
    .map(({ key }) => seqOfCheckpointKey(shard, key) ?? Infinity)
    .filter((seq) => seq <= pointerSeq)
    .toSorted((left, right) => left - right);
}
