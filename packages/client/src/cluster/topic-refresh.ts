import type { Cluster } from "./cluster.ts";
import { backoffMs } from "../net/backoff.ts";

/** What to ask, and whom to tell. */
export interface TopicRefreshOptions {
  readonly allowAutoTopicCreation: boolean;
  readonly onNews: () => void;
}

/** Keeps asking for the metadata of topics somebody waits for, one question per topic at a time, with backoff. */
export class TopicRefresh {
  readonly #cluster: Cluster;
  readonly #options: TopicRefreshOptions;
  readonly #asking = new Map<string, number>();
  readonly #running = new Set<string>();

  constructor(cluster: Cluster, options: TopicRefreshOptions) {
    this.#cluster = cluster;
    this.#options = options;
  }

  /** Asks now, or after the backoff when `again`: the last answer did not help. Calls `onNews` afterwards. */
  ask(topic: string, again: boolean): void {
    if (this.#running.has(topic)) return;
    this.#running.add(topic);
    const attempts = again ? (this.#asking.get(topic) ?? 0) + 1 : 0;
    this.#asking.set(topic, attempts);
    const { clock, random, retryBackoff } = this.#cluster.settings;
    const run = (): void => void this.#run(topic);
    if (attempts === 0) return run();
    clock.schedule(backoffMs(retryBackoff, attempts - 1, random), run);
  }

  async #run(topic: string): Promise<void> {
    const { clock, random, retryBackoff } = this.#cluster.settings;
    const { allowAutoTopicCreation } = this.#options;
    const found = await this.#cluster.lookUp({ topics: [topic], allowAutoTopicCreation }).then(
      ([lookup]) => lookup?.ok === true,
      () => false,
    );
    const news = (): void => {
      this.#running.delete(topic);
      this.#options.onNews();
    };
    if (found) return news();
    const attempts = (this.#asking.get(topic) ?? 0) + 1;
    this.#asking.set(topic, attempts);
    clock.schedule(backoffMs(retryBackoff, attempts - 1, random), news);
  }
}
