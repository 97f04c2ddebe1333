import type { BatchOutcome } from "@streambed/log-storage";
import type { Attempt } from "../attempts.ts";
import { ClientNetwork } from "../client-network.ts";
import type { Dice } from "../dice.ts";
import type { SimulatedBroker } from "../simulated-broker.ts";
import type { World } from "../world.ts";

/** A topic that clients use. */
export interface TopicPlace {
  readonly topicId: string;
  readonly partition: number;
}

/** Something outside of the brokers that has work to do and ends. */
export abstract class Client {
  readonly name: string;
  isDone: boolean = false;
  protected readonly world: World;
  protected readonly dice: Dice;
  protected readonly network: ClientNetwork;
  #broker: SimulatedBroker | undefined;

  constructor(world: World, name: string) {
    this.name = name;
    this.world = world;
    this.dice = world.dice.fork();
    this.network = new ClientNetwork(world);
  }

  /** Does the work. */
  async run(): Promise<void> {
    await this.work();
    this.isDone = true;
    this.world.trace.note(this.name.length, () => `${this.name}  is done`);
  }

  protected abstract work(): Promise<void>;

  /** A short wait between two requests; while there is trouble also a long one. */
  protected async pause(): Promise<void> {
    const { world, dice } = this;
    const nap = !world.isCalm && dice.chance(world.settings.napRate);
    if (nap) await world.nap(dice.pick(world.settings.clientNaps) * dice.between(0.8, 1.3));
    else await world.time.sleep(dice.between(2, 60));
  }

  /** The broker this client talks to; it changes after errors, and sometimes just so. */
  protected async broker(): Promise<SimulatedBroker> {
    for (;;) {
      const current = this.#broker;
      if (current !== undefined && current.machine.isAlive && !this.dice.chance(0.08)) return current;
      this.#broker = this.network.anyBroker();
      if (this.#broker !== undefined) return this.#broker;
      await this.pause();
    }
  }

  /** After a failure: the broker that the last one takes for the owner, or just another one. */
  protected changeBroker(): void {
    const ownerNode = this.dice.chance(0.7) ? this.#broker?.ownerNode : undefined;
    const owner = this.world.running.findLast(({ node }) => node === ownerNode);
    this.#broker = owner ?? this.network.anyBroker();
  }

  /** Repeats a call until some broker answers. For what may be repeated. */
  protected async insist<Answer>(work: (broker: SimulatedBroker) => Promise<Answer>): Promise<Answer> {
    for (;;) {
      const result = await this.network.call(await this.broker(), work);
      if (result.ok) return result.answer;
      this.changeBroker();
      await this.pause();
    }
  }

  /** The client was told that a batch is stored: it must be there. */
  protected acknowledged(attempt: Attempt, outcome: Exclude<BatchOutcome, { status: "rejected" }>): void {
    const { topicId, partition } = attempt;
    attempt.ackedAt = outcome.baseOffset;
    const stored = this.world.reference.batchAt(topicId, partition, outcome.baseOffset);
    this.world.checker.expect(
      stored?.attempt === attempt,
      "acked-is-stored",
      () =>
        `${this.name}: #${attempt.number} was ${outcome.status} at ${outcome.baseOffset} of ${topicId}-${partition}, where ` +
        (stored === undefined ? "nothing begins" : `#${stored.attempt.number} is`),
    );
  }
}
