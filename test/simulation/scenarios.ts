import { ALL_GUARDS } from "@streambed/log-storage";
import type { Guards } from "@streambed/log-storage";
import type { ChaosWeights } from "./chaos.ts";
import type { Dice } from "./dice.ts";
import { MANY_FAULTS, scaled } from "./faults.ts";
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
}

export const SCENARIOS = ["shared", "owned", "spoiled"] as const;
/** A mix of settings with an emphasis. */
export type ScenarioName = (typeof SCENARIOS)[number];

/** Stands for ten minutes. */
const SAFE_MS = 10_000;

const CALM: ChaosWeights = {
  crash: 0,
  pause: 0,
  partition: 0,
  clockJump: 0,
  twin: 0,
  pointerLoss: 0,
  steal: 0,
  release: 0,
};

/** Draws the settings of a schedule. */
export function planSchedule(scenario: ScenarioName, dice: Dice, options: PlanOptions = {}): SchedulePlan {
  const spoilsReads = scenario === "spoiled";
  const isOwned = scenario === "owned" || (spoilsReads && dice.chance(0.5));
  const rates = scaled(MANY_FAULTS, dice.pick([0, 0.3, 1, 1, 2]));
  const guards = { ...ALL_GUARDS, ...options.guards };
  return {
    world: {
      brokers: 3 + dice.below(2),
      isOwned,
      guards,
      bucket: {
        timeGranularityMs: dice.pick([1, 1_000]),
        listPageKeys: dice.pick([3, 10, 1_000]),
      },
      log: {
        lingerMs: dice.pick([0, 0, 5, 20]),
        entriesInFlight: dice.pick([1, 2, 3, 6]),
        pipelinedEntryBytesMin: 1,
        checkpointIntervalEntries: dice.pick([3, 5, 8, 1_000]),
        hotCacheBytes: dice.pick([0, 400, 100_000]),
        safeMs: SAFE_MS,
        coldCacheBytes: dice.pick([0, 400, 100_000]),
      },
      spoilsReads,
      operatorDeletes: false,
      naps: [3_000, 8_000, 25_000, 70_000],
      napRate: 0.06,
    },
    faults: spoilsReads ? rates : { ...rates, truncated: 0, flipped: 0 },
    chaos: {
      weights: {
        ...CALM,
        crash: 3,
        pause: 4,
        partition: 2,
        clockJump: 1,
        twin: 1,
        pointerLoss: 0.5,
        ...(isOwned ? { steal: 2, release: 1 } : {}),
      },
      everyMs: dice.pick([100, 300, 1_000]),
      actions: 3 + dice.below(9),
    },
    workload: {
      idempotentProducers: 1 + dice.below(2),
      plainProducers: 1,
      consumers: 1 + dice.below(2),
      batchesPerProducer: 4 + dice.below(10),
      hasTopicAdmin: dice.chance(0.4),
      hasInline: dice.chance(0.4),
    },
  };
}
