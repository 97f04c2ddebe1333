import { Worker } from "node:worker_threads";
import type { PlanOptions, ScenarioName } from "./scenarios.ts";
import type { ScheduleFigures, ScheduleResult } from "./run-schedule.ts";

/** Many schedules with consecutive seeds. */
export interface CampaignOptions extends PlanOptions {
  /** Taken in turns: seed after seed, scenario after scenario. */
  readonly scenarios: readonly ScenarioName[];
  readonly firstSeed: number;
  readonly schedules: number;
  readonly workers: number;
  /** Ends after so many failing schedules. */
  readonly failuresMax: number;
  readonly onProgress?: (progress: CampaignResult) => void;
}

/** A schedule that broke a promise. */
export type Failure = Pick<ScheduleResult, "seed" | "scenario" | "violations">;

/** What became of all schedules so far. */
export interface CampaignResult {
  readonly schedules: number;
  readonly failures: readonly Failure[];
  readonly figures: ScheduleFigures;
  readonly seconds: number;
}

/** What a worker is asked to do. */
export interface Portion extends PlanOptions {
  readonly scenarios: readonly ScenarioName[];
  readonly firstSeed: number;
  readonly count: number;
  readonly failuresMax: number;
}

/** What a worker answers. */
export interface PortionResult {
  readonly count: number;
  readonly failures: readonly Failure[];
  readonly figures: ScheduleFigures;
}

const PORTION = 40;

/** The scenario that a seed of a campaign runs. */
export function scenarioOf(scenarios: readonly ScenarioName[], seed: number): ScenarioName {
  const scenario = scenarios[seed % scenarios.length];
  if (scenario === undefined) throw new Error("A campaign needs a scenario");
  return scenario;
}

/** Runs schedules on several threads. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const { scenarios, guards, firstSeed, schedules, failuresMax, onProgress } = options;
  const startedMs = performance.now();
  const failures: Failure[] = [];
  let figures: ScheduleFigures | undefined;
  let handedOut = 0;
  let done = 0;
  const result = (): CampaignResult => ({
    schedules: done,
    failures,
    figures: figures ?? noFigures(),
    seconds: (performance.now() - startedMs) / 1000,
  });
  const next = (): Portion | undefined => {
    if (handedOut >= schedules || failures.length >= failuresMax) return undefined;
    const count = Math.min(PORTION, schedules - handedOut);
    handedOut += count;
    const portion = { scenarios, firstSeed: firstSeed + handedOut - count, count, failuresMax };
    return guards === undefined ? portion : { ...portion, guards };
  };
  const take = (portion: PortionResult): void => {
    done += portion.count;
    failures.push(...portion.failures);
    figures = figures === undefined ? portion.figures : addFigures(figures, portion.figures);
    onProgress?.(result());
  };
  await Promise.all(Array.from({ length: options.workers }, () => runWorker(next, take)));
  return result();
}

function runWorker(next: () => Portion | undefined, take: (result: PortionResult) => void): Promise<void> {
  const first = next();
  if (first === undefined) return Promise.resolve();
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    execArgv: ["--conditions=@streambed/source", "--disable-warning=ExperimentalWarning"],
  });
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  const send = (portion: Portion): void => worker.postMessage(portion);
  return new Promise((resolve, reject) => {
    worker.on("error", reject);
    worker.on("message", (result: PortionResult) => {
      take(result);
      const portion = next();
      if (portion !== undefined) return send(portion);
      worker.terminate().then(() => resolve(), reject);
    });
    send(first);
  });
}

/** All zero. */
export function noFigures(): ScheduleFigures {
  return { events: 0, virtualMs: 0, entries: 0, voidEntries: 0, strays: 0, acked: 0, attempts: 0 };
}

/** Sums. */
export function addFigures(left: ScheduleFigures, right: ScheduleFigures): ScheduleFigures {
  const sums = Object.entries(left).map(([name, value]) => [
    name,
    Number(value) + right[name as keyof ScheduleFigures],
  ]);
  return Object.fromEntries(sums);
}
