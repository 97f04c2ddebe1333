import { REFUSALS_MAX, SILENCE_DEAD_MS, SILENCE_SUSPECT_MS } from "./limits.ts";

/**
 * What is known about another broker, from its answers to our questions alone.
 *
 *     unknown --answered--> alive --refused, failed, 2.5 s silence--> suspect --refused twice, 5 s silence--> dead
 *        |                    ^-------------------answered-------------------------------------------------'
 *        '--refused twice, 5 s silence--> dead
 */
export type PeerState = "unknown" | "alive" | "suspect" | "dead";

/** One other broker. Times are `clock.elapsed()`, milliseconds. */
export interface Liveness {
  readonly state: PeerState;
  /** Since when it is in this state. */
  readonly sinceMs: number;
  /** Its last answer; before the first one, when it was first asked. */
  readonly heardMs: number;
  /** Connections refused in a row. */
  readonly refusals: number;
  /** How it died: its process is gone for certain, or nothing is heard of it. */
  readonly cause: "refused" | "silent";
}

/** What happened to a question, or that time has passed. `replaced`: another process answers at its address. */
export type LivenessEvent = "answered" | "refused" | "failed" | "replaced" | "tick" | "we-stood-still";

/** A broker that was just found in the registry. */
export function newPeer(nowMs: number): Liveness {
  return { state: "unknown", sinceMs: nowMs, heardMs: nowMs, refusals: 0, cause: "silent" };
}

/** The next state of a broker. */
export function nextLiveness(peer: Liveness, event: LivenessEvent, nowMs: number): Liveness {
  switch (event) {
    case "answered":
      return { ...enter(peer, "alive", nowMs), heardMs: nowMs, refusals: 0, cause: "silent" };
    case "refused": {
      const refusals = peer.refusals + 1;
      if (refusals < REFUSALS_MAX) return { ...doubt(peer, nowMs), refusals };
      return { ...enter(peer, "dead", nowMs), refusals, cause: "refused" };
    }
    case "replaced":
      return { ...enter(peer, "dead", nowMs), cause: "refused" };
    case "failed":
      return doubt(peer, nowMs);
    case "tick":
      return silence(peer, nowMs);
    case "we-stood-still":
      return peer.state === "dead" ? peer : { ...peer, heardMs: nowMs, refusals: 0 };
  }
}

function enter(peer: Liveness, state: PeerState, nowMs: number): Liveness {
  return peer.state === state ? peer : { ...peer, state, sinceMs: nowMs };
}

function doubt(peer: Liveness, nowMs: number): Liveness {
  return peer.state === "alive" ? enter(peer, "suspect", nowMs) : peer;
}

function silence(peer: Liveness, nowMs: number): Liveness {
  const silentMs = nowMs - peer.heardMs;
  if (silentMs >= SILENCE_DEAD_MS) return enter(peer, "dead", nowMs);
  return silentMs >= SILENCE_SUSPECT_MS ? doubt(peer, nowMs) : peer;
}
