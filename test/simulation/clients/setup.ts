import { Client } from "./client.ts";
import type { World } from "../world.ts";

/** A topic that every schedule has. */
export interface SetupTopic {
  readonly topicId: string;
  readonly name: string;
  readonly partitions: number;
  readonly configs: ReadonlyMap<string, string>;
}

/** Creates the topics of a schedule. */
export class Setup extends Client {
  readonly #topics: readonly SetupTopic[];

  constructor(world: World, name: string, topics: readonly SetupTopic[]) {
    super(world, name);
    this.#topics = topics;
  }

  protected async work(): Promise<void> {
    for (const topic of this.#topics) {
      await this.insist((broker) => broker.command({ kind: "create-topic", ...topic }));
    }
  }
}
