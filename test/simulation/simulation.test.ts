import { describe, expect, it } from "vitest";
import { probeConformance } from "@streambed/log-storage";
import { Bucket } from "./bucket.ts";
import type { BucketSettings } from "./bucket.ts";
import { Dice } from "./dice.ts";
import { NO_FAULTS } from "./faults.ts";
import { Machine } from "./machine.ts";
import { replayCommand } from "./replay-command.ts";
import { runSchedule } from "./run-schedule.ts";
import { SCENARIOS } from "./scenarios.ts";
import { storeLink } from "./store-link.ts";
import { Trace } from "./trace.ts";
import { VirtualTime } from "./virtual-time.ts";

const SEEDS_EACH = 12;

describe.each(SCENARIOS)("scenario %s", (scenario) => {
  it("keeps every promise for a few seeds", { timeout: 60_000 }, async () => {
    for (let seed = 1; seed <= SEEDS_EACH; seed++) {
      const result = await runSchedule({ seed, scenario });
      expect(result.violations, replayCommand(result)).toEqual([]);
      expect(result.figures.entries).toBeGreaterThan(0);
    }
  });

  it("runs the same again with the same seed", async () => {
    const first = await runSchedule({ seed: 7, scenario, keepsTrace: true });
    const second = await runSchedule({ seed: 7, scenario, keepsTrace: true });
    expect(second.trace).toEqual(first.trace);
    const other = await runSchedule({ seed: 8, scenario });
    expect([second.fingerprint, other.fingerprint === first.fingerprint]).toEqual([first.fingerprint, false]);
  });
});

it("a violation comes with the command that replays it", () => {
  expect(replayCommand({ seed: 5, scenario: "owned" }, { chainRule: false })).toBe(
    "npm run simulate -- --seed 5 --scenario owned --without chainRule --trace",
  );
});

/** Probes a simulated bucket, as a broker does before its first use. */
async function probe(settings: Partial<BucketSettings>): Promise<unknown> {
  const time = new VirtualTime();
  const dice = new Dice(1);
  const bucket = new Bucket({ timeGranularityMs: 1, listPageKeys: 1_000, ...settings }, time);
  const trace = new Trace(() => time.nowMs, false);
  const common = { faults: NO_FAULTS, underWay: 0, sleepyWrites: 0, sleepMs: () => 0, onChangedBody: () => undefined };
  const machine = new Machine("prober", time, dice);
  const store = storeLink({ ...common, bucket, time, dice, trace }, machine, new Map());
  let outcome: unknown;
  probeConformance(store, { clock: machine.clock, random: dice }).then(
    () => (outcome = "accepted"),
    (error: unknown) => (outcome = error),
  );
  await time.runUntil(
    () => outcome !== undefined,
    60_000,
    () => undefined,
  );
  return outcome;
}

describe("the probe", () => {
  it("accepts the simulated bucket", async () => {
    expect(await probe({})).toBe("accepted");
  });

  it.each([{ ignoresConditions: true }, { listsUnsorted: true }])("refuses one that %o", async (settings) => {
    expect(await probe(settings)).toMatchObject({ code: "STORE_NOT_CONFORMANT" });
  });
});
