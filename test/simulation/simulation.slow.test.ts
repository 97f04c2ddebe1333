import { expect, it } from "vitest";
import { runCampaign } from "./campaign.ts";
import { replayCommand } from "./replay-command.ts";
import { SCENARIO_MIX } from "./scenarios.ts";

const BUDGET = 1_500;

it(`${BUDGET} schedules with seeds that were never tried before keep every promise`, { timeout: 300_000 }, async () => {
  const firstSeed = Number(process.env["SIMULATION_SEED"] ?? Date.now() % 1_000_000_000);
  console.log(`simulating from seed ${firstSeed}; SIMULATION_SEED=${firstSeed} runs the same again`);
  const result = await runCampaign({
    scenarios: SCENARIO_MIX,
    firstSeed,
    schedules: BUDGET,
    workers: 2,
    failuresMax: 3,
  });
  expect(result.failures.map((failure) => ({ ...failure.violations[0], replay: replayCommand(failure) }))).toEqual([]);
  expect(result.schedules).toBe(BUDGET);
  console.log(`${result.schedules} schedules in ${result.seconds.toFixed(0)} s`, result.figures);
});
