import { hasCode, messageOf } from "@streambed/kernel";
import { checkPageObject, decodePageObject, decodeRoot, type PageReference, readRoot } from "../../checkpoint-root.ts";
import { inParallel } from "../../in-parallel.ts";
import { checkpointPageKey, checkpointPrefix, checkpointRootKey, pointerKey, seqOfCheckpointKey } from "../../keys.ts";
import { readPointer } from "../../pointer.ts";
import type { ObjectInfo, ObjectStore } from "../../ports/object-store.ts";
import { listAll } from "../objects.ts";
import type { Look } from "./look.ts";
import { addObject, addWarning, type ScrubWarning } from "./report.ts";

/** All objects of checkpoints, and what of them is not as it should be. */
interface Survey {
  readonly objects: readonly ObjectInfo[];
  /** Keys of what a start reads: of the published checkpoint, and of the one that it can use instead. */
  readonly needed: ReadonlySet<string>;
  /** Entry of the published checkpoint; -1: none. */
  readonly publishedSeq: number;
  readonly warnings: readonly ScrubWarning[];
}

/**
 * Counts the objects of checkpoints and warns of each that cannot be read: a start goes on silently without it. Returns
 * the entry of the newest checkpoint of which something is there; -1: none.
 */
export async function scrubCheckpoints(look: Look, concurrency: number): Promise<number> {
  const { report } = look;
  const first = await survey(look, concurrency);
  // Brokers publish and delete checkpoints meanwhile.
  const last = first.warnings.length === 0 ? first : await survey(look, concurrency);
  for (const warning of last.warnings) addWarning(report, warning);
  let newestSeq = last.publishedSeq;
  for (const object of last.objects) {
    const seq = seqOfCheckpointKey(report.shard, object.key) ?? -1;
    newestSeq = Math.max(newestSeq, seq);
    const isOld = seq < last.publishedSeq && !last.needed.has(object.key);
    addObject(isOld ? report.garbage : report.checkpoints, object);
  }
  return newestSeq;
}

async function survey({ store, report, folded }: Look, concurrency: number): Promise<Survey> {
  const { shard, checkpointSeq } = report;
  const { pointer, etag } = await readPointer(store, shard);
  const objects = await listAll(store, checkpointPrefix(shard));
  const publishedSeq = pointer?.checkpointSeq ?? checkpointSeq;
  const published = await partsOf(store, shard, publishedSeq);
  const used = publishedSeq === checkpointSeq ? published : await partsOf(store, shard, checkpointSeq);
  // What the fold began with it has checked.
  const unread = checkpointSeq < 0 ? objects : objects.filter(({ key }) => !used.has(key));
  const damaged = await inParallel(unread, concurrency, ({ key }) => damageOf(store, key, published.get(key)));
  const warnings = [...missingParts(published, objects), ...damaged.filter((warning) => warning !== undefined)];
  if (pointer === undefined && etag !== undefined) {
    warnings.push({ problem: "pointer-damaged", key: pointerKey(shard), message: "The pointer cannot be read." });
  }
  const begunSeq = folded.pointer.pointer?.checkpointSeq ?? -1;
  if (warnings.length === 0 && begunSeq > checkpointSeq) {
    const message = "A start cannot use this checkpoint, although each of its parts can be read.";
    warnings.push({ problem: "checkpoint-damaged", key: checkpointRootKey(shard, begunSeq), message });
  }
  return { objects, publishedSeq, needed: new Set([...published.keys(), ...used.keys()]), warnings };
}

/** Keys of the objects of a checkpoint, its root first, as far as the root can be read; with pages how they are listed. */
async function partsOf(
  store: ObjectStore,
  shard: number,
  seq: number,
): Promise<ReadonlyMap<string, PageReference | undefined>> {
  const parts = new Map<string, PageReference | undefined>();
  if (seq < 0) return parts;
  parts.set(checkpointRootKey(shard, seq), undefined);
  try {
    const root = await readRoot(store, shard, seq);
    for (const page of root?.pages ?? []) parts.set(checkpointPageKey(shard, page.seq, page.page), page);
  } catch (error) {
    // The root is read once more by whoever looks for damages.
    if (!hasCode(error, "MALFORMED_BYTES")) throw error;
  }
  return parts;
}

function missingParts(
  published: ReadonlyMap<string, PageReference | undefined>,
  objects: readonly ObjectInfo[],
): ScrubWarning[] {
  const present = new Set(objects.map(({ key }) => key));
  const message = "A part of the published checkpoint is missing.";
  const missing = [...published.keys()].filter((key) => !present.has(key));
  return missing.map((key) => ({ problem: "checkpoint-incomplete", key, message }));
}

/** What is wrong with a root or a page; nothing with one that was deleted meanwhile, and with objects of other names. */
async function damageOf(
  store: ObjectStore,
  key: string,
  reference: PageReference | undefined,
): Promise<ScrubWarning | undefined> {
  const isRoot = key.endsWith("/root");
  if (!isRoot && !/\/page-\d+$/.test(key)) return undefined;
  const answer = await store.get(key);
  if (!answer.found) return undefined;
  try {
    if (isRoot) decodeRoot(answer.bytes);
    else if (reference === undefined) checkPageObject(answer.bytes);
    else decodePageObject(answer.bytes, reference);
    return undefined;
  } catch (error) {
    if (!hasCode(error, "MALFORMED_BYTES")) throw error;
    return { problem: "checkpoint-damaged", key, message: messageOf(error) };
  }
}
