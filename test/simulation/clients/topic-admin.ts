import { randomUuid } from "@streambed/kernel";
import type { World } from "../world.ts";
import { Client } from "./client.ts";
import type { TopicPlace } from "./client.ts";

const ROUNDS = 2;

/** Creates topics, uses them a little, grows, trims and deletes them. */
export class TopicAdmin extends Client {
  readonly #places: readonly TopicPlace[];

  constructor(world: World, name: string, places: readonly TopicPlace[]) {
    super(world, name);
    this.#places = places;
  }

  protected async work(): Promise<void> {
    for (let round = 0; round < ROUNDS; round++) {
      await this.pause();
      await this.#trim();
      const topicId = await this.#create();
      await this.pause();
      const config = new Map([["retention.ms", `${this.dice.below(1_000)}`]]);
      await this.insist((broker) => broker.command({ kind: "alter-configs", topicId, changes: config }));
      if (this.dice.chance(0.5))
        await this.insist((broker) => broker.command({ kind: "create-partitions", topicId, partitions: 2 }));
      await this.#append(topicId);
      await this.pause();
      await this.insist((broker) => broker.command({ kind: "delete-topic", topicId }));
    }
  }

  /** Each try makes a topic of its own, as each request to a broker does; late ones may be created after all. */
  async #create(): Promise<string> {
    for (let topic = 0; ; topic++) {
      const topicId = randomUuid(this.dice);
      const name = `volatile-${topic}`;
      this.world.deletable.add(topicId);
      const create = {
        kind: "create-topic",
        topicId,
        name,
        partitions: 1,
        configs: new Map<string, string>(),
      } as const;
      const result = await this.network.call(await this.broker(), (broker) => broker.command(create));
      if (result.ok && result.answer.status === "applied") return topicId;
      this.changeBroker();
      await this.pause();
    }
  }

  async #append(topicId: string): Promise<void> {
    const { attempts, bucket } = this.world;
    const attempt = attempts.make({
      client: this.name,
      topicId,
      partition: 0,
      recordCount: 1,
      keys: [],
      timestampMs: bucket.timeMs,
    });
    const result = await this.network.call(await this.broker(), (broker) => broker.produce([attempt]));
    const outcome = result.ok ? result.answer[0] : undefined;
    if (outcome !== undefined && outcome.status !== "rejected") this.acknowledged(attempt, outcome);
  }

  /** DeleteRecords: the start of a partition moves to some offset that exists. */
  async #trim(): Promise<void> {
    if (this.#places.length === 0) return;
    const { topicId, partition } = this.dice.pick(this.#places);
    const end = this.world.reference.state.partition(topicId, partition)?.endOffset ?? 0;
    const offset = this.dice.below(end + 1);
    await this.insist((broker) => broker.command({ kind: "advance-start", topicId, partition, offset }));
  }
}
