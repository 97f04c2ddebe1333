import type { World } from "../world.ts";
import { Client } from "./client.ts";

const STEPS = ["flush", "merge", "compact", "collectGarbage", "sweep"] as const;

/** Lets brokers keep house at arbitrary times: mostly the owner, now and then one that should not. */
export class HousekeepingDriver extends Client {
  readonly #rounds: number;

  constructor(world: World, rounds: number) {
    super(world, "housekeeping");
    this.#rounds = rounds;
  }

  protected async work(): Promise<void> {
    for (let round = 0; round < this.#rounds && !this.world.isOver; round++) {
      const step = this.dice.chance(0.7) ? "runOnce" : this.dice.pick(STEPS);
      const result = await this.network.call(await this.broker(), (broker) => broker.keepHouse(step));
      if (!result.ok) this.changeBroker();
      await this.pause();
      // Floors are raised in one round and their entries deleted in a later one, so rounds are spread.
      await this.world.nap(this.dice.pick(this.world.settings.roundNaps) * this.dice.between(0.9, 1.05));
    }
  }
}
