import type { Clock, Logger } from "@streambed/kernel";
import { messageOf } from "@streambed/kernel";
import type { GroupRecord } from "@streambed/consumer-coordinator";
import { groupPartition } from "@streambed/consumer-coordinator";
import type { RecordInput } from "@streambed/protocol";
import { APPEND_RECORDS_MAX } from "./limits.ts";

/** The part of `__consumer_offsets` that is needed to write to it. */
export interface OffsetsTopic {
  readonly partitions: number;
  /** Creates the topic when it is missing. */
  ensure(): Promise<void>;
  /**
   * Resolves when the records are durable and part of the state, or refused. Keeps the order of calls. `mentioned` are
   * names of topics whose deletion takes some of the records along.
   */
  append(
    partition: number,
    records: readonly RecordInput[],
    mentioned: readonly string[],
  ): Promise<{ readonly ok: true } | { readonly ok: false; readonly error: { readonly errorMessage: string } }>;
}

interface Pending {
  readonly groupId: string;
  readonly records: readonly GroupRecord[];
  readonly settle: (isDurable: boolean) => void;
}

/** Writes records of groups in the order they come; those of one tick share an append. */
export class GroupAppender {
  readonly #topic: OffsetsTopic;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #last: Map<string, Promise<boolean>> = new Map();
  #queue: Pending[] = [];
  #draining = false;

  constructor(topic: OffsetsTopic, parts: { readonly clock: Clock; readonly logger: Logger }) {
    this.#topic = topic;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
  }

  /** Resolves with true when the records are durable, with false when they are not. Never rejects. */
  append(groupId: string, records: readonly GroupRecord[]): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const settle = (isDurable: boolean): void => {
      if (this.#last.get(groupId) === promise) this.#last.delete(groupId);
      resolve(isDurable);
    };
    this.#queue.push({ groupId, records, settle });
    this.#last.set(groupId, promise);
    void this.#drain();
    return promise;
  }

  /** Resolves when every append of the group so far has settled. Never rejects. */
  async whenSettled(groupId: string): Promise<void> {
    // Appends of a group go to one partition, in order.
    await this.#last.get(groupId);
  }

  async #drain(): Promise<void> {
    if (this.#draining) return;
    this.#draining = true;
    try {
      // The await also lets everything of this tick gather.
      await this.#topic.ensure();
    } catch (error) {
      this.#logger.log("warn", "group-topic-missing", { error: messageOf(error) });
      this.#draining = false;
      for (const { settle } of this.#queue.splice(0)) settle(false);
      return;
    }
    const queue = this.#queue.splice(0);
    this.#draining = false;
    for (const [partition, pending] of this.#byPartition(queue)) void this.#write(partition, pending);
  }

  #byPartition(queue: readonly Pending[]): Iterable<[number, Pending[]]> {
    const byPartition = new Map<number, Pending[]>();
    for (const pending of queue) {
      const partition = groupPartition(pending.groupId, this.#topic.partitions);
      const neighbours = byPartition.get(partition);
      if (neighbours === undefined) byPartition.set(partition, [pending]);
      else neighbours.push(pending);
    }
    return byPartition;
  }

  /** Small groups share a batch; each batch stands or falls as a whole. */
  async #write(partition: number, pending: readonly Pending[]): Promise<void> {
    let batch: Pending[] = [];
    let records = 0;
    const batches = [batch];
    for (const each of pending) {
      if (records > 0 && records + each.records.length > APPEND_RECORDS_MAX) {
        batches.push((batch = []));
        records = 0;
      }
      batch.push(each);
      records += each.records.length;
    }
    await Promise.all(batches.map((each) => this.#writeBatch(partition, each)));
  }

  async #writeBatch(partition: number, pending: readonly Pending[]): Promise<void> {
    const timestamp = this.#clock.now();
    const records = pending.flatMap((each) => each.records.map(({ key, value }) => ({ key, value, timestamp })));
    const mentioned = new Set(pending.flatMap((each) => each.records.flatMap(({ topic }) => topic ?? [])));
    const outcome = await this.#topic.append(partition, records, [...mentioned]);
    if (!outcome.ok) this.#logger.log("warn", "group-append-failed", { partition, error: outcome.error.errorMessage });
    for (const { settle } of pending) settle(outcome.ok);
  }
}
