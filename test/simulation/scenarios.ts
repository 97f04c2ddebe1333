import { ALL_GUARDS } from "@streambed/log-storage";
import type { Guards, HousekeepingSettings } from "@streambed/log-storage";
import type { ChaosWeights } from "./chaos.ts";
import type { Dice } from "./dice.ts";
import { MANY_FAULTS, NO_FAULTS, scaled } from "./faults.ts";
import type { FaultRates } from "./faults.ts";
import type { WorldSettings } from "./world.ts";

/** What the clients of a schedule do. */
export interface Workload {
  readonly idempotentProducers: number;
  readonly plainProducers: number;
  readonly consumers: number;
  readonly batchesPerProducer: number;
  readonly hasTopicAdmin: boolean;
  /** Internal batches, which the fold shows to a module. */
  readonly hasInline: boolean;
  /** A topic with `cleanup.policy=compact`. */
  readonly hasCompaction: boolean;
  /** Of the ordinary topic, milliseconds; -1: for ever. */
  readonly retentionMs: number;
  /** Rounds and steps of housekeeping during the trouble. */
  readonly housekeepingRounds: number;
}

/** Everything that a seed decides before the first event. */
export interface SchedulePlan {
  readonly world: WorldSettings;
  readonly faults: FaultRates;
  readonly chaos: { readonly weights: ChaosWeights; readonly everyMs: number; readonly actions: number };
  readonly workload: Workload;
}

/** What may be set from outside, such as a guard that is taken away. */
export interface PlanOptions {
  readonly guards?: Partial<Guards>;
  /** Deletions wait for less than readers rely on. */
  readonly isGraceTooShort?: boolean;
}

export const SCENARIOS = ["shared", "owned", "spoiled", "gc", "housekeeping", "sleepers", "operator"] as const;
/** A mix of settings with an emphasis. */
export type ScenarioName = (typeof SCENARIOS)[number];

/** How a campaign divides its seeds: what is cheap to run and common in life is run most. */
export const SCENARIO_MIX: readonly ScenarioName[] = [
  "owned",
  "shared",
  "gc",
  "owned",
  "spoiled",
  "housekeeping",
  "owned",
  "shared",
  "gc",
  "sleepers",
  "owned",
  "operator",
];

/** Stands for ten minutes. */
const SAFE_MS = 10_000;
/** Stands for an hour. */
const GRACE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Below, around and above SAFE and GRACE. */
const NAPS = [3_000, 8_000, 25_000, 70_000];
const LONG_NAPS = [3_000, 8_000, 50_000, 70_000, 130_000];
/** Around the age at which an install is refused, and that at which an orphan is swept. */
const DAY_LONG_NAPS = [8_000, 70_000, 11 * HOUR_MS, 13 * HOUR_MS, 25 * HOUR_MS];

/** Long enough that what a sleeper knew is gone, or nearly so long. */
const SLEEPERS_NAPS = [8_000, 80_000, 140_000, 140_000];
/** Of clients that keep the log growing while others sleep. */
const SHORT_NAPS = [2_000, 15_000, 40_000];

const SLEEPERS_WORKLOAD: Workload = {
  idempotentProducers: 1,
  plainProducers: 2,
  consumers: 1,
  batchesPerProducer: 16,
  hasTopicAdmin: false,
  hasInline: false,
  hasCompaction: false,
  retentionMs: -1,
  housekeepingRounds: 12,
};

const TROUBLE: ChaosWeights = {
  crash: 3,
  pause: 4,
  partition: 2,
  clockJump: 1,
  twin: 1,
  pointerLoss: 0.5,
  steal: 0,
  release: 0,
};

