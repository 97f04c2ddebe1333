import { invariant, seededRandom } from "@streambed/kernel";
import type { Random } from "@streambed/kernel";
import { describe, expect, it } from "vitest";
import { GroupRun } from "../test-support/group-run.ts";
import type { Grant } from "../test-support/simulated-member.ts";
import { PARTITIONS, REBALANCE_MS, SESSION_MS, SimulatedMember } from "../test-support/simulated-member.ts";

const SEEDS = 60;
const STEPS = 300;
const MEMBERS_MAX = 5;

/** A group under joins, leaves, deaths, pauses, slow and failing appends. Checks what must hold at every step. */
class Model {
  readonly random: Random;
  readonly run: GroupRun;
  members: SimulatedMember[] = [];
  rebalances = 0;
  readonly #owners: Map<string, string> = new Map();
  #generation = 0;
  #preparingSinceMs: number | undefined;
  #names = 0;

  constructor(seed: number) {
    this.random = seededRandom(seed);
    this.run = new GroupRun({ initialRebalanceDelayMs: seed % 3 === 0 ? 1_000 : 0 });
  }

  step({ isCalm }: { readonly isCalm: boolean }): void {
    this.run.advance(Math.floor(this.random.fraction() * 800) + 1);
    this.#log(isCalm);
    if (!isCalm) this.#disturb();
    for (const member of this.members) member.act(this.random);
    this.members = this.members.filter((member) => !member.isGone);
    this.#check();
  }

  /** Partitions that a living member works on now, in the current generation. */
  owned(): readonly number[] {
    return this.members
      .flatMap(({ phase }) =>
        phase.kind === "working" && phase.generation === this.run.group.generation ? phase.partitions : [],
      )
      .sort((left, right) => left - right);
  }

  /** The log is slow, and sometimes refuses. */
  #log(isCalm: boolean): void {
    if (this.run.holdsWrites && this.random.fraction() < 0.5) {
      this.run.holdsWrites = false;
      this.run.finishWrites(!isCalm && this.random.fraction() < 0.1 ? "COORDINATOR_NOT_AVAILABLE" : null);
    } else if (this.random.fraction() < 0.1) this.run.holdsWrites = true;
  }

  #disturb(): void {
    const chance = this.random.fraction();
    if (chance < 0.08 && this.members.length < MEMBERS_MAX) this.#spawn();
    const victim = this.members[Math.floor(this.random.fraction() * this.members.length)];
    if (victim === undefined) return;
    if (chance > 0.98) victim.die();
    else if (chance > 0.96) victim.leave();
    else if (chance > 0.94) victim.frozenUntilMs = this.run.elapsedMs + Math.floor(this.random.fraction() * 20_000);
    else if (chance > 0.92 && victim.instanceId !== null) {
      // A static member restarts: its successor has the instance id only.
      victim.die();
      this.#spawn(victim.instanceId);
    }
  }

  #spawn(instanceId?: string): void {
    const name = instanceId ?? (this.random.fraction() < 0.3 ? `static-${this.#names++}` : null);
    this.members.push(new SimulatedMember(this.run, name, (grant) => this.#granted(grant)));
  }

  /** One owner for each partition of a generation. */
  #granted({ owner, generation, partitions }: Grant): void {
    for (const partition of partitions) {
      const key = `${generation}/${partition}`;
      const other = this.#owners.get(key) ?? owner;
      invariant(owner === other, `partition ${partition} of generation ${generation} has two owners`);
      this.#owners.set(key, owner);
    }
  }

  /** `invariant` instead of `expect`: this runs some hundred thousand times. */
  #check(): void {
    const { group, elapsedMs, deadlineMs } = this.run;
    invariant(group.generation >= this.#generation, "the generation went back");
    if (group.generation > this.#generation) this.rebalances++;
    this.#generation = group.generation;
    const isPreparing = group.state === "PreparingRebalance";
    if (!isPreparing) this.#preparingSinceMs = undefined;
    else this.#preparingSinceMs ??= elapsedMs;
    // Whatever members do, joining ends: with their rebalance timeout, or with the sessions of those who stay away.
    const longestMs = REBALANCE_MS * 2 + SESSION_MS + 1_000;
    invariant(elapsedMs - (this.#preparingSinceMs ?? elapsedMs) < longestMs, "the rebalance is stuck");
    const awaitsLog = group.writes.size > 0;
    const isWaiting = isPreparing || group.members.size > 0;
    invariant(awaitsLog || !isWaiting || deadlineMs !== undefined, "nothing wakes the group");
    for (const { joining, syncing } of group.members.values()) {
      invariant(joining === null || isPreparing, "a join waits although nobody gathers");
      invariant(syncing === null || group.state === "CompletingRebalance", "a sync waits in vain");
    }
  }
}

describe("a group under joins, leaves, deaths, pauses and a failing log", () => {
  it(`keeps its promises (seeds 1 to ${SEEDS})`, () => {
    let rebalances = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const model = new Model(seed);
      try {
        exercise(model);
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
      rebalances += model.rebalances;
    }
    expect(rebalances).toBeGreaterThan(SEEDS * 5);
  });
});

function exercise(model: Model): void {
  const { run } = model;
  for (let step = 0; step < STEPS; step++) model.step({ isCalm: false });
  for (let step = 0; step < STEPS; step++) model.step({ isCalm: true });
  if (model.members.length > 0) {
    run.holdsWrites = false;
    run.finishWrites(null);
    for (let step = 0; step < 20; step++) for (const member of model.members) member.act(model.random);
    expect(run.group.state).toBe("Stable");
    expect(model.owned()).toEqual(Array.from({ length: PARTITIONS }, (_, partition) => partition));
  }
  for (const [index, member] of model.members.entries()) {
    if (index % 2 === 0) member.die();
    else member.leave();
  }
  run.holdsWrites = false;
  run.finishWrites(null);
  run.advance(600_000);
  expect(run.group).toMatchObject({ state: "Empty" });
  expect(run.group.members.size + run.group.pendingMembers.size + run.group.writes.size).toBe(0);
  expect(run.deadlineMs).toBeUndefined();
  // GroupRun refuses second answers, so as many replies as requests means one each.
  expect(run.replies.size).toBe(run.sent);
}
