import type { BrokerRegistration, ClusterStatus, ClusterStatusQuery } from "@streambed/contracts";
import type { Clock } from "@streambed/kernel";
import { STATUS_HELD_MAX, STATUS_LOOK_MS, STATUS_WAIT_MS, TAIL_NEWS_ENTRIES } from "./limits.ts";

/** A status before it is given a cursor. */
export type StatusFacts = Omit<ClusterStatus, "cursor" | "nodeId" | "incarnation">;

/** Answers questions about this broker, and holds those that ask for news until there are some. */
export class StatusBoard {
  readonly #self: Pick<BrokerRegistration, "nodeId" | "incarnation">;
  readonly #clock: Clock;
  readonly #facts: () => StatusFacts;
  #version = 0;
  #published = "";
  readonly #held: Set<() => void> = new Set();
  #closed = false;

  constructor(
    self: Pick<BrokerRegistration, "nodeId" | "incarnation">,
    parts: { readonly clock: Clock; readonly facts: () => StatusFacts },
  ) {
    this.#self = self;
    this.#clock = parts.clock;
    this.#facts = parts.facts;
  }

  /** Resolves at once when something has changed since `after`, else at the next change or when the time is over. */
  async answer(query: ClusterStatusQuery, signal?: AbortSignal): Promise<ClusterStatus> {
    const untilMs = this.#clock.elapsed() + Math.min(query.waitMs, STATUS_WAIT_MS);
    for (;;) {
      const status = this.#current();
      const leftMs = untilMs - this.#clock.elapsed();
      const isOver = leftMs <= 0 || this.#closed || signal?.aborted === true || this.#held.size >= STATUS_HELD_MAX;
      if (status.cursor !== query.after || isOver) return status;
      await this.#nextLook(Math.min(leftMs, STATUS_LOOK_MS));
    }
  }

  /** Something has changed that others should know at once. */
  wake(): void {
    for (const look of this.#held) look();
  }

  /** Holds no question any more. */
  close(): void {
    this.#closed = true;
    this.wake();
  }

  #current(): ClusterStatus {
    const facts = this.#facts();
    const { brokers: _, shards, ...news } = facts;
    const published = JSON.stringify({ ...news, shards: shards.map(newsOf) });
    if (published !== this.#published) this.#version++;
    this.#published = published;
    const { nodeId, incarnation } = this.#self;
    return { ...facts, nodeId, incarnation, cursor: `${incarnation}:${this.#version}` };
  }

  /** The log does not tell when it grows, so a held question looks now and then. */
  #nextLook(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        cancel();
        this.#held.delete(look);
        resolve();
      };
      const cancel = this.#clock.schedule(ms, look);
      this.#held.add(look);
    });
  }
}

/** Every entry of a leader is news: others fold it. How far a follower has come matters to about {@link TAIL_NEWS_ENTRIES}. */
function newsOf(shard: StatusFacts["shards"][number]): StatusFacts["shards"][number] {
  if (shard.leading) return shard;
  return { ...shard, tailSeq: Math.floor(shard.tailSeq / TAIL_NEWS_ENTRIES) };
}
