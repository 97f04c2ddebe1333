import { expect, test } from "vitest";
import { newPeer, nextLiveness } from "./liveness.ts";
import type { Liveness, LivenessEvent } from "./liveness.ts";

/** Applies events at times; the peer was found at 0. */
function after(...events: readonly (readonly [number, LivenessEvent])[]): Liveness {
  return events.reduce((peer, [atMs, event]) => nextLiveness(peer, event, atMs), newPeer(0));
}

test("a broker is unknown until it answers, then alive", () => {
  expect(newPeer(0).state).toBe("unknown");
  expect(after([100, "answered"])).toMatchObject({ state: "alive", sinceMs: 100, heardMs: 100 });
});

test("alive means since the first answer in a row", () => {
  expect(after([100, "answered"], [200, "answered"], [900, "answered"])).toMatchObject({ sinceMs: 100, heardMs: 900 });
});

test("one refusal makes it suspect, the second dead for certain", () => {
  expect(after([0, "answered"], [100, "refused"]).state).toBe("suspect");
  expect(after([0, "answered"], [100, "refused"], [700, "refused"])).toMatchObject({ state: "dead", cause: "refused" });
});

test("refusals count only in a row", () => {
  expect(after([0, "answered"], [100, "refused"], [300, "answered"], [900, "refused"]).state).toBe("suspect");
});

test("a failed question alone never kills", () => {
  expect(after([0, "answered"], [100, "failed"], [200, "failed"], [300, "failed"]).state).toBe("suspect");
});

test("silence makes it suspect after 2.5 s and dead after 5 s", () => {
  expect(after([1_000, "answered"], [3_400, "tick"]).state).toBe("alive");
  expect(after([1_000, "answered"], [3_500, "tick"]).state).toBe("suspect");
  expect(after([1_000, "answered"], [5_900, "tick"]).state).toBe("suspect");
  expect(after([1_000, "answered"], [6_000, "tick"])).toMatchObject({ state: "dead", cause: "silent" });
});

test("one that never answered is dead after the same silence", () => {
  expect(after([4_900, "tick"]).state).toBe("unknown");
  expect(after([5_000, "tick"]).state).toBe("dead");
});

test("another process at its address means that it is gone", () => {
  expect(after([0, "answered"], [50, "replaced"])).toMatchObject({ state: "dead", cause: "refused" });
});

test("an answer brings it back, and its time begins anew", () => {
  const peer = after([0, "answered"], [6_000, "tick"], [7_000, "answered"]);
  expect(peer).toMatchObject({ state: "alive", sinceMs: 7_000, refusals: 0 });
});

test("a process that stood still does not take its own deafness for the silence of others", () => {
  expect(after([0, "answered"], [60_000, "we-stood-still"], [60_250, "tick"]).state).toBe("alive");
  expect(after([0, "answered"], [60_000, "we-stood-still"], [65_000, "tick"]).state).toBe("dead");
});
