import type { CommittedOffset, Consumer, Record, TopicPartition, TopicPartitionOffset } from "@streambed/client";
import { type Clock, messageOf, sleep, StreambedError } from "@streambed/kernel";
import { READ_BACKOFF_MS } from "../limits.ts";
import type { ConsumerInstance, InstanceConfig, ReadOptions, Seek, StateOutcome, SubscriptionRequest } from "./port.ts";

const DONE: StateOutcome = { ok: true };
const EXCLUSIVE: StateOutcome = {
  ok: false,
  reason:
    "Subscription to topics, partitions and pattern are mutually exclusive. DELETE the subscription first, or post " +
    "an empty list of assignments.",
};

/** Parts of {@link MemoryInstance}. */
export interface InstanceParts {
  readonly consumer: Consumer;
  readonly config: InstanceConfig;
  readonly clock: Clock;
  /** Called at the end of each read: the instance was used until now. */
  readonly onUsed: () => void;
}

/** A consumer instance in this process. */
export class MemoryInstance implements ConsumerInstance {
  readonly format: "binary" | "json";
  readonly #parts: InstanceParts;
  #mode: "none" | "subscribed" | "assigned" = "none";
  /** Polled while joining, before anybody asked; the next read hands them out. */
  #early: readonly Record[] = [];
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(parts: InstanceParts) {
    this.#parts = parts;
    this.format = parts.config.format;
  }

