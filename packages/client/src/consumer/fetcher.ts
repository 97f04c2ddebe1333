import { FETCH } from "../apis/reader-apis.ts";
import type { StreambedError } from "@streambed/kernel";
import type { FetchResponse } from "@streambed/protocol";
import type { Cluster } from "../cluster/cluster.ts";
import { TopicRefresh } from "../cluster/topic-refresh.ts";
import { asStreambedError } from "../errors.ts";
import { BUFFERED_RESPONSES_MAX } from "../limits.ts";
import { backoffMs } from "../net/backoff.ts";
import type { Record } from "../types.ts";
import type { ConsumerSettings } from "./consumer-settings.ts";
import { fetchCall, type FetchItem, fetchOutcome } from "./fetch-request.ts";
import type { PartitionState } from "./partition-state.ts";
import { RecordStream, type TakeBudget } from "./record-stream.ts";

/** What the fetcher needs from the consumer. */
export interface FetcherParts {
  readonly cluster: Cluster;
  readonly settings: ConsumerSettings;
  readonly lane: string;
  /** False when the partition has been given up meanwhile. */
  readonly isCurrent: (state: PartitionState) => boolean;
  readonly onChange: () => void;
}

interface Pending extends FetchItem {
  readonly state: PartitionState;
}

/** Fetches ahead of poll: at most one request per broker, and at most two answers kept per partition. */
export class Fetcher {
  readonly #parts: FetcherParts;
  readonly #busy = new Set<number>();
  readonly #refresh: TopicRefresh;
  #turn = 0;
  #drainTurn = 0;

  constructor(parts: FetcherParts) {
    this.#parts = parts;
    const allowAutoTopicCreation = parts.settings.allowAutoCreateTopics;
    this.#refresh = new TopicRefresh(parts.cluster, { allowAutoTopicCreation, onNews: parts.onChange });
  }

  /**
   * Sends what can be sent. A broker with a partition whose buffer is full is left alone: a fetch without that
   * partition could wait for data of the others while the reader runs dry.
   */
  fetch(states: readonly PartitionState[]): void {
    const { cluster } = this.#parts;
    const nowMs = cluster.settings.clock.elapsed();
    const byNode = new Map<number, PartitionState[]>();
    const full = new Set<number>();
    for (const state of states) {
      if (state.paused || state.fetchOffset === null) continue;
      const leader = cluster.metadata.leader(state)?.nodeId;
      const fresh = cluster.metadata.fresh(state.topic, nowMs) !== undefined;
      if (leader === undefined || !fresh) this.#refresh.ask(state.topic, leader === undefined && fresh);
      else if (state.streams.length >= BUFFERED_RESPONSES_MAX) full.add(leader);
      else if (state.failure === null && nowMs >= state.notBeforeMs) {
        byNode.set(leader, [...(byNode.get(leader) ?? []), state]);
      }
    }
    for (const [nodeId, members] of byNode) {
      if (!full.has(nodeId) && !this.#busy.has(nodeId)) void this.#fetchFrom(nodeId, this.#inTurn(members));
    }
  }

  /** Moves buffered records into the list and the positions behind them. Throws the failure of a partition. */
  drain(states: readonly PartitionState[], into: Record[], budget: TakeBudget): void {
    const first = this.#drainTurn % Math.max(1, states.length);
    for (const state of [...states.slice(first), ...states.slice(0, first)]) {
      if (state.paused) continue;
      if (state.failure !== null && into.length === 0) {
        const { failure } = state;
        state.failure = null;
        throw failure;
      }
      for (let [stream] = state.streams; stream !== undefined; [stream] = state.streams) {
        if (budget.records <= 0 || (budget.bytes <= 0 && into.length > 0)) return;
        this.#take(state, stream, { into, budget });
        if (!stream.done) break;
        // One answer is read to its end before another is opened, so that few batches are open at a time.
        this.#drainTurn++;
        state.streams.shift();
      }
    }
  }

  #take(
    state: PartitionState,
    stream: RecordStream,
    to: { readonly into: Record[]; readonly budget: TakeBudget },
  ): void {
    try {
      stream.take(to.into, to.budget);
      state.position = stream.nextOffset;
    } catch (error) {
      state.seek(stream.nextOffset);
      if (to.into.length === 0) throw error;
      state.failure = asStreambedError(error, `Reading ${state.topic}-${state.partition}`);
    }
  }

