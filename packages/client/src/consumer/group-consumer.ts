import { StreambedError } from "@streambed/kernel";
import type { Cluster } from "../cluster/cluster.ts";
import type { Consumer, PollOptions, RebalanceListener, Subscription } from "../consumer-types.ts";
import { closedError, namedError, timedOut } from "../errors.ts";
import { CLOSE_TIMEOUT_MS } from "../limits.ts";
import { within } from "../net/within.ts";
import type { CommittedOffset, Record, TopicPartition, TopicPartitionOffset } from "../types.ts";
import { Bell } from "./bell.ts";
import { Committing, positionsOf } from "./committing.ts";
import type { ConsumerSettings } from "./consumer-settings.ts";
import { Fetcher } from "./fetcher.ts";
import { GroupMembership } from "./group-membership.ts";
import { fetchOffsets, NO_MEMBER, type OffsetToCommit } from "./group-offsets.ts";
import { EARLIEST, LATEST, listOffsets } from "./list-offsets.ts";
import { partitionKey, PartitionState } from "./partition-state.ts";
import { PositionLookup } from "./position-lookup.ts";
import { SubscriptionTopics } from "./subscription-topics.ts";

/** What a consumer is made of. */
export interface ConsumerParts {
  readonly cluster: Cluster;
  readonly settings: ConsumerSettings;
  readonly lane: string;
  readonly onClose: () => void;
}

const DEFAULT_POLL_MS = 1_000;
/** `for await` comes back this often to keep its place in the group. */
const ITERATOR_POLL_MS = 60_000;

/** The {@link Consumer}: ties membership, positions, fetches and commits together in `poll`. */
export class GroupConsumer implements Consumer {
  readonly #parts: ConsumerParts;
  readonly #states = new Map<string, PartitionState>();
  readonly #bell = new Bell();
  readonly #fetcher: Fetcher;
  readonly #positions: PositionLookup;
  readonly #committing: Committing;
  readonly #membership: GroupMembership | null;
  #subscription: SubscriptionTopics | null = null;
  #polling = false;
  #lastPollMs: number;
  #step: Promise<void> | null = null;
  #closing: Promise<void> | null = null;

