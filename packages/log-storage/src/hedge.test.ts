import { StreambedError } from "@streambed/kernel";
import { describe, expect, it } from "vitest";
import { hedged } from "./hedge.ts";
import { virtualClock } from "./test-support/virtual-clock.ts";

const timeout = new StreambedError({ kind: "unavailable", code: "STORE_TIMEOUT", message: "no answer" });
const full = new StreambedError({ kind: "limit", code: "STORE_FULL", message: "full" });

/** Attempts that answer when the test says so. */
function attempts() {
  const clock = virtualClock();
  const started: (PromiseWithResolvers<string> & { signal: AbortSignal })[] = [];
  const attempt = (signal: AbortSignal): Promise<string> => {
    const answer = { ...Promise.withResolvers<string>(), signal };
    started.push(answer);
    return answer.promise;
  };
  const run = (mayHedge = true) => hedged(attempt, { clock, delayMs: 100, mayHedge: () => mayHedge });
  return { clock, started, run };
}

describe("a hedged attempt", () => {
  it("starts a second one only when the first is late, and takes whichever answers first", async () => {
    const { clock, started, run } = attempts();
    const quick = run();
    started[0]?.resolve("first");
    expect(await quick).toBe("first");
    await clock.advance(1000);
    expect(started.length).toBe(1);
    const slow = run();
    await clock.advance(99);
    expect(started.length).toBe(2);
    await clock.advance(1);
    expect(started.length).toBe(3);
    started[2]?.resolve("third");
    expect(await slow).toBe("third");
    expect(started[1]?.signal.aborted).toBe(true);
    await clock.advance(1000);
    expect(started.length).toBe(3);
    expect(clock.pending).toBe(0);
  });

  it("waits for the other when one fails, and keeps quiet about what is certain when the other is not", async () => {
    const { clock, started, run } = attempts();
    const rescued = run();
    await clock.advance(100);
    started[0]?.reject(timeout);
    await clock.advance(1);
    started[1]?.resolve("second");
    expect(await rescued).toBe("second");
    const failing = run();
    await clock.advance(100);
    started[2]?.reject(timeout);
    started[3]?.reject(full);
    await expect(failing).rejects.toBe(timeout);
    const refused = run();
    started[4]?.reject(full);
    await expect(refused).rejects.toBe(full);
    await clock.advance(1000);
    expect(started.length).toBe(5);
  });

  it("goes on when a second one fails while the first hangs, each time after twice the wait", async () => {
    const { clock, started, run } = attempts();
    const rescued = run();
    await clock.advance(100);
    started[1]?.reject(timeout);
    await clock.advance(199);
    expect(started.length).toBe(2);
    await clock.advance(1);
    expect(started.length).toBe(3);
    // Never more than two at once.
    await clock.advance(10_000);
    expect(started.length).toBe(3);
    started[2]?.resolve("third");
    expect(await rescued).toBe("third");
    expect(started[0]?.signal.aborted).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it("does not start a second one when it may not", async () => {
    const { clock, started, run } = attempts();
    const only = run(false);
    await clock.advance(1000);
    expect(started.length).toBe(1);
    started[0]?.resolve("first");
    expect(await only).toBe("first");
  });
});
