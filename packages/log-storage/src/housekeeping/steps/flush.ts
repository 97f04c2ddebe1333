import { invariant, type StreambedError } from "@streambed/kernel";
import { verifyCrc } from "@streambed/protocol";
import { type LoadedRun, loadRun } from "../../batch-layout.ts";
import { damaged } from "../../entry-codec.ts";
import type { Partition } from "../../partition.ts";
import type { ByteRange } from "../../ports/log-store.ts";
import type { Run } from "../../run-index.ts";
import type { HousekeepingContext } from "../context.ts";
import { addCounts, type CopyRun, noCounts, PackOutput, type PackOutputCounts, type Stretch } from "../pack-output.ts";
import { type FlushPlan, flushMsFor, planFlush, unpackedEntries } from "../plans/flush.ts";
import { rowBoundsOf } from "../row-bounds.ts";
import { inputGone } from "../sequential-reader.ts";
import { sortedTopics } from "../sorted-partitions.ts";
import { policyOf, retentionClassOf } from "../topic-policy.ts";

/** Entries that are read at the same time. */
const READS_AT_ONCE = 8;
/** Level of packs that were made of entries. */
const FIRST_LEVEL = 1;

/** The part of an entry that is read. */
interface Extent {
  start: number;
  end: number;
}

/** What was read of one, and when by the store's time. */
interface ReadExtent {
  readonly bytes: Uint8Array;
  readonly storeTimeMs: number;
}

/** Packs the oldest entries when they are many or old enough. Undefined when it is not time yet. */
export async function flushEntries(
  context: HousekeepingContext,
  signal?: AbortSignal,
): Promise<PackOutputCounts | undefined> {
  const { internals, settings } = context;
  const unpacked = unpackedEntries(internals.state);
  const [oldest] = unpacked.keys();
  if (oldest === undefined) return undefined;
  const full = planFlush(unpacked, 0, settings);
  const flushMs = flushMsFor(internals.state, settings);
  const plan = full ?? planFlush(unpacked, await entryAgeMs(context, oldest), { ...settings, flushMs });
  return plan === undefined ? undefined : packEntries(context, plan, signal);
}

/** Age of an entry. Its time is that of its writer; both clocks are near the store's, or they would not write. */
async function entryAgeMs({ internals, memory }: HousekeepingContext, seq: number): Promise<number> {
  if (memory.oldestUnpacked?.seq !== seq) {
    const { entry } = await internals.folded.readEntry(seq);
    if (entry === undefined) throw inputGone(`Entry ${seq}`);
    memory.oldestUnpacked = { seq, timestampMs: entry.header.timestampMs };
  }
  return internals.clock.now() - memory.oldestUnpacked.timestampMs;
}

async function packEntries(
  context: HousekeepingContext,
  plan: FlushPlan,
  signal: AbortSignal | undefined,
): Promise<PackOutputCounts> {
  const { settings } = context;
  const classes = stretchesByClass(context, plan);
  const recent = recentRuns(context, [...classes.values()].flat());
  const extents = extentsOf([...classes.values()].flat(), recent);
  // Made before anything is read, because an output notes the log's time at which its inputs were looked up.
  const outputs = [...classes].map(([retentionClass, stretches]) => ({
    output: new PackOutput(context, { level: FIRST_LEVEL, retentionClass, packBytes: settings.packBytes }),
    stretches,
  }));
  const entries = await readExtents(context, extents, signal);
  const copy: CopyRun = async (run, add) => {
    for (const batch of (recent.get(run) ?? runIn(entries, extents, run)).batches) {
      // The entry will be deleted, so a bit that was wrong on the way here must not get into the pack.
      if (!verifyCrc(batch)) {
        const storeTimeMs = entries.get(run.source)?.storeTimeMs;
        throw await damagedOrGone(context, run.source, { storeTimeMs, reason: "the checksum of a batch is wrong" });
      }
      add(batch);
    }
  };
  const counts = noCounts();
  for (const { output, stretches } of outputs) {
    for (const stretch of stretches) await output.write(stretch, copy, signal);
    await output.flush(signal);
    addCounts(counts, output.counts);
  }
  return counts;
}