  constructor(parts: ConsumerParts) {
    this.#parts = parts;
    const { cluster, settings, lane } = parts;
    const onChange = (): void => this.#bell.ring();
    const isCurrent = (state: PartitionState): boolean => this.#states.get(partitionKey(state)) === state;
    this.#lastPollMs = cluster.settings.clock.elapsed();
    this.#fetcher = new Fetcher({ cluster, settings, lane, isCurrent, onChange });
    this.#positions = new PositionLookup({ cluster, settings, lane, isCurrent, onChange });
    const { groupId } = settings;
    const sincePollMs = (): number => (this.#polling ? 0 : cluster.settings.clock.elapsed() - this.#lastPollMs);
    this.#membership =
      groupId === undefined
        ? null
        : new GroupMembership({ cluster, settings: { ...settings, groupId }, lane, onChange, sincePollMs });
    this.#committing = new Committing({
      cluster,
      settings,
      lane,
      states: () => [...this.#states.values()],
      committer: () => (this.#subscription === null ? NO_MEMBER : (this.#membership?.committer ?? NO_MEMBER)),
      onRefused: (error) => this.#membership?.noteRefusal(error),
    });
  }

  subscribe(subscription: Subscription): void {
    this.#checkOpen();
    if (this.#membership === null) throw namedError("INVALID_GROUP_ID", "subscribe", "this consumer has no groupId");
    if (this.#subscription === null && this.#states.size > 0) throw mixedUse("subscribe", "assign");
    const membership = this.#membership;
    this.#subscription = new SubscriptionTopics(subscription, {
      cluster: this.#parts.cluster,
      allowAutoTopicCreation: this.#parts.settings.allowAutoCreateTopics,
      assignedFrom: () => membership.watched,
      onChange: () => membership.wantRejoin(),
    });
    membership.wantRejoin();
  }

  async unsubscribe(): Promise<void> {
    if (this.#subscription === null) return this.assign([]);
    await this.#giveUp("onPartitionsRevoked");
    this.#subscription = null;
    await this.#membership?.leave(this.#parts.cluster.settings.requestTimeoutMs);
  }

  assign(partitions: readonly TopicPartition[]): void {
    this.#checkOpen();
    if (this.#subscription !== null) throw mixedUse("assign", "subscribe");
    this.#setAssignment(partitions);
  }

  assignment(): readonly TopicPartition[] {
    return [...this.#states.values()].map(({ topic, partition }) => ({ topic, partition }));
  }

  subscription(): readonly string[] {
    return this.#subscription?.topics ?? [];
  }

  async poll(options: PollOptions = {}): Promise<readonly Record[]> {
    this.#checkOpen();
    options.signal?.throwIfAborted();
    if (this.#subscription === null && this.#states.size === 0) throw nothingToRead();
    if (this.#polling) throw concurrentPoll();
    const { clock } = this.#parts.cluster.settings;
    const deadlineMs = clock.elapsed() + (options.timeoutMs ?? DEFAULT_POLL_MS);
    this.#polling = true;
    try {
      this.#committing.tick();
      return await this.#pollUntil(deadlineMs, options);
    } finally {
      this.#lastPollMs = clock.elapsed();
      this.#polling = false;
    }
  }

  fetchErrors(): readonly (TopicPartition & { readonly error: StreambedError })[] {
    return [...this.#states.values()].flatMap(({ topic, partition, retrying }) =>
      retrying === null ? [] : [{ topic, partition, error: retrying }],
    );
  }

  seek(partition: TopicPartition, offset: number): void {
    if (!Number.isSafeInteger(offset) || offset < 0) {
      throw namedError("OFFSET_OUT_OF_RANGE", `Seeking ${partition.topic}-${partition.partition} to ${offset}`);
    }
    this.#state(partition).seek(offset);
    this.#bell.ring();
  }

  async seekToBeginning(partitions: readonly TopicPartition[] = this.assignment()): Promise<void> {
    for (const partition of partitions) this.#state(partition).lookUp("earliest");
    await Promise.all(partitions.map((partition) => this.position(partition)));
  }

  async seekToEnd(partitions: readonly TopicPartition[] = this.assignment()): Promise<void> {
    for (const partition of partitions) this.#state(partition).lookUp("latest");
    await Promise.all(partitions.map((partition) => this.position(partition)));
  }

  async position(partition: TopicPartition): Promise<number> {
    const { clock, defaultApiTimeoutMs } = this.#parts.cluster.settings;
    const deadlineMs = clock.elapsed() + defaultApiTimeoutMs;
    for (;;) {
      this.#checkOpen();
      const state = this.#state(partition);
      if (state.position !== null) return state.position;
      if (state.failure !== null) {
        const { failure } = state;
        state.failure = null;
        throw failure;
      }
      const { rung } = this.#bell;
      this.#positions.start([...this.#states.values()]);
      const onTimeout = (): Error =>
        timedOut(`Position of ${partition.topic}-${partition.partition}`, defaultApiTimeoutMs);
      await within(rung, { clock, timeoutMs: deadlineMs - clock.elapsed(), onTimeout });
    }
  }

  commit(offsets?: readonly OffsetToCommit[]): Promise<void> {
    if (this.#closing !== null) return Promise.reject(closedError("consumer"));
    return this.#committing.commit(offsets ?? positionsOf([...this.#states.values()]));
  }

  async committed(partitions: readonly TopicPartition[]): Promise<readonly CommittedOffset[]> {
    const { cluster, settings } = this.#parts;
    const { groupId } = settings;
    if (groupId === undefined) throw namedError("INVALID_GROUP_ID", "committed", "this consumer has no groupId");
    return fetchOffsets(cluster, { groupId }, partitions);
  }

  beginningOffsets(partitions: readonly TopicPartition[]): Promise<readonly TopicPartitionOffset[]> {
    return this.#offsetsAt(partitions.map(({ topic, partition }) => ({ topic, partition, timestamp: EARLIEST })));
  }

  endOffsets(partitions: readonly TopicPartition[]): Promise<readonly TopicPartitionOffset[]> {
    return this.#offsetsAt(partitions.map(({ topic, partition }) => ({ topic, partition, timestamp: LATEST })));
  }

  async offsetsForTimes(
    times: readonly (TopicPartition & { readonly timestamp: number })[],
  ): Promise<readonly (TopicPartitionOffset & { readonly timestamp: number })[]> {
    const found = await this.#offsetsAt(
      times.map(({ topic, partition, timestamp }) => ({ topic, partition, timestamp: BigInt(timestamp) })),
    );
    return found.filter(({ offset }) => offset >= 0);
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#state(partition).paused = true;
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#state(partition).paused = false;
    this.#bell.ring();
  }

  paused(): readonly TopicPartition[] {
    return this.assignment().filter((partition) => this.#states.get(partitionKey(partition))?.paused === true);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Record, undefined, undefined> {
    while (this.#closing === null) {
      // One at a time, so that the position never runs ahead of the loop body and commits stay right.
      const [record] = await this.poll({ timeoutMs: ITERATOR_POLL_MS, maxRecords: 1 });
      if (record !== undefined) yield record;
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const { cluster, lane, onClose } = this.#parts;
    this.#bell.ring();
    try {
      await this.#step?.catch(() => undefined);
      await this.#giveUp("onPartitionsRevoked");
      await this.#membership?.leave(CLOSE_TIMEOUT_MS);
    } finally {
      cluster.pool.closeLane(lane);
      cluster.pool.closeLane(`${lane}-fetch`);
      onClose();
    }
  }

  async #pollUntil(deadlineMs: number, options: PollOptions): Promise<readonly Record[]> {
    const { clock } = this.#parts.cluster.settings;
    const { signal } = options;
    for (;;) {
      if (this.#closing !== null) return [];
      const { rung } = this.#bell;
      const step = this.#membershipStep();
      if (step !== null && !(await this.#inTime(step, deadlineMs, signal))) return [];
      if (this.#closing !== null) return [];
      const records = this.#read(options);
      if (records.length > 0 || clock.elapsed() >= deadlineMs) return records;
      if (!(await this.#inTime(rung, deadlineMs, signal)) && this.#membershipStep() === null)
        return this.#read(options);
    }
  }

  /** Waits, and tells whether it was over before the deadline. */
  async #inTime(promise: Promise<void>, deadlineMs: number, signal: AbortSignal | undefined): Promise<boolean> {
    const { clock } = this.#parts.cluster.settings;
    const late = new Error("The time for this poll is over");
    const limit = { clock, timeoutMs: deadlineMs - clock.elapsed(), signal, onTimeout: () => late };
    return within(promise, limit).then(
      () => true,
      (error: unknown) => {
        if (error === late) return false;
        throw error;
      },
    );
  }

  /** What must be done about the membership before records may be read; it may outlast a poll and is then taken up by the next. */
  #membershipStep(): Promise<void> | null {
    const subscription = this.#subscription;
    if (subscription === null || this.#membership === null) return null;
    subscription.watch();
    if (this.#step === null && this.#membership.needsPoll) {
      this.#step = this.#keepMembership(subscription, this.#membership).finally(() => {
        this.#step = null;
      });
      // A poll that waits for it throws the failure; without one it has been dealt with by the membership.
      this.#step.catch(() => undefined);
    }
    return this.#step;
  }

  /** Takes what is buffered and sees to it that more comes. */
  #read(options: PollOptions): readonly Record[] {
    const states = [...this.#states.values()];
    const records: Record[] = [];
    this.#fetcher.drain(states, records, {
      records: options.maxRecords ?? this.#parts.settings.maxPollRecords,
      bytes: options.maxBytes ?? Number.POSITIVE_INFINITY,
    });
    this.#positions.start(states);
    this.#fetcher.fetch(states);
    return records;
  }

  /** Brings the assignment in line with what the group says. Listeners run here, inside poll. */
  async #keepMembership(subscription: SubscriptionTopics, membership: GroupMembership): Promise<void> {
    if (membership.takeLost()) await this.#giveUp("onPartitionsLost");
    const { state } = membership;
    if (state.name === "failed") {
      membership.takeFailure();
      throw state.error;
    }
    if (membership.rejoinWanted) {
      await this.#giveUp("onPartitionsRevoked");
      await subscription.resolve();
      if (this.#closing === null && this.#subscription === subscription) membership.join(subscription.topics);
    } else if (state.name === "assigned") {
      membership.takeAssigned();
      this.#setAssignment(state.partitions);
      await this.#tell(subscription.listener, "onPartitionsAssigned", state.partitions);
    }
  }

  /** Ends the present assignment: commits, tells the listener, and forgets. */
  async #giveUp(event: "onPartitionsRevoked" | "onPartitionsLost"): Promise<void> {
    const partitions = this.assignment();
    if (partitions.length === 0) return;
    if (event === "onPartitionsRevoked") await this.#committing.auto({ timeoutMs: CLOSE_TIMEOUT_MS });
    if (this.#subscription !== null) await this.#tell(this.#subscription.listener, event, partitions);
    this.#states.clear();
  }

  /** Time spent in a listener counts as time without poll. */
  async #tell(
    listener: RebalanceListener | undefined,
    event: keyof RebalanceListener,
    partitions: readonly TopicPartition[],
  ): Promise<void> {
    const polling = this.#polling;
    this.#lastPollMs = this.#parts.cluster.settings.clock.elapsed();
    this.#polling = false;
    try {
      await listener?.[event]?.(partitions);
    } finally {
      this.#polling = polling;
    }
  }

  /** Partitions kept keep their position; the others begin anew. */
  #setAssignment(partitions: readonly TopicPartition[]): void {
    const before = new Map(this.#states);
    this.#states.clear();
    const source = this.#parts.settings.groupId === undefined ? "reset" : "committed";
    for (const partition of partitions) {
      const key = partitionKey(partition);
      this.#states.set(key, before.get(key) ?? new PartitionState(partition, source));
    }
    this.#bell.ring();
  }

  async #offsetsAt(
    queries: readonly (TopicPartition & { readonly timestamp: bigint })[],
  ): Promise<readonly (TopicPartitionOffset & { readonly timestamp: number })[]> {
    const { cluster, settings } = this.#parts;
    const answers = await listOffsets(cluster, queries, { isolationLevel: settings.isolationLevel });
    return queries.map(({ topic, partition }, at) => {
      const answer = answers[at];
      if (answer?.ok !== true) throw answer?.error ?? namedError("UNKNOWN_SERVER_ERROR", "ListOffsets");
      return { topic, partition, offset: answer.value.offset, timestamp: answer.value.timestamp };
    });
  }

  #state(partition: TopicPartition): PartitionState {
    const state = this.#states.get(partitionKey(partition));
    if (state !== undefined) return state;
    throw new StreambedError({
      kind: "invalid",
      code: "NOT_ASSIGNED",
      message: `${partition.topic}-${partition.partition} is not assigned to this consumer; poll until it is, or assign it`,
    });
  }

  #checkOpen(): void {
    if (this.#closing !== null) throw closedError("consumer");
  }
}

function mixedUse(called: string, inUse: string): StreambedError {
  const message = `${called} cannot be mixed with ${inUse}; call unsubscribe first, or use another consumer`;
  return new StreambedError({ kind: "invalid", code: "ILLEGAL_STATE", message });
}

function nothingToRead(): StreambedError {
  const message = "Nothing to read: call subscribe or assign before poll";
  return new StreambedError({ kind: "invalid", code: "ILLEGAL_STATE", message });
}

function concurrentPoll(): StreambedError {
  const message = "A poll is under way already; wait for it, or use another consumer";
  return new StreambedError({ kind: "invalid", code: "CONCURRENT_POLL", message });
}
