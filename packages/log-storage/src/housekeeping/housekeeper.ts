import type { Codecs } from "@streambed/protocol";
import { ALL_GUARDS, type Guards } from "../guards.ts";
import type { LogInternals } from "../internals.ts";
import type { Partition } from "../partition.ts";
import { Breather } from "./breather.ts";
import { type HousekeepingContext, newMemory } from "./context.ts";
import { addCounts, noCounts, type PackOutputCounts } from "./pack-output.ts";
import { HOUSEKEEPING_DEFAULTS, type HousekeepingSettings } from "./settings.ts";
import { type CompactionCounts, compactTopics } from "./steps/compact.ts";
import { flushEntries } from "./steps/flush.ts";
import { collectGarbage, type GarbageCounts } from "./steps/garbage.ts";
import { mergePacks } from "./steps/merge.ts";
import { applyRetention, type RetentionCounts } from "./steps/retention.ts";
import { type SweepCounts, sweepOrphans } from "./steps/sweep.ts";

/** Merges and flushes of one round; the rest waits for the next, so that no step starves the others. */
const REPEATS_PER_ROUND_MAX = 64;

/** What {@link createHousekeeper} takes. */
export interface HousekeepingOptions {
  /** Those of the open log: `log.internals`. */
  readonly internals: LogInternals;
  /** For topic compaction, which opens compressed batches and writes them again. */
  readonly codecs: Codecs;
  /** Default: {@link HOUSEKEEPING_DEFAULTS}. */
  readonly settings?: Partial<HousekeepingSettings>;
  readonly guards?: Pick<Guards, "graceBeforeDelete" | "graceFromFloor">;
  /** True where clients are served meanwhile: then work is done in small pieces. Default false. */
  readonly sharesThread?: boolean;
  /** First offset of the oldest open transaction of a partition. Default: there is none. */
  readonly lastStableOffset?: (partition: Partition) => number;
}

/** What one round did. A step that had nothing to do is undefined. */
export interface HousekeepingReport {
  readonly retention: RetentionCounts | undefined;
  readonly flush: PackOutputCounts | undefined;
  readonly compaction: CompactionCounts | undefined;
  readonly merge: PackOutputCounts | undefined;
  readonly garbage: GarbageCounts | undefined;
  readonly sweep: SweepCounts | undefined;
}

/**
 * Keeps a shard's log short and its history readable. Each step may be interrupted anywhere and begun again: nothing is
 * deleted that a published state refers to, and what was written but not installed is swept later. Only the owner of
 * the shard should run it; two at once do no harm, but double the work.
 */
export interface Housekeeper {
  readonly settings: HousekeepingSettings;
  /**
   * All steps, one after the other; retention and garbage only every `log.retention.check.interval.ms`. Rejects with
   * the first failure; the next round begins where that one stopped.
   */
  runOnce(signal?: AbortSignal): Promise<HousekeepingReport>;
  /** Drops records that are older or more than their topic keeps. */
  retention(signal?: AbortSignal): Promise<RetentionCounts>;
  /** Packs entries, if there are enough or old ones. */
  flush(signal?: AbortSignal): Promise<PackOutputCounts | undefined>;
  /** Merges packs of one level, if there are enough. */
  merge(signal?: AbortSignal): Promise<PackOutputCounts | undefined>;
  /** Cleans compacted topics, if they are dirty enough. */
  compact(signal?: AbortSignal): Promise<CompactionCounts | undefined>;
  /** Deletes entries, packs and checkpoints that nobody needs, after their grace period. */
  collectGarbage(signal?: AbortSignal): Promise<GarbageCounts | undefined>;
  /** Deletes packs that never became part of the log, once a day. */
  sweep(signal?: AbortSignal): Promise<SweepCounts | undefined>;
}

function checkDue({ internals, memory, settings }: HousekeepingContext): boolean {
  const sinceMs = internals.clock.elapsed() - (memory.checkedAtElapsedMs ?? -Infinity);
  return sinceMs >= settings.logRetentionCheckIntervalMs;
}

/** Runs a step until it has nothing to do, or did nothing that lasts. */
async function repeat(step: () => Promise<PackOutputCounts | undefined>): Promise<PackOutputCounts | undefined> {
  let total: PackOutputCounts | undefined;
  for (let round = 0; round < REPEATS_PER_ROUND_MAX; round++) {
    const counts = await step();
    if (counts === undefined) return total;
    total ??= noCounts();
    addCounts(total, counts);
    if (counts.parts === 0) return total;
  }
  return total;
}

/**
 * @example
 * const housekeeper = createHousekeeper({ internals: log.internals, codecs: defaultCodecs });
 * await housekeeper.runOnce();
 */
export function createHousekeeper(options: HousekeepingOptions): Housekeeper {
  const { internals } = options;
  const context: HousekeepingContext = {
    internals,
    codecs: options.codecs,
    settings: { ...HOUSEKEEPING_DEFAULTS, ...options.settings },
    guards: options.guards ?? ALL_GUARDS,
    lastStableOffset: options.lastStableOffset ?? ((partition) => partition.endOffset),
    memory: newMemory(),
    breather: new Breather(options.sharesThread === true ? internals.clock : undefined),
  };
  const housekeeper: Housekeeper = {
    settings: context.settings,
    retention: (signal) => applyRetention(context, signal),
    flush: (signal) => repeat(() => flushEntries(context, signal)),
    merge: (signal) => repeat(() => mergePacks(context, signal)),
    compact: (signal) => compactTopics(context, signal),
    collectGarbage: (signal) => collectGarbage(context, signal),
    sweep: (signal) => sweepOrphans(context, signal),
    // Retention first, so that nothing is packed that goes anyway; what is packed can be cleaned and merged.
    async runOnce(signal) {
      const isCheckDue = checkDue(context);
      const retention = isCheckDue ? await housekeeper.retention(signal) : undefined;
      const flush = await housekeeper.flush(signal);
      const compaction = await housekeeper.compact(signal);
      const merge = await housekeeper.merge(signal);
      const garbage = isCheckDue ? await housekeeper.collectGarbage(signal) : undefined;
      const sweep = await housekeeper.sweep(signal);
      if (isCheckDue) context.memory.checkedAtElapsedMs = internals.clock.elapsed();
      return { retention, flush, compaction, merge, garbage, sweep };
    },
  };
  return housekeeper;
}
