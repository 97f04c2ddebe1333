// Runs portions of a campaign on a thread of its own.
import { parentPort } from "node:worker_threads";
import { addFigures, noFigures, scenarioOf } from "./campaign.ts";
import type { Failure, Portion, PortionResult } from "./campaign.ts";
import { runSchedule } from "./run-schedule.ts";

async function runPortion({ scenarios, guards, firstSeed, count, failuresMax }: Portion): Promise<PortionResult> {
  const failures: Failure[] = [];
  let figures = noFigures();
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    const scenario = scenarioOf(scenarios, seed);
    const result = await runSchedule({ seed, scenario, ...(guards === undefined ? {} : { guards }) });
    figures = addFigures(figures, result.figures);
    if (result.violations.length > 0) failures.push({ seed, scenario, violations: result.violations });
    if (failures.length >= failuresMax) return { count: seed - firstSeed + 1, failures, figures };
  }
  return { count, failures, figures };
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
const send = (result: PortionResult): void => parentPort?.postMessage(result);

parentPort?.on("message", (portion: Portion) => {
  void runPortion(portion).then(send);
});
