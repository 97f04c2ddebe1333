import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "@streambed/kernel";
import { cutFromStore, healCut } from "./network.ts";
import type { Cut } from "./network.ts";
import { findOwner, startBroker, untilOwned } from "./processes.ts";

/** What was done to whom, and when. */
export interface FaultEvent {
  readonly kind: "kill" | "stop" | "cut" | "graceful";
  readonly broker: number;
  readonly wasOwner: boolean;
  readonly startedMs: number;
  /** When the broker was itself again. */
  readonly endedMs: number;
}

const QUIET_MS = { min: 6_000, max: 14_000 };
const STOP_MS = { min: 5_000, max: 40_000 };
const CUT_MS = { min: 5_000, max: 30_000 };
const DOWN_MS = { min: 1_000, max: 8_000 };
const OWNER_WAIT_MS = 60_000;

/** The brokers of a run, and what can be done to them. */
export class Faults {
  readonly #dir: string;
  readonly #random: Random;
  readonly #brokers = new Map<number, ChildProcess>();
  readonly events: FaultEvent[] = [];

  constructor(dir: string, random: Random) {
    this.#dir = dir;
    this.#random = random;
  }

  get count(): number {
    return this.#brokers.size;
  }

  async start(id: number): Promise<void> {
    this.#brokers.set(id, await startBroker(this.#dir, id));
  }

  /** One fault after the other, about two of three at the owner, until the time is over. */
  async run(untilMs: number, say: (line: string) => void): Promise<void> {
    while (Date.now() < untilMs) {
      await sleep(this.#between(QUIET_MS));
      const owner = await untilOwned(this.count, OWNER_WAIT_MS);
      const broker = this.#random.fraction() < 0.65 ? owner : 1 + Math.floor(this.#random.fraction() * this.count);
      const event = await this.#strike(broker, broker === owner);
      this.events.push(event);
      const seconds = ((event.endedMs - event.startedMs) / 1_000).toFixed(1);
      say(`${event.kind} broker ${broker}${event.wasOwner ? " (owner)" : ""} for ${seconds} s`);
    }
    await untilOwned(this.count, OWNER_WAIT_MS);
  }

  #between({ min, max }: { readonly min: number; readonly max: number }): number {
    return Math.round(min + this.#random.fraction() * (max - min));
  }

  async #strike(broker: number, wasOwner: boolean): Promise<FaultEvent> {
    const startedMs = Date.now();
    const kind = (["kill", "stop", "cut", "graceful"] as const)[Math.floor(this.#random.fraction() * 4)] ?? "kill";
    if (kind === "stop") await this.#pause(broker);
    else if (kind === "cut") await this.#cut(broker);
    else await this.#restart(broker, kind === "kill" ? "SIGKILL" : "SIGTERM");
    return { kind, broker, wasOwner, startedMs, endedMs: Date.now() };
  }

  async #pause(broker: number): Promise<void> {
    const child = this.#brokers.get(broker);
    child?.kill("SIGSTOP");
    await sleep(this.#between(STOP_MS));
    child?.kill("SIGCONT");
    await this.#revive(broker);
  }

  async #cut(broker: number): Promise<void> {
    const cut: Cut = this.#random.fraction() < 0.5 ? "requests" : "answers";
    cutFromStore(broker, cut);
    await sleep(this.#between(CUT_MS));
    healCut(broker, cut);
    await this.#revive(broker);
  }

  async #restart(broker: number, signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const child = this.#brokers.get(broker);
    const ended = child === undefined || child.exitCode !== null ? undefined : once(child, "exit");
    child?.kill(signal);
    await ended;
    await sleep(this.#between(DOWN_MS));
    await this.start(broker);
  }

  /** A broker that ended by itself (it slept past its deletions, say) is started again, as a supervisor would. */
  async #revive(broker: number): Promise<void> {
    await sleep(500);
    const child = this.#brokers.get(broker);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) await this.start(broker);
  }

  async stop(): Promise<void> {
    await Promise.all(
      [...this.#brokers.values()].map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = once(child, "exit");
        child.kill("SIGCONT");
        child.kill("SIGTERM");
        const force = setTimeout(() => child.kill("SIGKILL"), 15_000);
        await ended;
        clearTimeout(force);
      }),
    );
  }

  /** Moves the log away from its owner on purpose, with all brokers well; for the figure of a graceful move. */
  async moveGracefully(): Promise<FaultEvent | undefined> {
    const owner = await findOwner(this.count);
    if (owner === undefined) return undefined;
    const startedMs = Date.now();
    await this.#restart(owner, "SIGTERM");
    const event = { kind: "graceful", broker: owner, wasOwner: true, startedMs, endedMs: Date.now() } as const;
    this.events.push(event);
    return event;
  }
}