function stretchesByClass({ internals, settings }: HousekeepingContext, plan: FlushPlan): Map<number, Stretch[]> {
  const classes = new Map<number, Stretch[]>();
  for (const topic of sortedTopics(internals.state)) {
    const policy = policyOf(topic, settings);
    const retentionClass = retentionClassOf(policy);
    const bounds = rowBoundsOf(policy, false);
    const stretches = classes.get(retentionClass) ?? [];
    for (const partition of topic.partitions) {
      const runs = entryRuns(partition, plan.throughSeq);
      if (runs.length > 0) stretches.push({ partition, revision: partition.revision, runs, bounds });
    }
    if (stretches.length > 0) classes.set(retentionClass, stretches);
  }
  return classes;
}

function entryRuns({ runs }: Partition, throughSeq: number): Run[] {
  const found: Run[] = [];
  for (let index = runs.length - 1; index >= 0; index--) {
    const run = runs.at(index);
    if (run === undefined || run.source < 0) break;
    if (run.source <= throughSeq) found.push(run);
  }
  return found.toReversed();
}

/** Runs that are still in memory since they were committed; they need no GET. */
function recentRuns({ internals }: HousekeepingContext, stretches: readonly Stretch[]): Map<Run, LoadedRun> {
  const recent = new Map<Run, LoadedRun>();
  for (const { runs } of stretches) {
    for (const run of runs) {
      const loaded = internals.folded.reader.recent(run);
      if (loaded !== undefined) recent.set(run, loaded);
    }
  }
  return recent;
}

/** What must be read of each entry: from the first to the last run that is not in memory. */
function extentsOf(stretches: readonly Stretch[], recent: ReadonlyMap<Run, LoadedRun>): Map<number, Extent> {
  const extents = new Map<number, Extent>();
  for (const { runs } of stretches) {
    for (const run of runs) {
      if (recent.has(run)) continue;
      const { source, position, length } = run;
      const extent = extents.get(source) ?? { start: position, end: position };
      extent.start = Math.min(extent.start, position);
      extent.end = Math.max(extent.end, position + length);
      extents.set(source, extent);
    }
  }
  return extents;
}

function runIn(entries: ReadonlyMap<number, ReadExtent>, extents: ReadonlyMap<number, Extent>, run: Run): LoadedRun {
  const start = run.position - (extents.get(run.source)?.start ?? 0);
  const bytes = entries.get(run.source)?.bytes.subarray(start, start + run.length);
  invariant(bytes !== undefined, "every entry of the plan was read");
  return loadRun(bytes, run);
}

/** One GET an entry, a few at a time. What is held is what goes into the packs. */
async function readExtents(
  context: HousekeepingContext,
  extents: ReadonlyMap<number, Extent>,
  signal: AbortSignal | undefined,
): Promise<Map<number, ReadExtent>> {
  const { log } = context.internals;
  const found = new Map<number, ReadExtent>();
  const pending = extents.entries();
  const readNext = async (): Promise<void> => {
    for (const [seq, { start, end }] of pending) {
      signal?.throwIfAborted();
      const range: ByteRange = { offset: start, length: end - start };
      const answer = await log.read(seq, range);
      if (!answer.found) throw inputGone(`Entry ${seq}`);
      const { bytes, storeTimeMs, size } = answer;
      if (bytes.length < range.length)
        throw await damagedOrGone(context, seq, { storeTimeMs, reason: `it ends early, at byte ${size}` });
      found.set(seq, { bytes, storeTimeMs });
    }
  };
  await Promise.all(Array.from({ length: READS_AT_ONCE }, readNext));
  return found;
}

/**
 * An entry that is not what the plan says is damaged only if it should still be there. While this process slept, another
 * may have packed and deleted it, and one that slept, too, may have written under its key again.
 *
 * @param storeTimeMs when the store gave the bytes; undefined: they were in memory
 */
async function damagedOrGone(
  { internals }: HousekeepingContext,
  seq: number,
  { storeTimeMs, reason }: { readonly storeTimeMs: number | undefined; readonly reason: string },
): Promise<StreambedError> {
  const { folded, state } = internals;
  if (storeTimeMs !== undefined) await folded.confirmRead(storeTimeMs, state.seq);
  await folded.catchUp();
  return unpackedEntries(state).has(seq) ? damaged(seq, reason) : inputGone(`Entry ${seq}`);
}
