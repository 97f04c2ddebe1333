import type { StreambedError } from "@streambed/kernel";
import type { ProduceResponse } from "@streambed/protocol";
import { INIT_PRODUCER_ID, PRODUCE } from "../apis/producer-apis.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { asStreambedError, codeError, timedOut } from "../errors.ts";
import { backoffMs } from "../net/backoff.ts";
import type { BrokerConnection } from "../net/broker-connection.ts";
import type { Batch } from "./batch.ts";
import { type BatchOutcome, outcomeOf, produceCall } from "./produce-request.ts";
import type { PartitionQueue, ProducerIdentity } from "./partition-queue.ts";
import type { ProducerSettings } from "./producer-settings.ts";
import { TopicRefresh } from "../cluster/topic-refresh.ts";
import { judge } from "./verdict.ts";

/** One broker as the sender sees it. */
interface Node {
  inFlight: number;
  /** The broker asked for quiet until then (KIP-219). */
  quietUntilMs: number;
  /** Requests are handed over one after the other, so that sequence numbers arrive in order. */
  handOver: Promise<unknown>;
}

/** Null with acks 0. */
type Answer = Promise<ProduceResponse | null>;

/** What the sender needs from the producer. */
export interface SenderParts {
  readonly cluster: Cluster;
  readonly settings: ProducerSettings;
  readonly lane: string;
  readonly queues: ReadonlyMap<string, PartitionQueue>;
  readonly queueOf: (batch: Batch) => PartitionQueue;
  /** True while batches should go without lingering. */
  readonly eager: () => boolean;
  /** A batch has been settled for good. */
  readonly onSettled: (batch: Batch) => void;
}

/** Takes batches from the queues to the brokers and settles them. */
export class Sender {
  readonly #parts: SenderParts;
  readonly #nodes = new Map<number, Node>();
  readonly #refresh: TopicRefresh;
  #identity: Promise<void> | null = null;
  #cancelTimer: () => void = () => undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #scheduled = false;
  #stopped = false;
  #turn = 0;

  constructor(parts: SenderParts) {
    this.#parts = parts;
    this.#refresh = new TopicRefresh(parts.cluster, { allowAutoTopicCreation: true, onNews: () => this.wake() });
  }

  /** Looks soon whether something can be sent. Calls of one turn of the event loop count once. */
  wake(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  /** Looks again after a time. */
  wakeAt(atMs: number): void {
    if (atMs >= this.#timerAtMs || atMs === Number.POSITIVE_INFINITY) return;
    this.#cancelTimer();
    this.#timerAtMs = atMs;
    const { clock } = this.#parts.cluster.settings;
    this.#cancelTimer = clock.schedule(Math.max(0, atMs - clock.elapsed()), () => {
      this.#timerAtMs = Number.POSITIVE_INFINITY;
      this.#pump();
    });
  }

  /** Sends nothing more, not even what comes back to be sent again. */
  stop(): void {
    this.#cancelTimer();
    this.#timerAtMs = Number.NEGATIVE_INFINITY;
    this.#stopped = true;
  }

  #pump(): void {
    if (this.#stopped) return;
    const { queues, settings } = this.#parts;
    const nowMs = this.#parts.cluster.settings.clock.elapsed();
    const byNode = new Map<number, Batch[]>();
    for (const queue of this.#inTurn([...queues.values()])) {
      if (queue.empty) continue;
      this.#expire(queue, nowMs);
      this.wakeAt(queue.oldestMs() + settings.deliveryTimeoutMs);
      this.#collect(queue, nowMs, byNode);
    }
    for (const [nodeId, batches] of byNode) this.#sendAll(nodeId, batches);
  }

