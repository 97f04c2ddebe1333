import { fromUtf8 } from "@streambed/kernel";
import { decodeBatchHeader, defaultCodecs, iterateRecords, verifyCrc } from "@streambed/protocol";
import type { AttemptRecord } from "../attempts.ts";
import type { World } from "../world.ts";
import { Client } from "./client.ts";
import type { TopicPlace } from "./client.ts";

/** Reads a compacted partition from its start to its end once, and proves that only what policy removes is missing. */
export class CompactionReader extends Client {
  readonly #place: TopicPlace;
  #position = 0;
  readonly #found = new Map<number, AttemptRecord>();

  constructor(world: World, name: string, place: TopicPlace) {
    super(world, name);
    this.#place = place;
  }

  protected async work(): Promise<void> {
    const { topicId, partition } = this.#place;
    for (;;) {
      const from = this.#position;
      const answer = await this.insist((broker) => broker.fetch(topicId, partition, from));
      if (answer === undefined) return;
      if (answer.status === "out-of-range") {
        if (from >= answer.logStartOffset) return;
        this.#position = answer.logStartOffset;
        continue;
      }
      if (answer.batches.length === 0) break;
      for (const batch of answer.batches) {
        // As consumers do: what has a wrong checksum is asked for again.
        if (!verifyCrc(batch)) break;
        this.#take(batch);
      }
      await this.pause();
      if (this.world.checker.isBroken) return;
    }
    this.#checkNothingIsMissing(this.#position);
  }

  #take(batch: Uint8Array): void {
    const { checker } = this.world;
    const position = this.#position;
    const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
    const end = Number(view.getBigInt64(0)) + view.getInt32(23) + 1;
    checker.expect(end > position, "reads-are-true", () => `${this.name}: a batch ends at ${end}, before ${position}`);
    for (const record of iterateRecords(batch, decodeBatchHeader(batch), { codecs: defaultCodecs })) {
      const { offset } = record;
      const key = record.key === null ? undefined : fromUtf8(record.key);
      const value = record.value === null ? null : fromUtf8(record.value);
      const original = this.#original(offset);
      checker.expect(
        original !== undefined && original.key === key && original.value === value,
        "reads-are-true",
        () => `${this.name}: offset ${offset} holds ${key}=${value} instead of ${original?.key}=${original?.value}`,
      );
      this.#found.set(offset, { key, value });
    }
    this.#position = Math.max(position, end);
  }

  #original(offset: number): AttemptRecord | undefined {
    const batches = this.world.reference.batchesOf(this.#place.topicId, this.#place.partition);
    const batch = batches.find(({ endOffset }) => endOffset > offset);
    return batch?.attempt.records[offset - batch.baseOffset];
  }

  /** The last value of every key must be there; tombstones and what comes before a later value may go. */
  #checkNothingIsMissing(end: number): void {
    const { reference, checker } = this.world;
    const { topicId, partition } = this.#place;
    const start = reference.state.partition(topicId, partition)?.logStartOffset ?? 0;
    const last = new Map<string | undefined, { readonly offset: number; readonly record: AttemptRecord }>();
    for (const { baseOffset, attempt } of reference.batchesOf(topicId, partition)) {
      for (const [at, record] of attempt.records.entries()) last.set(record.key, { offset: baseOffset + at, record });
    }
    for (const [key, { offset, record }] of last) {
      if (offset < start || offset >= end || record.value === null || key === undefined) continue;
      checker.expect(
        this.#found.has(offset),
        "acked-is-stored",
        () => `${this.name}: the last value of ${key}, at ${offset}, is missing`,
      );
    }
  }
}
