import type { World } from "../world.ts";
import { Client } from "./client.ts";
import type { TopicPlace } from "./client.ts";

/** A producer without sequence numbers. What was not answered it may send again, as a new batch, as Kafka's would. */
export class PlainProducer extends Client {
  readonly #places: readonly TopicPlace[];
  readonly #batches: number;
  readonly #inline: boolean;

  constructor(
    world: World,
    name: string,
    places: readonly TopicPlace[],
    options: { batches: number; inline: boolean },
  ) {
    super(world, name);
    this.#places = places;
    this.#batches = options.batches;
    this.#inline = options.inline;
  }

  protected async work(): Promise<void> {
    for (let sent = 0; sent < this.#batches; sent++) {
      // Now and then a broker has several proposals at once.
      const requests = Array.from({ length: 1 + this.dice.below(3) }, () => this.#send());
      await Promise.all(requests);
      await this.pause();
    }
  }

  async #send(): Promise<void> {
    const recordCount = 1 + this.dice.below(2);
    const attempts = Array.from({ length: this.dice.chance(0.2) ? 2 : 1 }, () =>
      this.world.attempts.make({
        client: this.name,
        ...this.dice.pick(this.#places),
        recordCount,
        keys: Array.from({ length: recordCount }, () => `k${this.dice.below(4)}`),
        // Another record keeps the bytes of a batch unlike all others.
        tombstones: recordCount > 1 && this.dice.chance(0.15) ? [0] : [],
        timestampMs: this.world.bucket.timeMs,
        inline: this.#inline,
      }),
    );
    const result = await this.network.call(await this.broker(), (broker) => broker.produce(attempts));
    if (!result.ok) {
      if (this.world.isCertainRefusal(result.code)) for (const attempt of attempts) attempt.refused = true;
      return this.changeBroker();
    }
    for (const [at, attempt] of attempts.entries()) {
      const outcome = result.answer[at];
      if (outcome?.status === "rejected") attempt.refused = true;
      else if (outcome !== undefined) this.acknowledged(attempt, outcome);
    }
  }
}
