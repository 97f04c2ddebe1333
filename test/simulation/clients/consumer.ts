import type { FetchAnswer } from "../simulated-broker.ts";
import type { World } from "../world.ts";
import { Client } from "./client.ts";
import type { TopicPlace } from "./client.ts";

/** Reads that must have succeeded after the trouble before a consumer is content. */
const LAST_READS = 2;

/**
 * Reads a partition from any broker, in order, and compares every byte with the truth. In its session an end offset
 * never goes back, and what was acknowledged before it asked is below the end.
 */
export class Consumer extends Client {
  readonly #place: TopicPlace;
  #position = 0;
  #endSeen = 0;

  constructor(world: World, name: string, place: TopicPlace) {
    super(world, name);
    this.#place = place;
  }

  protected async work(): Promise<void> {
    for (let readsInCalm = 0; readsInCalm < LAST_READS;) {
      const read = this.dice.chance(0.3) ? await this.#askEnd() : await this.#fetch();
      if (read === "gone") return;
      if (this.world.isCalm && this.world.producersAreDone && read === "ok" && this.#position >= this.#endSeen)
        readsInCalm++;
      await this.pause();
      // Consumers have less to do than producers.
      await this.world.time.sleep(this.dice.between(10, 250));
    }
  }

  async #askEnd(): Promise<"ok" | "failed" | "gone"> {
    const { topicId, partition } = this.#place;
    const acked = this.#ackedEnd();
    const result = await this.network.call(await this.broker(), (broker) => broker.endOffset(topicId, partition));
    if (!result.ok) return this.#failed();
    const end = result.answer;
    if (end === undefined) return this.#unknown();
    this.world.checker.expect(
      end >= this.#endSeen && end >= acked,
      "end-never-goes-back",
      () => `${this.name}: end ${end}, after it had seen ${this.#endSeen}; ${acked} were acknowledged before`,
    );
    this.#endSeen = Math.max(this.#endSeen, end);
    return "ok";
  }

  async #fetch(): Promise<"ok" | "failed" | "gone"> {
    const { topicId, partition } = this.#place;
    const position = this.#position;
    const result = await this.network.call(await this.broker(), (broker) => broker.fetch(topicId, partition, position));
    if (!result.ok) return this.#failed();
    if (result.answer === undefined) return this.#unknown();
    if (result.answer.status === "out-of-range") return this.#outOfRange(result.answer);
    for (const batch of result.answer.batches) if (!this.#take(batch)) return "failed";
    return "ok";
  }

  /** Only what a policy has removed may be out of range. */
  #outOfRange(answer: Extract<FetchAnswer, { status: "out-of-range" }>): "ok" {
    const start = this.world.reference.state.partition(this.#place.topicId, this.#place.partition)?.logStartOffset;
    this.world.checker.expect(
      this.#position < (start ?? Infinity),
      "end-never-goes-back",
      () =>
        `${this.name}: ${this.#position} is out of range ${answer.logStartOffset}-${answer.endOffset}, start is ${start}`,
    );
    this.#position = Math.max(this.#position, answer.logStartOffset);
    return "ok";
  }

  /** One batch as a consumer sees it. False when it must be asked for again. */
  #take(batch: Uint8Array): boolean {
    const { checker, reference, attempts, settings } = this.world;
    const { topicId, partition } = this.#place;
    const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
    const base = Number(view.getBigInt64(0));
    const attempt = attempts.find(batch);
    // A consumer checks the checksum; a wrong bit on the way to the broker is found here.
    if (attempt === undefined && settings.spoilsReads) return false;
    const start = reference.state.partition(topicId, partition)?.logStartOffset ?? 0;
    // What was deleted on request while the broker was reading may be left out.
    const stored = reference
      .batchesOf(topicId, partition)
      .find(({ endOffset }) => endOffset > this.#position && (endOffset > start || endOffset > base));
    const matches =
      stored !== undefined &&
      stored.attempt === attempt &&
      stored.baseOffset === base &&
      stored.epoch === view.getInt32(12);
    if (!matches) {
      checker.fail(
        "reads-are-true",
        `${this.name}: at ${this.#position} it got #${attempt?.number} at ${base} epoch ${view.getInt32(12)}, the log holds ` +
          `#${stored?.attempt.number} at ${stored?.baseOffset} epoch ${stored?.epoch}`,
      );
      return false;
    }
    this.#position = stored.endOffset;
    return true;
  }

  #ackedEnd(): number {
    let end = 0;
    for (const { attempt, endOffset } of this.world.reference.batchesOf(this.#place.topicId, this.#place.partition))
      if (attempt.ackedAt !== undefined) end = endOffset;
    return end;
  }

  #failed(): "failed" {
    this.changeBroker();
    return "failed";
  }

  #unknown(): "failed" | "gone" {
    if (this.world.isDeletable(this.#place.topicId)) return "gone";
    this.world.checker.fail("end-never-goes-back", `${this.name}: topic ${this.#place.topicId} is unknown`);
    return "gone";
  }
}
