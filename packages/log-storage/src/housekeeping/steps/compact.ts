import { hasCode, invariant, messageOf, StreambedError } from "@streambed/kernel";
import { decodeBatchHeader } from "@streambed/protocol";
import { lastOffsetOf } from "../../batch-layout.ts";
import { PACK_BLOCK_BYTES } from "../../limits.ts";
import type { Partition } from "../../partition.ts";
import { packOfSource, type Run } from "../../run-index.ts";
import { type ActiveProducer, BatchCleaner, type CleaningCounts } from "../compaction/batch-cleaner.ts";
import { DirtyIndex } from "../compaction/dirty-index.ts";
import { type AbortedTransaction, AbortedTransactionFinder } from "../compaction/transactions.ts";
import type { HousekeepingContext } from "../context.ts";
import { noCounts, PackOutput, type PackOutputCounts } from "../pack-output.ts";
import { type CompactionPlan, planCompaction } from "../plans/compaction.ts";
import { rowBoundsOf } from "../row-bounds.ts";
import { RunReader } from "../run-reader.ts";
import { sortedTopics } from "../sorted-partitions.ts";
import { policyOf, retentionClassOf, type TopicPolicy } from "../topic-policy.ts";
import { trustedNow } from "../trusted-time.ts";

/** Bytes of one look at a partition for markers of transactions. */
const SCAN_BYTES = PACK_BLOCK_BYTES;

/** What topic compaction did. */
export interface CompactionCounts extends CleaningCounts {
  partitions: number;
  output: PackOutputCounts;
}

/** A partition that is to be cleaned. */
interface Job {
  readonly partition: Partition;
  readonly revision: number;
  readonly policy: TopicPolicy;
  readonly plan: CompactionPlan;
  /** All runs below the upper bound. */
  readonly runs: readonly Run[];
}

/**
 * Cleans every partition of a compacted topic that is dirty enough: once over the dirty part for the last offset of
 * each key, once over all of it to write what remains. Many small partitions share a pack. Undefined when nothing is
 * due. A partition that cannot be cleaned is logged and left alone; the others go on.
 */
export async function compactTopics(
  context: HousekeepingContext,
  signal?: AbortSignal,
): Promise<CompactionCounts | undefined> {
  const { internals, settings } = context;
  if (!settings.logCleanerEnable || findJobs(context, internals.clock.now()).length === 0) return undefined;
  const nowMs = await trustedNow(context);
  const jobs = findJobs(context, nowMs);
  const counts: CompactionCounts = { ...noCleaning(), partitions: 0, output: noCounts() };
  const [first] = jobs;
  if (first === undefined) return undefined;
  const output = new PackOutput(context, {
    level: Math.max(1, ...jobs.flatMap(({ runs }) => runs.map((run) => levelOf(context, run)))),
    retentionClass: retentionClassOf(first.policy),
    packBytes: settings.packBytes,
  });
  const reader = new RunReader(context, runsOf(jobs));
  for (const job of jobs) {
    signal?.throwIfAborted();
    await cleanUnlessBroken(context, job, { output, counts, reader, nowMs, signal });
  }
  await output.flush(signal);
  counts.output = output.counts;
  internals.meter.count("streambed_housekeeping_compacted_records_total", counts.recordsRead - counts.recordsKept);
  return counts;
}

function noCleaning(): CleaningCounts {
  return { recordsRead: 0, recordsKept: 0, bytesRead: 0, bytesKept: 0, recordsWithoutKey: 0 };
}

function levelOf({ internals }: HousekeepingContext, run: Run): number {
  return internals.state.packs.get(packOfSource(run.source) ?? -1)?.level ?? 1;
}

function findJobs(context: HousekeepingContext, nowMs: number): Job[] {
  const { internals, settings, memory } = context;
  const jobs: Job[] = [];
  for (const topic of sortedTopics(internals.state)) {
    const policy = policyOf(topic, settings);
    if (!policy.compacts) continue;
    for (const partition of topic.partitions) {
      if (memory.uncleanable.has(partition)) continue;
      const horizonMs = memory.horizons.get(partition) ?? Infinity;
      const at = { nowMs, lastStableOffset: context.lastStableOffset(partition), horizonMs };
      const plan = planCompaction(partition, policy, at);
      if (plan === undefined) continue;
      const runs = runsBelow(partition, plan.upperBoundOffset);
      jobs.push({ partition, revision: partition.revision, policy, plan, runs });
    }
  }
  return jobs;
}

function* runsOf(jobs: readonly Job[]): Generator<Run> {
  for (const { runs } of jobs) yield* runs;
}

function runsBelow({ runs }: Partition, offset: number): Run[] {
  const found: Run[] = [];
  for (let index = 0; ; index++) {
    const run = runs.at(index);
    if (run === undefined || run.baseOffset >= offset) return found;
    found.push(run);
  }
}

/** What the cleaning of one partition adds to. */
interface Round {
  readonly output: PackOutput;
  readonly counts: CompactionCounts;
  readonly reader: RunReader;
  readonly nowMs: number;
  readonly signal: AbortSignal | undefined;
}