/** Draws the settings of a schedule. */
export function planSchedule(scenario: ScenarioName, dice: Dice, options: PlanOptions = {}): SchedulePlan {
  const spoilsReads = scenario === "spoiled";
  const operatorDeletes = scenario === "operator";
  const hasSleepers = scenario === "sleepers";
  const keepsHouse =
    scenario === "gc" || scenario === "housekeeping" || hasSleepers || (spoilsReads && dice.chance(0.6));
  const isOwned = scenario === "owned" || operatorDeletes || (scenario !== "shared" && dice.chance(0.5));
  const rates = operatorDeletes ? NO_FAULTS : scaled(MANY_FAULTS, hasSleepers ? 0.15 : dice.pick([0, 0.3, 1, 1, 2]));
  const isGraceTooShort = options.isGraceTooShort === true;
  const hasLongDays = scenario === "housekeeping" && dice.chance(0.3);
  return {
    world: {
      brokers: 3 + dice.below(2),
      isOwned,
      guards: { ...ALL_GUARDS, ...options.guards },
      bucket: { timeGranularityMs: dice.pick([1, 1_000]), listPageKeys: dice.pick([3, 10, 1_000]) },
      log: drawLogSettings(dice, { isShortLog: keepsHouse, isGraceTooShort }),
      spoilsReads,
      housekeeping: keepsHouse ? drawHousekeeping(dice, isGraceTooShort) : undefined,
      operatorDeletes,
      naps: hasLongDays ? DAY_LONG_NAPS : hasSleepers ? SLEEPERS_NAPS : keepsHouse ? LONG_NAPS : NAPS,
      longPauses: hasSleepers ? 0.85 : 0.5,
      roundNaps: hasSleepers ? [500, 500, 66_000] : [50, 500, 3_000, 20_000, 66_000],
      clientNaps: hasSleepers ? SHORT_NAPS : hasLongDays ? DAY_LONG_NAPS : NAPS,
      napRate: hasSleepers ? 0.6 : 0.06,
      sleepyWrites: hasSleepers ? 0.1 : 0,
      tidiesUp: scenario === "housekeeping" || (scenario === "gc" && dice.chance(0.2)),
    },
    faults: spoilsReads ? rates : { ...rates, truncated: 0, flipped: 0 },
    chaos: {
      weights: {
        ...TROUBLE,
        ...(isOwned ? { steal: 2, release: 1 } : {}),
        // Who sleeps cannot see what an operator does; all others must.
        ...(operatorDeletes ? { pause: 0, partition: 0, pointerLoss: 0 } : {}),
        ...(scenario === "gc" ? { pause: 12 } : {}),
        ...(hasSleepers ? { pause: 10, crash: 1, partition: 0, clockJump: 0, pointerLoss: 0 } : {}),
      },
      everyMs: hasSleepers ? dice.pick([5_000, 20_000]) : dice.pick([100, 300, 1_000]),
      actions: 3 + dice.below(9),
    },
    workload: hasSleepers ? SLEEPERS_WORKLOAD : drawWorkload(dice, keepsHouse),
  };
}

function drawLogSettings(
  dice: Dice,
  { isShortLog, isGraceTooShort }: { readonly isShortLog: boolean; readonly isGraceTooShort: boolean },
): WorldSettings["log"] {
  return {
    lingerMs: dice.pick([0, 0, 5, 20]),
    hedge: dice.chance(0.5),
    entriesInFlight: dice.pick([1, 2, 3, 6]),
    pipelinedEntryBytesMin: 1,
    checkpointIntervalEntries: isShortLog ? dice.pick([2, 3, 5]) : dice.pick([3, 5, 8, 1_000]),
    checkpointRestMs: 50,
    hotCacheBytes: dice.pick([0, 400, 100_000]),
    coldCacheBytes: dice.pick([0, 400, 100_000]),
    safeMs: isGraceTooShort ? 6 * GRACE_MS : SAFE_MS,
  };
}

function drawHousekeeping(dice: Dice, isGraceTooShort: boolean): Partial<HousekeepingSettings> {
  return {
    flushBytes: dice.pick([1, 300, 1_000]),
    flushMs: dice.pick([100, 5_000]),
    mergeFanIn: dice.pick([2, 3, 4]),
    mergePartBytesMax: 600,
    packBytes: dice.pick([200, 1_000, 5_000]),
    graceMs: isGraceTooShort ? GRACE_MS / 6 : GRACE_MS,
    checkpointsKept: dice.pick([2, 3]),
    logRetentionCheckIntervalMs: 0,
    logCleanerMinCleanableRatio: 0,
    logCleanerDeleteRetentionMs: 20_000,
    sweepIntervalMs: HOUR_MS,
    orphanAgeMs: 24 * HOUR_MS,
  };
}

function drawWorkload(dice: Dice, keepsHouse: boolean): Workload {
  return {
    idempotentProducers: 1 + dice.below(2),
    plainProducers: 1,
    consumers: 1 + dice.below(2),
    batchesPerProducer: 4 + dice.below(10),
    hasTopicAdmin: dice.chance(0.4),
    hasInline: dice.chance(0.4),
    hasCompaction: keepsHouse && dice.chance(0.5),
    retentionMs: keepsHouse ? dice.pick([-1, -1, 20_000, 100_000]) : -1,
    housekeepingRounds: keepsHouse ? 6 + dice.below(14) : 0,
  };
}
