import { type Clock, type Logger, seededRandom, StreambedError, utf8 } from "@streambed/kernel";
import { expect, test } from "vitest";
import { patientReads } from "./patient-reads.ts";
import type { ObjectStore } from "./ports/object-store.ts";
import { mapStore } from "./test-support/map-store.ts";

/** Time passes only by waiting. */
function waitingClock(): Clock {
  let nowMs = 0;
  const now = (): number => nowMs;
  const schedule: Clock["schedule"] = (delayMs, run) => {
    queueMicrotask(() => {
      nowMs += delayMs;
      run();
    });
    return () => undefined;
  };
  return { now, elapsed: now, schedule };
}

/** A store whose reads fail with these codes, one after the other, then work. */
function failing(...codes: string[]) {
  const memory = mapStore();
  let reads = 0;
  const read = async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    reads++;
    const code = codes.shift();
    if (code === undefined || code === "") return work();
    const kind = code === "STORE_ACCESS_DENIED" ? "denied" : "unavailable";
    throw new StreambedError({ kind, code, message: "not now" });
  };
  const unsteady: ObjectStore = {
    ...memory,
    get: (key, options) => read(() => memory.get(key, options)),
    head: (key) => read(() => memory.head(key)),
    list: (options) => read(() => memory.list(options)),
  };
  const waits: string[] = [];
  const logger: Logger = { log: (_, event) => void waits.push(event) };
  const store = patientReads(unsteady, { clock: waitingClock(), random: seededRandom(1), logger });
  return { store, waits, reads: () => reads };
}

test("a start waits while a store asks to slow down or fails, and after its first answer for whatever passes", async () => {
  const { store, waits, reads } = failing(
    "STORE_THROTTLED",
    "STORE_INTERNAL_ERROR",
    "",
    "STORE_UNAVAILABLE",
    "STORE_TIMEOUT",
  );
  await store.put("key", [utf8("a")]);
  expect(await store.get("key")).toMatchObject({ found: true });
  expect(await store.get("key")).toMatchObject({ found: true, bytes: utf8("a") });
  expect((await store.list({ prefix: "" })).objects).toHaveLength(1);
  expect(reads()).toBe(7);
  expect(waits).toHaveLength(4);
});

test.each([
  ["a store that has never answered is not waited for", ["STORE_UNAVAILABLE"]],
  ["nor is what does not pass", ["", "STORE_ACCESS_DENIED"]],
])("%s", async (_, codes) => {
  const { store } = failing(...codes);
  if (codes.length > 1) await store.get("key");
  await expect(store.get("key")).rejects.toMatchObject({ code: codes.at(-1) });
});

test("patience ends", async () => {
  const { store, reads } = failing(...Array.from({ length: 100 }, () => "STORE_THROTTLED"));
  await expect(store.get("key")).rejects.toMatchObject({ code: "STORE_THROTTLED" });
  expect(reads()).toBeGreaterThan(10);
  expect(reads()).toBeLessThan(40);
});
