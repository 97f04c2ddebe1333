import { decodeRoot } from "../../packages/log-storage/src/checkpoint-root.ts";
import {
  checkpointPageKey,
  checkpointRootKey,
  packKey,
  pointerKey,
  seqOfCheckpointKey,
  seqOfEntryKey,
} from "../../packages/log-storage/src/keys.ts";
import type { Entry } from "../../packages/log-storage/src/entry.ts";
import type { Bucket, StoredObject } from "./bucket.ts";
import type { Checker } from "./checker.ts";
import type { Reference } from "./reference.ts";

/** Why an object must not be deleted now; undefined when nobody needs it. */
export function needOf(key: string, bucket: Bucket, reference: Reference): string | undefined {
  if (key.startsWith("log/")) return needOfEntry(seqOfEntryKey(0, key) ?? -1, bucket, reference);
  if (key.startsWith("seg/")) {
    const pack = [...reference.state.packs.values()].find((each) => packKey(0, each) === key);
    return pack === undefined ? undefined : `${pack.liveParts} runs lie in it`;
  }
  if (key.startsWith("ckpt/") && publishedObjects(bucket).has(key)) return "the pointer's checkpoint needs it";
  return undefined;
}

function needOfEntry(seq: number, bucket: Bucket, reference: Reference): string | undefined {
  const run = runIn(reference, (source) => source === seq);
  if (run !== undefined) return run;
  const published = pointerOf(bucket)?.checkpointSeq;
  return published !== undefined && seq > published ? `the newest checkpoint is at ${published}` : undefined;
}

/** Describes a run in one of the entries that `matches` picks. */
function runIn(reference: Reference, matches: (seq: number) => boolean): string | undefined {
  for (const { topicId, partitions } of reference.state.topics.values()) {
    for (const [number, { runs }] of partitions.entries()) {
      for (let index = 0; index < runs.length; index++) {
        const source = runs.at(index)?.source ?? -1;
        if (source >= 0 && matches(source)) return `a run of ${topicId}-${number} lies in entry ${source}`;
      }
    }
  }
  return undefined;
}

/** A pointer was written: its floor must not be above anything that is needed, long before something is deleted. */
export function checkFloor(bucket: Bucket, reference: Reference, checker: Checker): void {
  const { gcFloor = -1 } = pointerOf(bucket) ?? {};
  const run = runIn(reference, (seq) => seq <= gcFloor);
  if (run !== undefined) checker.fail("nothing-reachable-deleted", `the floor is at ${gcFloor}, but ${run}`);
}

function pointerOf(bucket: Bucket): { readonly checkpointSeq: number; readonly gcFloor: number } | undefined {
  const pointer = bucket.objects.get(pointerKey(0));
  if (pointer === undefined) return undefined;
  return JSON.parse(new TextDecoder().decode(pointer.bytes)) as { checkpointSeq: number; gcFloor: number };
}

/** Entry of the newest checkpoint that is complete; -1 without one. */
export function newestCheckpoint(bucket: Bucket): number {
  const roots = [...bucket.objects.keys()].filter((key) => key.startsWith("ckpt/") && key.endsWith("/root"));
  return Math.max(-1, ...roots.map((key) => seqOfCheckpointKey(0, key) ?? -1));
}

/** Entry of the checkpoint that the pointer names. */
function publishedSeq(bucket: Bucket): number | undefined {
  return pointerOf(bucket)?.checkpointSeq;
}

function publishedObjects(bucket: Bucket): ReadonlySet<string> {
  const seq = publishedSeq(bucket);
  if (seq === undefined) return new Set();
  const rootKey = checkpointRootKey(0, seq);
  const root = bucket.objects.get(rootKey);
  if (root === undefined) return new Set();
  const { pages } = decodeRoot(root.bytes);
  return new Set([rootKey, ...pages.map((page) => checkpointPageKey(0, page.seq, page.page))]);
}

/** After quiescence, housekeeping and a day: what is in the bucket that nobody needs, or is missing. */
export function checkNoOrphans(bucket: Bucket, reference: Reference, checker: Checker, kept: number): void {
  const { state } = reference;
  const known = new Set([...state.packs.values()].map((pack) => packKey(0, pack)));
  for (const key of bucket.objects.keys()) {
    if (key.startsWith("seg/") && !known.has(key)) checker.fail("no-orphan-survives", `${key} is in no state`);
  }
  for (const key of known)
    checker.expect(bucket.objects.has(key), "nothing-reachable-deleted", () => `${key} is missing`);
  const roots = [...bucket.objects.keys()].filter((key) => key.startsWith("ckpt/") && key.endsWith("/root"));
  const published = publishedSeq(bucket) ?? Infinity;
  const old = roots.filter((key) => (seqOfCheckpointKey(0, key) ?? 0) <= published);
  // Those that were published while the last rounds ran go with the next one.
  checker.expect(old.length <= kept + 2, "no-orphan-survives", () => `${old.length} old checkpoints are still there`);
}

/** An object was deleted by housekeeping: nobody may need it. */
export function checkDeletion(object: StoredObject, bucket: Bucket, reference: Reference, checker: Checker): void {
  const need = needOf(object.key, bucket, reference);
  if (need !== undefined && !reference.isStray(object))
    checker.fail("nothing-reachable-deleted", `${object.key} was deleted, but ${need}`);
}

/** A pack became part of the log: its object must be there. */
export function checkInstalls(entry: Entry, bucket: Bucket, reference: Reference, checker: Checker): void {
  if (!entry.commands.some(({ kind }) => kind === "install")) return;
  for (const pack of reference.state.packs.values()) {
    const key = packKey(0, pack);
    if (!bucket.objects.has(key))
      checker.fail("nothing-reachable-deleted", `entry ${entry.header.seq} installed ${key}, which is not there`);
  }
}