  /** Another partition comes first each time, so that none starves when byte bounds cut the answer short. */
  #inTurn<T>(all: readonly T[]): readonly T[] {
    const first = this.#turn++ % Math.max(1, all.length);
    return [...all.slice(first), ...all.slice(0, first)];
  }

  async #fetchFrom(nodeId: number, states: readonly PartitionState[]): Promise<void> {
    const { cluster, settings, lane } = this.#parts;
    const items = states.map((state): Pending => ({
      topic: state.topic,
      partition: state.partition,
      offset: state.fetchOffset ?? 0,
      maxBytes: settings.maxPartitionFetchBytes,
      state,
    }));
    this.#busy.add(nodeId);
    try {
      const { fetchMaxWaitMs: maxWaitMs, fetchMinBytes: minBytes, fetchMaxBytes: maxBytes, isolationLevel } = settings;
      const bounds = { maxWaitMs, minBytes, maxBytes, isolationLevel };
      const { body, maxVersion } = fetchCall(items, bounds, cluster.metadata);
      const connection = await cluster.connection({ leader: nodeId }, `${lane}-fetch`);
      const timeoutMs = cluster.settings.requestTimeoutMs + maxWaitMs;
      const response = await connection.request(FETCH, body, { timeoutMs, maxVersion });
      for (const item of items) this.#accept(item, response);
    } catch (thrown) {
      const error = asStreambedError(thrown, "Fetch");
      for (const { state } of items) this.#fail(state, error);
    } finally {
      this.#busy.delete(nodeId);
      this.#parts.onChange();
    }
  }

  #accept(item: Pending, response: FetchResponse): void {
    const { cluster, settings } = this.#parts;
    const { state } = item;
    const { isolationLevel, checkCrcs } = settings;
    const outcome = fetchOutcome(item, response, { metadata: cluster.metadata, isolationLevel });
    // A seek, a reset or a rebalance made this answer meaningless.
    if (!this.#parts.isCurrent(state) || state.fetchOffset !== item.offset) return;
    if (!outcome.ok) return this.#fail(state, outcome.error, outcome.leaderKnown);
    state.attempts = 0;
    state.retrying = null;
    if (outcome.fetched.bytes.length === 0) return;
    const stream = new RecordStream(outcome.fetched, { codecs: cluster.settings.codecs, checkCrcs });
    if (!stream.done) state.streams.push(stream);
  }

  #fail(state: PartitionState, error: StreambedError, leaderKnown: boolean = false): void {
    const { cluster, settings } = this.#parts;
    if (!this.#parts.isCurrent(state)) return;
    const outOfRange = error.code === "OFFSET_OUT_OF_RANGE";
    // Ahead of what is buffered nothing is lost by asking once more, when the reader has come that far.
    const ahead = outOfRange && state.streams.length > 0;
    if (outOfRange && !ahead && settings.autoOffsetReset !== "none") return state.lookUp("reset");
    if (!error.retriable && !ahead) {
      state.failure = error;
      return;
    }
    if (!leaderKnown) cluster.noteFailure({ leaderOf: state }, error);
    // A leader that moved, and an end of what is buffered, are no trouble.
    if (!leaderKnown && !ahead) state.retrying = error;
    const { clock, random, retryBackoff } = cluster.settings;
    const pauseMs = backoffMs(retryBackoff, state.attempts++, random);
    state.notBeforeMs = clock.elapsed() + pauseMs;
    clock.schedule(pauseMs, this.#parts.onChange);
  }
}
