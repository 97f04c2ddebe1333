import type { Attempt, ProducerIdentity } from "../attempts.ts";
import type { World } from "../world.ts";
import { Client } from "./client.ts";
import type { TopicPlace } from "./client.ts";

/** In flight at most, as in Kafka's producer. */
const WINDOW_MAX = 5;

/**
 * A producer with sequence numbers: up to five batches in flight, everything retried in order on any broker until it is
 * acknowledged. After a failure it sends one batch at a time until none is left of those that were sent, as Kafka's
 * producer does (`RecordAccumulator.shouldStopDrainBatchesForPartition`).
 */
export class IdempotentProducer extends Client {
  readonly #place: TopicPlace;
  readonly #batches: number;
  #identity: ProducerIdentity | undefined;

  constructor(world: World, name: string, place: TopicPlace, batches: number) {
    super(world, name);
    this.#place = place;
    this.#batches = batches;
  }

  protected async work(): Promise<void> {
    this.#identity = { producerId: await this.#allocate(), producerEpoch: 0 };
    let unacked: Attempt[] = [];
    let made = 0;
    let sequence = 0;
    let window = 1;
    while (made < this.#batches || unacked.length > 0) {
      while (unacked.length < window && made < this.#batches) {
        const attempt = this.#make(sequence);
        unacked.push(attempt);
        sequence += attempt.recordCount;
        made++;
      }
      const before = unacked.length;
      const left = await this.#send(unacked.slice(0, window));
      if (left === "topic-gone") return;
      unacked = unacked.filter((attempt) => attempt.ackedAt === undefined);
      // A batch that is sent again is settled before new ones follow: the log remembers five, and so many may be behind it.
      window = left === "all-acked" && unacked.length === 0 ? this.dice.below(WINDOW_MAX) + 1 : 1;
      if (unacked.length === before) this.changeBroker();
      await this.pause();
    }
  }

  async #allocate(): Promise<number> {
    const outcome = await this.insist((broker) => broker.command({ kind: "allocate-producer-ids", count: 1 }));
    if (outcome.status !== "allocated") throw new Error(`No producer id: ${outcome.status}`);
    const { producerIds, checker } = this.world;
    checker.expect(
      !producerIds.has(outcome.firstProducerId),
      "sequence-applied-once",
      () => `producer id ${outcome.firstProducerId} was given out twice`,
    );
    producerIds.add(outcome.firstProducerId);
    return outcome.firstProducerId;
  }

  #make(baseSequence: number): Attempt {
    const recordCount = 1 + this.dice.below(3);
    return this.world.attempts.make({
      client: this.name,
      ...this.#place,
      recordCount,
      keys: Array.from({ length: recordCount }, () => `k${this.dice.below(4)}`),
      // Another record keeps the bytes of a batch unlike all others.
      tombstones: recordCount > 1 && this.dice.chance(0.15) ? [0] : [],
      timestampMs: this.world.bucket.timeMs,
      ...(this.#identity === undefined ? {} : { identity: this.#identity }),
      baseSequence,
    });
  }

  /** Sends a window, one request per batch, to one broker. All before the first were acknowledged. */
  async #send(window: readonly Attempt[]): Promise<"all-acked" | "retry" | "topic-gone"> {
    const broker = await this.broker();
    const results = await Promise.all(
      window.map((attempt) => this.network.call(broker, (target) => target.produce([attempt]))),
    );
    let result: "all-acked" | "retry" | "topic-gone" = "all-acked";
    for (const [at, attempt] of window.entries()) {
      const call = results[at];
      const outcome = call?.ok === true ? call.answer[0] : undefined;
      if (outcome === undefined) result = result === "topic-gone" ? result : "retry";
      else if (outcome.status !== "rejected") this.acknowledged(attempt, outcome);
      else if (outcome.reason === "unknown-partition") result = "topic-gone";
      else {
        this.#refused(attempt, outcome.reason, at === 0);
        if (result === "all-acked") result = "retry";
      }
    }
    if (result === "topic-gone" && !this.world.isDeletable(this.#place.topicId)) return "retry";
    return result;
  }

  #refused(attempt: Attempt, reason: string, isFirst: boolean): void {
    if (!isFirst && reason === "out-of-order-sequence") return;
    this.world.checker.fail(
      "sequence-applied-once",
      `${this.name}: #${attempt.number} (sequence ${attempt.baseSequence}) was refused as ${reason} though all before it are stored`,
    );
  }
}
