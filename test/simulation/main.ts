// Runs many schedules of the simulator, or one with its trace.
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { ALL_GUARDS } from "@streambed/log-storage";
import type { Guards } from "@streambed/log-storage";
import { runCampaign } from "./campaign.ts";
import type { CampaignResult } from "./campaign.ts";
import { replayCommand } from "./replay-command.ts";
import { runSchedule } from "./run-schedule.ts";
import { SCENARIO_MIX, SCENARIOS } from "./scenarios.ts";
import type { PlanOptions, ScenarioName } from "./scenarios.ts";

const usage = `Runs whole clusters over a simulated store, one seed per schedule.

  --schedules N       how many (default 1000)
  --seed N            the first seed (default: from the time); with --trace the only one
  --scenario a,b      of ${SCENARIOS.join(", ")} (default: a mix of all)
  --without a,b       takes guards away, of ${Object.keys(ALL_GUARDS).join(", ")}
  --workers N         threads (default: one per core)
  --failures N        end after so many failing schedules (default 10)
  --trace             run one schedule and print everything that happens in it
`;

const { values } = parseArgs({
  options: {
    help: { type: "boolean", default: false },
    schedules: { type: "string", default: "1000" },
    seed: { type: "string" },
    scenario: { type: "string" },
    without: { type: "string", default: "" },
    workers: { type: "string", default: String(availableParallelism()) },
    failures: { type: "string", default: "10" },
    trace: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}

const scenarios = values.scenario === undefined ? SCENARIO_MIX : values.scenario.split(",").map(scenarioNamed);
const options = withoutGuards(values.without);
const firstSeed = values.seed === undefined ? Date.now() % 1_000_000_000 : Number(values.seed);
const failed = values.trace ? await replay(firstSeed, scenarios) : await campaign();
process.exit(failed ? 1 : 0);

function scenarioNamed(name: string): ScenarioName {
  const scenario = SCENARIOS.find((each) => each === name);
  if (scenario === undefined) throw new Error(`No scenario ${name}; there are ${SCENARIOS.join(", ")}`);
  return scenario;
}

function withoutGuards(names: string): PlanOptions {
  if (names === "") return {};
  const guards = names.split(",").map((name) => {
    if (!(name in ALL_GUARDS)) throw new Error(`No guard ${name}; there are ${Object.keys(ALL_GUARDS).join(", ")}`);
    return [name, false];
  });
  return { guards: Object.fromEntries(guards) as Partial<Guards> };
}

async function replay(seed: number, [scenario]: readonly ScenarioName[]): Promise<boolean> {
  if (scenario === undefined) throw new Error("Name a scenario");
  const result = await runSchedule({ seed, scenario, ...options, keepsTrace: true });
  for (const line of result.trace) console.log(line);
  console.log(`fingerprint ${result.fingerprint.toString(16)}`, result.figures);
  for (const { invariant, message } of result.violations) console.log(`VIOLATION ${invariant}: ${message}`);
  return result.violations.length > 0;
}

async function campaign(): Promise<boolean> {
  console.log(`${values.schedules} schedules from seed ${firstSeed}: ${[...new Set(scenarios)].join(", ")}`);
  let reported = 0;
  let nextLineS = 5;
  const onProgress = (progress: CampaignResult): void => {
    for (const failure of progress.failures.slice(reported)) {
      const [first] = failure.violations;
      console.log(`FAILED ${first?.invariant}: ${first?.message}\n  replay: ${replayCommand(failure, options.guards)}`);
    }
    reported = progress.failures.length;
    if (progress.seconds < nextLineS) return;
    nextLineS = progress.seconds + 10;
    console.log(summary(progress));
  };
  const result = await runCampaign({
    scenarios,
    ...options,
    firstSeed,
    schedules: Number(values.schedules),
    workers: Number(values.workers),
    failuresMax: Number(values.failures),
    onProgress,
  });
  console.log(summary(result));
  console.log(result.figures);
  return result.failures.length > 0;
}

function summary({ schedules, failures, seconds }: CampaignResult): string {
  const each = ((seconds * 1000) / Math.max(1, schedules)).toFixed(1);
  return `${schedules} schedules in ${seconds.toFixed(0)} s (${each} ms each), ${failures.length} failed`;
}