async function cleanUnlessBroken(context: HousekeepingContext, job: Job, round: Round): Promise<void> {
  const { topicId, number } = job.partition;
  const index = await buildIndex(context, job, round.reader).catch((error: unknown) => {
    // Bytes that cannot be read as records stay as they are; a store that does not answer is another matter.
    const isForGood = error instanceof StreambedError && (error.kind === "corrupt" || error.kind === "limit");
    if (!isForGood || hasCode(error, "LOG_DAMAGED")) throw error;
    context.memory.uncleanable.add(job.partition);
    const fields = { topicId, partition: number, error: messageOf(error) };
    context.internals.logger.log("error", "partition-not-compactable", fields);
    return undefined;
  });
  if (index !== undefined) await cleanPartition(context, { ...job, ...index }, round);
}

/** The result of the first pass. */
interface Indexed {
  readonly index: DirtyIndex;
  readonly aborted: readonly AbortedTransaction[];
}

/** Most topics know no transactions, so it is first tried without looking for aborted ones. */
async function buildIndex(context: HousekeepingContext, job: Job, reader: RunReader): Promise<Indexed> {
  const tried = await indexDirty(context, job, { reader, aborted: undefined });
  if (tried !== undefined) return { index: tried, aborted: [] };
  const aborted = await findAborted(context, job.partition);
  const index = await indexDirty(context, job, { reader, aborted });
  invariant(index !== undefined, "with the aborted transactions known, the index is complete");
  return { index, aborted };
}

/** @param aborted undefined: not known; then the answer is undefined as soon as a transaction is met */
async function indexDirty(
  context: HousekeepingContext,
  { plan, runs, partition }: Job,
  { reader, aborted }: { reader: RunReader; aborted: readonly AbortedTransaction[] | undefined },
): Promise<DirtyIndex | undefined> {
  const { firstDirtyOffset, upperBoundOffset } = plan;
  const { logCleanerDedupeBufferSize, logCleanerIoBufferLoadFactor } = context.settings;
  const index = new DirtyIndex({
    codecs: context.codecs,
    firstDirtyOffset,
    aborted: aborted ?? [],
    dedupeBufferBytes: logCleanerDedupeBufferSize,
    loadFactor: logCleanerIoBufferLoadFactor,
  });
  for (const run of runs) {
    if (run.endOffset <= firstDirtyOffset) continue;
    for await (const batch of reader.batches(run)) {
      const header = decodeBatchHeader(batch);
      if (header.lastOffset < firstDirtyOffset) continue;
      if (header.isTransactional && aborted === undefined) return undefined;
      if (!index.add(batch, header)) return withProgress(index, firstDirtyOffset, partition);
    }
    index.reached(run.endOffset - 1);
  }
  index.reached(upperBoundOffset - 1);
  return index;
}

/** A map that one batch fills would be filled again for ever. */
function withProgress(index: DirtyIndex, firstDirtyOffset: number, { number }: Partition): DirtyIndex {
  if (index.latestOffset >= firstDirtyOffset) return index;
  const message = `The keys of one batch at offset ${firstDirtyOffset} of partition ${number} do not fit into log.cleaner.dedupe.buffer.size; raise it.`;
  throw new StreambedError({ kind: "limit", code: "DEDUPE_BUFFER_TOO_SMALL", message });
}

/** Markers may come long after the data, so this looks at everything up to the end of the log. */
async function findAborted(
  { internals, codecs }: HousekeepingContext,
  partition: Partition,
): Promise<readonly AbortedTransaction[]> {
  const finder = new AbortedTransactionFinder(codecs);
  for (let offset = partition.logStartOffset; ;) {
    const batches = await internals.folded.reader.read(partition, offset, SCAN_BYTES);
    const last = batches.at(-1);
    if (last === undefined) return finder.found;
    for (const batch of batches) finder.see(batch, decodeBatchHeader(batch));
    offset = lastOffsetOf(last) + 1;
  }
}

async function cleanPartition(context: HousekeepingContext, job: Job & Indexed, round: Round): Promise<void> {
  const { partition, revision, policy, plan, index, aborted } = job;
  const { counts, nowMs, output, reader, signal } = round;
  const cleaner = new BatchCleaner({
    codecs: context.codecs,
    index,
    aborted,
    producers: activeProducers(partition),
    nowMs,
    deleteRetentionMs: policy.deleteRetentionMs,
    upperBoundOffset: plan.upperBoundOffset,
  });
  const runs = job.runs.filter(({ baseOffset }) => baseOffset <= index.latestOffset);
  const bounds = rowBoundsOf(policy, true);
  const stretch = { partition, revision, runs, bounds, cleanedThrough: index.latestOffset + 1 };
  const copy = async (run: Run, add: (batch: Uint8Array) => void): Promise<void> => {
    for await (const batch of reader.batches(run)) {
      const cleaned = cleaner.clean(batch);
      if (cleaned !== undefined) add(cleaned);
    }
  };
  await output.write(stretch, copy, signal);
  context.memory.horizons.set(partition, cleaner.earliestHorizonMs);
  counts.partitions++;
  for (const key of Object.keys(noCleaning()) as (keyof CleaningCounts)[]) counts[key] += cleaner.counts[key];
}

function activeProducers({ producers }: Partition): ReadonlyMap<number, ActiveProducer> {
  const active = new Map<number, ActiveProducer>();
  for (const [producerId, { epoch, batches }] of producers) {
    const last = batches.at(-1);
    // Sequences wrap, so their difference may be negative; offsets do not.
    const count = last === undefined ? 0 : (last.lastSequence - last.firstSequence + 2 ** 31) % 2 ** 31;
    active.set(producerId, { epoch, lastDataOffset: last === undefined ? undefined : last.baseOffset + count });
  }
  return active;
}
