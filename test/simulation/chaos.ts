import type { Dice } from "./dice.ts";
import type { SimulatedBroker } from "./simulated-broker.ts";
import type { World } from "./world.ts";

/** What may happen to brokers, each as often as its weight says. */
export interface ChaosWeights {
  /** Kill -9; the node comes back as a new process. */
  readonly crash: number;
  /** SIGSTOP, or a frozen virtual machine. */
  readonly pause: number;
  /** The network between a broker and the store is cut. */
  readonly partition: number;
  /** A wall clock jumps. */
  readonly clockJump: number;
  /** A second process of the same node starts while the first still runs. */
  readonly twin: number;
  /** Somebody deletes the pointer. */
  readonly pointerLoss: number;
  /** A broker takes the shard from a healthy owner. */
  readonly steal: number;
  /** A broker gives the shard up, or what it believes to own. */
  readonly release: number;
}

const JUMP_MS = 3_600_000;

/** Makes trouble until the world is calm. */
export class Chaos {
  readonly #world: World;
  readonly #dice: Dice;
  readonly #weights: ChaosWeights;
  readonly #everyMs: number;
  readonly #actions: number;

  constructor(
    world: World,
    plan: { readonly weights: ChaosWeights; readonly everyMs: number; readonly actions: number },
  ) {
    this.#world = world;
    this.#dice = world.dice.fork();
    this.#weights = plan.weights;
    this.#everyMs = plan.everyMs;
    this.#actions = plan.actions;
  }

  async run(): Promise<void> {
    for (let action = 0; action < this.#actions; action++) {
      await this.#world.time.sleep(this.#dice.between(0.1, 2) * this.#everyMs);
      if (this.#world.isCalm) return;
      this.#act();
    }
  }

  #act(): void {
    const { running, bucket, trace } = this.#world;
    const action = this.#dice.weighted<keyof ChaosWeights>({ ...this.#weights });
    const broker = running.length === 0 ? undefined : this.#dice.pick(running);
    if (broker === undefined || action === undefined) return;
    trace.note(action.length, () => `CHAOS ${action} ${broker.machine.name}`);
    switch (action) {
      case "crash":
        return this.#crash(broker);
      case "pause":
        return broker.machine.pause(this.#napMs(), this.#dice.chance(0.3));
      case "partition":
        broker.machine.isPartitioned = true;
        this.#world.time.after(this.#napMs(), () => {
          broker.machine.isPartitioned = false;
        });
        return;
      case "clockJump":
        broker.machine.skewMs += this.#dice.between(-JUMP_MS, JUMP_MS);
        return;
      case "twin":
        if (running.length < this.#world.settings.brokers + 2) this.#world.start(broker.node);
        return;
      case "steal":
        return broker.machine.deliver(() => void broker.claim().catch(() => undefined));
      case "release":
        return broker.machine.deliver(() => void broker.release().catch(() => undefined));
      case "pointerLoss":
        bucket.delete(["ptr/0"]);
        return;
    }
  }

  #crash(broker: SimulatedBroker): void {
    broker.machine.crash();
    const restart = (): void => {
      const isBack = this.#world.running.some(({ node }) => node === broker.node);
      if (!isBack && !this.#world.isOver) this.#world.start(broker.node);
    };
    this.#world.time.after(this.#dice.chance(0.8) ? this.#dice.between(10, 500) : this.#napMs(), restart);
  }

  #napMs(): number {
    const { naps, longPauses } = this.#world.settings;
    if (!this.#dice.chance(longPauses)) return this.#dice.between(20, 1_500);
    return this.#dice.pick(naps) * this.#dice.between(0.8, 1.3);
  }
}
