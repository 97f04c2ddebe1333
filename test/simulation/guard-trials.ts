import type { Guards } from "@streambed/log-storage";
import type { Invariant } from "./checker.ts";
import { runSchedule } from "./run-schedule.ts";
import type { ScenarioName } from "./scenarios.ts";

/** A guard that is taken away, and where to look for what breaks. */
export interface GuardTrial {
  readonly without: readonly (keyof Guards)[];
  /** GRACE shorter than SAFE. */
  readonly isGraceTooShort?: boolean;
  readonly scenario: ScenarioName;
  /** Seeds after which the search is given up. */
  readonly seedsMax: number;
}

/** What a trial found. */
export interface TrialResult {
  /** Undefined when nothing broke. */
  readonly invariant: Invariant | undefined;
  readonly seed: number;
  /** Schedules that were run, the one that broke included. */
  readonly seeds: number;
}

/** One row for each guard; the measured numbers are in docs/simulation.md. */
export const GUARD_TRIALS: readonly GuardTrial[] = [
  { without: ["compareEntryIds"], scenario: "shared", seedsMax: 300 },
  { without: ["resolveBeforeMoving"], scenario: "shared", seedsMax: 300 },
  { without: ["ackInOrder"], scenario: "gc", seedsMax: 300 },
  { without: ["graceBeforeDelete"], scenario: "gc", seedsMax: 300 },
  { without: ["graceBeforeDelete", "checkTimeAfterPut", "checkTimeAfterRead"], scenario: "gc", seedsMax: 300 },
  { without: ["checkTimeAfterPut"], scenario: "sleepers", seedsMax: 4_000 },
  { without: ["checkTimeAfterRead"], scenario: "sleepers", seedsMax: 4_000 },
  { without: ["graceFromFloor"], scenario: "sleepers", seedsMax: 4_000 },
  { without: [], isGraceTooShort: true, scenario: "sleepers", seedsMax: 1_000 },
  { without: ["chainRule"], scenario: "owned", seedsMax: 1_000 },
  { without: ["revalidate"], scenario: "owned", seedsMax: 300 },
  { without: ["chainRule", "revalidate"], scenario: "owned", seedsMax: 300 },
];

/** Tries seeds from 1 on until a promise breaks. */
export async function seedsUntilViolation(trial: GuardTrial, firstSeed: number = 1): Promise<TrialResult> {
  const { scenario, isGraceTooShort = false } = trial;
  const guards = Object.fromEntries(trial.without.map((name) => [name, false])) as Partial<Guards>;
  for (let seed = firstSeed; seed < firstSeed + trial.seedsMax; seed++) {
    const { violations } = await runSchedule({ seed, scenario, guards, isGraceTooShort });
    const [first] = violations;
    if (first !== undefined) return { invariant: first.invariant, seed, seeds: seed - firstSeed + 1 };
  }
  return { invariant: undefined, seed: -1, seeds: trial.seedsMax };
}
