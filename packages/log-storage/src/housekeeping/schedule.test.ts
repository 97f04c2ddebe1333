import { seededRandom, silentLogger, type Logger } from "@streambed/kernel";
import { describe, expect, it } from "vitest";
import { virtualClock } from "../test-support/virtual-clock.ts";
import type { Housekeeper, HousekeepingReport } from "./housekeeper.ts";
import { startHousekeeping } from "./schedule.ts";
import { HOUSEKEEPING_DEFAULTS } from "./settings.ts";

const NOTHING = {} as HousekeepingReport;

function housekeeperThat(runOnce: (signal?: AbortSignal) => Promise<HousekeepingReport>): Housekeeper {
  return { settings: HOUSEKEEPING_DEFAULTS, runOnce } as Housekeeper;
}

describe("scheduled housekeeping", () => {
  const random = seededRandom(1);

  it("runs every log.cleaner.backoff.ms, more or less", async () => {
    const clock = virtualClock();
    let rounds = 0;
    const housekeeper = housekeeperThat(() => Promise.resolve((rounds++, NOTHING)));
    const running = startHousekeeping(housekeeper, { clock, random, logger: silentLogger });
    await clock.advance(150_000);
    expect(rounds).toBeGreaterThanOrEqual(7);
    expect(rounds).toBeLessThanOrEqual(13);
    await running.stop();
  });

  it("does nothing while somebody else owns the shard", async () => {
    const clock = virtualClock();
    let [rounds, isOwner] = [0, false];
    const housekeeper = housekeeperThat(() => Promise.resolve((rounds++, NOTHING)));
    const options = { clock, random, logger: silentLogger, intervalMs: 100, isOwner: () => isOwner };
    const running = startHousekeeping(housekeeper, options);
    await clock.advance(10_000);
    expect(rounds).toBe(0);
    isOwner = true;
    await clock.advance(1_000);
    expect(rounds).toBeGreaterThan(5);
    await running.stop();
  });

  it("logs a failure, tries again ever later, and recovers", async () => {
    const clock = virtualClock();
    const lines: unknown[] = [];
    const logger: Logger = { log: (level, event, fields) => lines.push([level, event, fields?.["error"]]) };
    let [rounds, isBroken] = [0, true];
    const housekeeper = housekeeperThat(() => {
      rounds++;
      return isBroken ? Promise.reject(new Error("The store is down.")) : Promise.resolve(NOTHING);
    });
    const running = startHousekeeping(housekeeper, { clock, random, logger, intervalMs: 100 });
    await clock.advance(60_000);
    expect(rounds).toBeLessThan(8);
    expect(lines[0]).toEqual(["warn", "housekeeping-failed", "The store is down."]);
    isBroken = false;
    await clock.advance(120_000);
    const before = rounds;
    await clock.advance(10_000);
    expect(rounds - before).toBeGreaterThan(50);
    await running.stop();
  });

  it("stops in the middle of a round", async () => {
    const clock = virtualClock();
    let stopped = false;
    const housekeeper = housekeeperThat(
      (signal) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener("abort", () => {
            stopped = true;
            reject(new Error("aborted"));
          });
        }),
    );
    const running = startHousekeeping(housekeeper, { clock, random, logger: silentLogger, intervalMs: 100 });
    await clock.advance(1_000);
    await running.stop();
    expect(stopped).toBe(true);
    expect(clock.pending).toBe(0);
  });
});