  subscribe(request: SubscriptionRequest): Promise<StateOutcome> {
    return this.#inTurn(async () => {
      if (this.#mode === "assigned") return EXCLUSIVE;
      const { consumer } = this.#parts;
      this.#rewindEarly();
      if ("topics" in request) consumer.subscribe({ topics: request.topics });
      else consumer.subscribe({ pattern: wholeName(request.topicPattern) });
      this.#mode = "subscribed";
      this.#early = await this.#beginJoin();
      return DONE;
    });
  }

  unsubscribe(): Promise<void> {
    return this.#inTurn(async () => {
      this.#early = [];
      if (this.#mode !== "none") await this.#parts.consumer.unsubscribe();
      this.#mode = "none";
    });
  }

  async subscription(): Promise<readonly string[]> {
    return this.#parts.consumer.subscription();
  }

  assign(partitions: readonly TopicPartition[]): Promise<StateOutcome> {
    return this.#inTurn(async () => {
      if (this.#mode === "subscribed") return EXCLUSIVE;
      this.#early = [];
      this.#parts.consumer.assign(partitions);
      this.#mode = partitions.length === 0 ? "none" : "assigned";
      return DONE;
    });
  }

  async assignment(): Promise<readonly TopicPartition[]> {
    return this.#parts.consumer.assignment();
  }

  seek(places: readonly Seek[]): Promise<StateOutcome> {
    return this.#inTurn(async () => {
      const missing = this.#notAssigned(places);
      if (missing !== null) return missing;
      const { consumer } = this.#parts;
      this.#rewindEarly();
      const times = places.filter((place) => "timestamp" in place);
      for (const place of places) if ("offset" in place) consumer.seek(place, place.offset);
      const found = times.length === 0 ? [] : await consumer.offsetsForTimes(times);
      for (const place of found) consumer.seek(place, place.offset);
      const late = times.filter((time) => !found.some((place) => samePartition(place, time)));
      // Nothing is that new: the next record to come is the first one at or after the time.
      if (late.length > 0) await consumer.seekToEnd(late);
      return DONE;
    });
  }

  seekToEdge(edge: "beginning" | "end", partitions: readonly TopicPartition[]): Promise<StateOutcome> {
    return this.#inTurn(async () => {
      const missing = this.#notAssigned(partitions);
      if (missing !== null) return missing;
      const { consumer } = this.#parts;
      this.#rewindEarly();
      // Kafka takes an empty list as "all assigned".
      const wanted = partitions.length === 0 ? consumer.assignment() : partitions;
      await (edge === "beginning" ? consumer.seekToBeginning(wanted) : consumer.seekToEnd(wanted));
      return DONE;
    });
  }

  async commit(offsets: readonly (TopicPartitionOffset & { readonly metadata?: string })[] | null): Promise<void> {
    if (offsets !== null) return this.#parts.consumer.commit(offsets);
    await this.#inTurn(async () => {
      this.#rewindEarly();
      await this.#parts.consumer.commit();
    });
  }

  committed(partitions: readonly TopicPartition[]): Promise<readonly CommittedOffset[]> {
    return this.#parts.consumer.committed(partitions);
  }

  read(options: ReadOptions): Promise<readonly Record[]> {
    return this.#inTurn(async () => {
      if (this.#mode === "none") return [];
      const records = [...this.#early];
      this.#early = [];
      try {
        await this.#fill(records, options);
      } catch (thrown) {
        // Nobody gets these records, so the next read must find them again.
        this.#rewind(records);
        throw thrown;
      } finally {
        this.#parts.onUsed();
      }
      return records;
    });
  }

  /** Leaves the group; commits what was handed out when auto commit is on. */
  async close(): Promise<void> {
    // Out of turn, so that it ends a read under way.
    this.#closed = true;
    this.#rewindEarly();
    await this.#parts.consumer.close();
  }

  /** Polls until the time is over, `bytesMax` is reached, or more than `fetch.min.bytes` are there. */
  async #fill(records: Record[], options: ReadOptions): Promise<void> {
    const { consumer, clock, config } = this.#parts;
    const deadlineMs = clock.elapsed() + Math.min(options.timeoutMs, config.requestTimeoutMs);
    const enough = config.fetchMinBytes < 0 ? options.bytesMax : Math.min(options.bytesMax, config.fetchMinBytes + 1);
    let bytes = sizeOf(records);
    for (;;) {
      const leftMs = deadlineMs - clock.elapsed();
      if (this.#closed || bytes >= enough || leftMs <= 0) return;
      const bounds = { timeoutMs: leftMs, maxBytes: options.bytesMax - bytes };
      const more = await consumer.poll(options.signal === undefined ? bounds : { ...bounds, signal: options.signal });
      records.push(...more);
      bytes += sizeOf(more);
      // An empty poll means that the time is over, unless the group is between two assignments.
      const restMs = deadlineMs - clock.elapsed();
      if (more.length === 0 && restMs > 0) await sleep(clock, Math.min(READ_BACKOFF_MS, restMs));
    }
  }

  /** A join begins with a poll. Doing one at once means that the first read waits only for what is left of it. */
  async #beginJoin(): Promise<readonly Record[]> {
    try {
      return await this.#parts.consumer.poll({ timeoutMs: 0 });
    } catch (thrown) {
      // No coordinator yet, or the like: the first read tries again and reports what it then finds.
      if (thrown instanceof StreambedError && thrown.retriable) return [];
      throw thrown;
    }
  }

  /** Puts the position back in front of records that were polled while joining and not handed out yet. */
  #rewindEarly(): void {
    const early = this.#early;
    this.#early = [];
    this.#rewind(early);
  }

  #rewind(records: readonly Record[]): void {
    const assigned = this.#parts.consumer.assignment();
    for (const record of firstOfEachPartition(records)) {
      if (assigned.some((partition) => samePartition(partition, record))) {
        this.#parts.consumer.seek(record, record.offset);
      }
    }
  }

  #notAssigned(partitions: readonly TopicPartition[]): StateOutcome | null {
    const assigned = this.#parts.consumer.assignment();
    const missing = partitions.find((wanted) => !assigned.some((partition) => samePartition(partition, wanted)));
    if (missing === undefined) return null;
    const name = `${missing.topic}-${missing.partition}`;
    return {
      ok: false,
      reason: `No current assignment for partition ${name}. Post it to /assignments, or read once after subscribing.`,
    };
  }

  /** Runs `work` after everything asked for earlier. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    // A failed call must not stop the ones after it; its caller has the rejection.
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}

/** The first record of each partition, in a list that is in order within partitions. */
export function firstOfEachPartition(records: readonly Record[]): readonly Record[] {
  const first = new Map<string, Record>();
  for (const record of records) {
    const name = `${record.topic} ${record.partition}`;
    if (!first.has(name)) first.set(name, record);
  }
  return [...first.values()];
}

/** Kafka matches a pattern against the whole topic name. */
export function wholeName(pattern: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`, "u");
  } catch (thrown) {
    throw new StreambedError({
      kind: "invalid",
      code: "INVALID_REQUEST",
      message: `topic_pattern is not a regular expression: ${messageOf(thrown)}`,
      cause: thrown,
    });
  }
}

function samePartition(left: TopicPartition, right: TopicPartition): boolean {
  return left.topic === right.topic && left.partition === right.partition;
}

/** Bytes of keys and values, which is what `max_bytes` and `fetch.min.bytes` count. */
function sizeOf(records: readonly Record[]): number {
  let bytes = 0;
  for (const record of records) bytes += (record.key?.length ?? 0) + (record.value?.length ?? 0);
  return bytes;
}
