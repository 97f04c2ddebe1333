import type { Trace } from "./trace.ts";

/**
 * What must hold, after section "invariants" of docs/simulation.md. A violation names one of these.
 */
export type Invariant =
  | "acked-is-stored"
  | "same-state-everywhere"
  | "offsets-dense"
  | "one-writer-per-epoch"
  | "sequence-applied-once"
  | "refused-is-not-stored"
  | "end-never-goes-back"
  | "reads-are-true"
  | "checkpoint-equals-replay"
  | "nothing-reachable-deleted"
  | "no-orphan-survives"
  | "put-cost"
  | "liveness"
  | "memory-bounded"
  | "never-fill-a-gap"
  | "body-kept-until-answered"
  | "no-false-damage"
  | "no-crash";

/** A promise that was broken. */
export interface Violation {
  readonly invariant: Invariant;
  readonly message: string;
}

/** Collects broken promises; the schedule ends at the first. */
export class Checker {
  readonly violations: Violation[] = [];
  readonly #trace: Trace;

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  get isBroken(): boolean {
    return this.violations.length > 0;
  }

  fail(invariant: Invariant, message: string): void {
    this.violations.push({ invariant, message });
    this.#trace.note(message.length, () => `VIOLATION ${invariant}: ${message}`);
  }

  expect(condition: boolean, invariant: Invariant, message: () => string): void {
    if (!condition) this.fail(invariant, message());
  }
}
