import { invariant } from "@streambed/kernel";
import { PACK_BLOCK_BYTES, PACK_BLOCKS_PER_GET_MAX } from "../../limits.ts";
import { packOfSource, type Run, sourceOfPack } from "../../run-index.ts";
import type { HousekeepingContext } from "../context.ts";
import { type CopyRun, PackOutput, type PackOutputCounts, type Stretch } from "../pack-output.ts";
import { packReader } from "../pack-source.ts";
import { planMerge } from "../plans/merge.ts";
import { isClean } from "../plans/pack-survey.ts";
import { rowBoundsOf } from "../row-bounds.ts";
import { sortedTopics } from "../sorted-partitions.ts";
import { policyOf } from "../topic-policy.ts";

/** Bytes of each input that are in memory. */
const BLOCK_BYTES = PACK_BLOCK_BYTES * PACK_BLOCKS_PER_GET_MAX;

/**
 * Merges packs of a level into packs of the next, in which rows are longer, up to their bounds. Every input is read once from front to
 * back, because runs and packs have the same order; in memory are a block of each input and one pack of output.
 * Undefined when there is nothing to merge.
 */
export async function mergePacks(
  context: HousekeepingContext,
  signal?: AbortSignal,
): Promise<PackOutputCounts | undefined> {
  const { internals, settings, memory } = context;
  const { nextNumber } = internals.state.rows.packs;
  // Without a new pack there is nothing new to find, and to look means to go through all rows.
  if (memory.unmergeable === nextNumber) return undefined;
  const plan = planMerge(internals.state, settings);
  if (plan === undefined) {
    memory.unmergeable = nextNumber;
    return undefined;
  }
  const { level, retentionClass } = plan;
  const output = new PackOutput(context, { level, retentionClass, packBytes: settings.packBytes });
  const readers = new Map(
    plan.packs.map((pack) => {
      const extent = { source: sourceOfPack(pack.number), pack, end: pack.footerPosition };
      return [pack.number, packReader(context, extent, BLOCK_BYTES)];
    }),
  );
  const copy: CopyRun = async (run, add) => {
    const reader = readers.get(packOfSource(run.source) ?? -1);
    invariant(reader !== undefined, "every run of the plan lies in a pack that is merged");
    for await (const batch of reader.batches({ offset: run.position, length: run.length })) add(batch);
  };
  for (const stretch of stretchesIn(context, readers)) await output.write(stretch, copy, signal);
  await output.flush(signal);
  return output.counts;
}

function stretchesIn({ internals, settings }: HousekeepingContext, readers: ReadonlyMap<number, unknown>): Stretch[] {
  const stretches: Stretch[] = [];
  for (const topic of sortedTopics(internals.state)) {
    const policy = policyOf(topic, settings);
    for (const partition of topic.partitions) {
      let runs: Run[] = [];
      let areClean = false;
      const close = (): void => {
        const bounds = rowBoundsOf(policy, areClean);
        if (runs.length > 0) stretches.push({ partition, revision: partition.revision, runs, bounds });
        runs = [];
      };
      for (let index = 0; ; index++) {
        const run = partition.runs.at(index);
        if (run === undefined || run.source >= 0) break;
        const isMerged = readers.has(packOfSource(run.source) ?? -1);
        if (!isMerged || isClean(partition, run) !== areClean) close();
        if (!isMerged) continue;
        areClean = isClean(partition, run);
        runs.push(run);
      }
      close();
    }
  }
  return stretches;
}
