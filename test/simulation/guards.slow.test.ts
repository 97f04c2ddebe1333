import { ALL_GUARDS } from "@streambed/log-storage";
import { describe, expect, it } from "vitest";
import { GUARD_TRIALS, seedsUntilViolation } from "./guard-trials.ts";

describe("each guard is needed: without it the simulator finds a broken promise", () => {
  it.each(GUARD_TRIALS)("$without, in scenario $scenario", { timeout: 900_000 }, async (trial) => {
    const found = await seedsUntilViolation(trial);
    const name = trial.isGraceTooShort === true ? "a grace longer than SAFE" : trial.without.join(" and ");
    console.log(`without ${name}: ${found.invariant ?? "nothing"} after ${found.seeds} seeds`);
    expect(found.invariant).toBeDefined();
  });

  it("has a trial for every guard", () => {
    const tried = new Set(GUARD_TRIALS.flatMap(({ without }) => without));
    expect([...tried].sort()).toEqual(Object.keys(ALL_GUARDS).sort());
  });
});