  /** Begins with another partition each time, so that none is always last. */
  #inTurn<T>(all: readonly T[]): readonly T[] {
    const first = this.#turn++ % Math.max(1, all.length);
    return [...all.slice(first), ...all.slice(0, first)];
  }

  #collect(queue: PartitionQueue, nowMs: number, byNode: Map<number, Batch[]>): void {
    const { cluster, settings } = this.#parts;
    const leader = cluster.metadata.leader(queue)?.nodeId;
    const fresh = cluster.metadata.fresh(queue.topic, nowMs) !== undefined;
    if (leader === undefined || !fresh) return this.#refresh.ask(queue.topic, leader === undefined && fresh);
    if (settings.idempotent && !queue.hasIdentity) {
      if (this.#identity === null) this.#askIdentity();
      return;
    }
    const node = this.#node(leader);
    if (node.inFlight >= settings.maxInFlight) return;
    if (node.quietUntilMs > nowMs) return this.wakeAt(node.quietUntilMs);
    const { lingerMs, maxInFlight } = settings;
    const eager = this.#parts.eager();
    const next = queue.next({ nowMs, lingerMs, eager, maxInFlight }, leader);
    if ("atMs" in next) return this.wakeAt(next.atMs);
    byNode.set(leader, [...(byNode.get(leader) ?? []), next]);
  }

  /** Sends the batches for one broker in as few requests as `max.request.size` allows. */
  #sendAll(nodeId: number, batches: readonly Batch[]): void {
    const { maxRequestSize, maxInFlight } = this.#parts.settings;
    const node = this.#node(nodeId);
    let request: Batch[] = [];
    let bytes = 0;
    const flush = (): void => {
      if (request.length > 0 && node.inFlight < maxInFlight) void this.#send(nodeId, request);
      request = [];
      bytes = 0;
    };
    for (const batch of batches) {
      if (bytes + batch.bytes > maxRequestSize) flush();
      request.push(batch);
      bytes += batch.bytes;
    }
    flush();
  }

  async #send(nodeId: number, batches: readonly Batch[]): Promise<void> {
    const { cluster } = this.#parts;
    const node = this.#node(nodeId);
    for (const batch of batches) this.#parts.queueOf(batch).markSent(batch, nodeId);
    node.inFlight++;
    let outcome: (batch: Batch) => BatchOutcome;
    try {
      const handedOver = node.handOver.then(() => this.#handOver(nodeId, batches));
      node.handOver = handedOver.catch(() => undefined);
      const { answer } = await handedOver;
      const response = await answer;
      if (response !== null && response.throttleTimeMs > 0) {
        node.quietUntilMs = cluster.settings.clock.elapsed() + response.throttleTimeMs;
      }
      outcome = (batch) =>
        response === null ? { ok: true, baseOffset: -1, appendTime: -1 } : outcomeOf(batch, response, cluster.metadata);
    } catch (thrown) {
      const error = asStreambedError(thrown, "Produce");
      for (const { topic, partition } of batches) cluster.noteFailure({ leaderOf: { topic, partition } }, error);
      outcome = () => ({ ok: false, error, leaderKnown: false, recordErrors: new Map() });
    }
    node.inFlight--;
    for (const batch of batches) this.#settle(batch, outcome(batch));
    this.wake();
  }

  /** Gets a connection and gives it the bytes; the answer is awaited by the caller. */
  async #handOver(nodeId: number, batches: readonly Batch[]): Promise<{ answer: Answer }> {
    const connection = await this.#parts.cluster.connection({ leader: nodeId }, this.#parts.lane);
    const answer = this.#request(connection, batches);
    // The caller looks at the answer a turn later; until then a failure must not count as unhandled.
    answer.catch(() => undefined);
    return { answer };
  }

  async #request(connection: BrokerConnection, batches: readonly Batch[]): Answer {
    const { cluster, settings } = this.#parts;
    const { requestTimeoutMs: timeoutMs, codecs } = cluster.settings;
    const { acks, compression } = settings;
    const { body, maxVersion } = produceCall(batches, { acks, compression, timeoutMs, codecs }, cluster.metadata);
    if (acks !== 0) return connection.request(PRODUCE, body, { timeoutMs, maxVersion });
    await connection.post(PRODUCE, body, { timeoutMs, maxVersion });
    return null;
  }

  #settle(batch: Batch, outcome: BatchOutcome): void {
    const { cluster, settings } = this.#parts;
    const { clock, random, retryBackoff } = cluster.settings;
    const queue = this.#parts.queueOf(batch);
    const nowMs = clock.elapsed();
    const expired = nowMs - batch.createdMs >= settings.deliveryTimeoutMs || batch.attempts > settings.retries;
    const verdict = judge(batch, outcome, { oldest: queue.isOldest(batch), expired });
    if (!outcome.ok && !outcome.leaderKnown) cluster.noteFailure({ leaderOf: batch }, outcome.error);
    switch (verdict.action) {
      case "acknowledge":
        queue.acknowledge(batch);
        batch.succeed(verdict.baseOffset, verdict.appendTime);
        return this.#parts.onSettled(batch);
      case "retry": {
        if (verdict.newEpoch) queue.startNewEpoch();
        if (!outcome.ok) batch.lastFailure = outcome.error;
        const notBeforeMs = nowMs + backoffMs(retryBackoff, batch.attempts - 1, random);
        return queue.retry(batch, { notBeforeMs, resequence: verdict.resequence });
      }
      case "split":
        return queue.replace(batch, batch.split());
      case "fail":
        if (verdict.fate === "unknown") queue.abandon(batch);
        else queue.drop(batch);
        if (verdict.newProducerId) queue.forgetIdentity();
        batch.fail(verdict.errorOf);
        return this.#parts.onSettled(batch);
    }
  }

  #expire(queue: PartitionQueue, nowMs: number): void {
    const { deliveryTimeoutMs } = this.#parts.settings;
    for (const batch of queue.expire(nowMs, deliveryTimeoutMs)) {
      const error = timedOut(`Produce to ${batch.topic}-${batch.partition}`, deliveryTimeoutMs, batch.lastFailure);
      batch.fail(() => error);
      this.#parts.onSettled(batch);
    }
  }

  #askIdentity(): void {
    const asking = this.#parts.cluster.call({
      api: INIT_PRODUCER_ID,
      to: "any",
      body: () => ({ transactionalId: null, transactionTimeoutMs: 2_147_483_647 }),
      timeoutMs: this.#parts.settings.deliveryTimeoutMs,
      check: ({ errorCode }) => {
        if (errorCode !== 0) throw codeError(errorCode, "InitProducerId");
      },
    });
    this.#identity = asking.then(
      ({ producerId, producerEpoch }) => this.#haveIdentity({ producerId, producerEpoch }),
      (thrown: unknown) => this.#failAll(asStreambedError(thrown, "InitProducerId")),
    );
  }

  #haveIdentity(identity: ProducerIdentity): void {
    this.#identity = null;
    for (const queue of this.#parts.queues.values()) if (!queue.hasIdentity) queue.setIdentity(identity);
    this.wake();
  }

  /** Without a producer id nothing can be sent; who waits for one is told why. */
  #failAll(error: StreambedError): void {
    this.#identity = null;
    for (const queue of this.#parts.queues.values()) {
      if (queue.hasIdentity) continue;
      for (const batch of queue.expire(Number.POSITIVE_INFINITY, 0)) {
        batch.fail(() => error);
        this.#parts.onSettled(batch);
      }
    }
  }

  #node(nodeId: number): Node {
    const known = this.#nodes.get(nodeId);
    if (known !== undefined) return known;
    const node: Node = { inFlight: 0, quietUntilMs: Number.NEGATIVE_INFINITY, handOver: Promise.resolve() };
    this.#nodes.set(nodeId, node);
    return node;
  }
}
