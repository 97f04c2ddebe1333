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
    for (let round = 0; round < this.#rounds; round++) {
      const step = this.dice.chance(0.5) ? "runOnce" : this.dice.pick(STEPS);
      const result = await this.network.call(await this.broker(), (broker) => broker.keepHouse(step));
      if (!result.ok) this.changeBroker();
      await this.pause();
      await this.pause();
    }
  }
}
