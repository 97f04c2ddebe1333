import { Batch, type PendingRecord } from "./batch.ts";

/** A producer id with its epoch, as InitProducerId gives it. */
export interface ProducerIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

const EPOCH_MAX = 32_767;
const SEQUENCE_MASK = 0x7fff_ffff;

/** What decides whether a batch may go out now. */
export interface SendConditions {
  readonly nowMs: number;
  readonly lingerMs: number;
  /** Send what is there without waiting for more: a flush, or memory is short. */
  readonly eager: boolean;
  readonly maxInFlight: number;
}

/**
 * The batches of one partition, in order, and their sequence numbers.
 *
 *   append -> open -> ready -> in flight -> (acknowledged | failed | retry -> in flight ...)
 *
 * After a failure nothing new goes out until everything in flight has come back, and the batches to be retried
 * go one at a time. So order holds without the broker's help, and with idempotence no hole is ever sent on purpose.
 */
export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  #open: Batch | null = null;
  readonly #ready: Batch[] = [];
  /** Sent before, to be sent again, in order. */
  readonly #retry: Batch[] = [];
  readonly #inFlight: Batch[] = [];
  #inFlightNode = -1;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #identity: ProducerIdentity | null = null;
  #nextSequence = 0;
  /** Something failed: what is in flight must come back before anything new goes out. */
  #settling = false;
  #sealed = 0;

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  get hasIdentity(): boolean {
    return this.#identity !== null;
  }

  get empty(): boolean {
    return this.#open === null && this.#ready.length === 0 && this.#retry.length === 0 && this.#inFlight.length === 0;
  }

  append(record: PendingRecord, nowMs: number, batchSize: number): void {
    if (this.#open !== null && !this.#open.accepts(record.bytes, batchSize)) this.#seal();
    this.#open ??= new Batch(this.topic, this.partition, nowMs);
    this.#open.add(record);
    if (this.#open.bytes >= batchSize) this.#seal();
  }

  /** The next batch that may go out now to this node, or when to look again (infinite: after something happens). */
  next(conditions: SendConditions, nodeId: number): Batch | { readonly atMs: number } {
    const { nowMs, lingerMs, eager, maxInFlight } = conditions;
    const later = { atMs: Number.POSITIVE_INFINITY };
    if (this.#inFlight.length > 0 && this.#inFlightNode !== nodeId) return later;
    const [retry] = this.#retry;
    if (retry !== undefined) {
      if (this.#inFlight.length > 0) return later;
      return nowMs >= this.#notBeforeMs ? retry : { atMs: this.#notBeforeMs };
    }
    if (this.#inFlight.length >= maxInFlight || (this.#settling && this.#inFlight.length > 0)) return later;
    const [ready] = this.#ready;
    if (ready !== undefined) return ready;
    if (this.#open === null) return later;
    const dueMs = this.#open.createdMs + lingerMs;
    return eager || nowMs >= dueMs ? this.#open : { atMs: dueMs };
  }

  /** Moves a batch that `next` returned to those in flight. */
  markSent(batch: Batch, nodeId: number): void {
    if (batch === this.#open) this.#seal();
    if (batch === this.#retry[0]) this.#retry.shift();
    else {
      this.#ready.shift();
      this.#settling = false;
    }
    this.#inFlight.push(batch);
    this.#inFlightNode = nodeId;
    batch.attempts++;
    if (this.#identity === null || batch.identity !== null) return;
    batch.identity = { ...this.#identity, baseSequence: this.#nextSequence };
    batch.mayResequence = false;
    this.#nextSequence = (this.#nextSequence + batch.records.length) & SEQUENCE_MASK;
  }

  /** Everything before this batch has been settled. */
  isOldest(batch: Batch): boolean {
    return this.#inFlight[0] === batch && this.#retry.every((other) => other.order > batch.order);
  }

  setIdentity(identity: ProducerIdentity): void {
    this.#identity = identity;
    this.#nextSequence = 0;
  }

  /** The batch is in the log. */
  acknowledge(batch: Batch): void {
    this.#takeBack(batch);
    if (batch.identity === null || !batch.mayResequence || !this.#isCurrent(batch.identity)) return;
    // It went in behind a hole the broker did not know of; go on from there.
    this.#nextSequence = (batch.identity.baseSequence + batch.records.length) & SEQUENCE_MASK;
  }

  /** The batch is to be sent again, not before a time. `resequence`: it is surely not in the log. */
  retry(batch: Batch, options: { readonly notBeforeMs: number; readonly resequence: boolean }): void {
    this.#takeBack(batch);
    if (options.resequence) batch.identity = null;
    this.#insertRetry(batch);
    this.#notBeforeMs = Math.max(this.#notBeforeMs, options.notBeforeMs);
  }

  /** The batch is surely not in the log and will not be sent again; what follows closes the hole. */
  drop(batch: Batch): void {
    this.#takeBack(batch);
    if (batch.identity === null) return;
    // Behind an earlier hole, the place to go on from is known already.
    if (!batch.mayResequence && this.#isCurrent(batch.identity)) this.#nextSequence = batch.identity.baseSequence;
    this.#letOthersResequence();
  }

  /** The batch will not be sent again, and whether it is in the log is not known. */
  abandon(batch: Batch): void {
    this.#takeBack(batch);
    if (batch.identity !== null) this.startNewEpoch();
  }

  /** Puts smaller batches in the place of one that was too large. */
  replace(batch: Batch, parts: readonly Batch[]): void {
    this.drop(batch);
    for (const part of parts) this.#insertRetry(part);
  }

  /**
   * Starts a new sequence under the next epoch, after the fate of a batch became unknown (KIP-360).
   * Every partition counts epochs for itself: brokers keep producer state per partition.
   */
  startNewEpoch(): void {
    const identity = this.#identity;
    if (identity === null) return;
    const next = identity.producerEpoch + 1;
    this.#identity = next > EPOCH_MAX ? null : { producerId: identity.producerId, producerEpoch: next };
    this.#nextSequence = 0;
    for (const batch of this.#retry) batch.identity = null;
    this.#letOthersResequence();
  }

  /** A new producer id is needed: the old one is of no use. */
  forgetIdentity(): void {
    this.startNewEpoch();
    this.#identity = null;
  }

  /** Takes out the batches that waited too long and are not in flight. */
  expire(nowMs: number, deliveryTimeoutMs: number): readonly Batch[] {
    const late = (batch: Batch): boolean => nowMs - batch.createdMs >= deliveryTimeoutMs;
    const expired = [...this.#retry.filter(late), ...this.#ready.filter(late)];
    if (this.#open !== null && late(this.#open)) {
      expired.push(this.#open);
      this.#open = null;
    }
    if (expired.length === 0) return expired;
    for (const list of [this.#retry, this.#ready]) {
      list.splice(0, list.length, ...list.filter((batch) => !late(batch)));
    }
    if (expired.some((batch) => batch.identity !== null)) this.startNewEpoch();
    return expired;
  }

  /** When the oldest waiting batch was made; infinite when none waits. */
  oldestMs(): number {
    const oldest = this.#retry[0] ?? this.#ready[0] ?? this.#open;
    return oldest?.createdMs ?? Number.POSITIVE_INFINITY;
  }

  #seal(): void {
    if (this.#open === null) return;
    this.#open.order = this.#sealed++;
    this.#ready.push(this.#open);
    this.#open = null;
  }

  #insertRetry(batch: Batch): void {
    this.#settling = true;
    const at = this.#retry.findIndex((other) => batch.order < other.order);
    this.#retry.splice(at < 0 ? this.#retry.length : at, 0, batch);
  }

  #isCurrent(identity: ProducerIdentity): boolean {
    return (
      this.#identity?.producerId === identity.producerId && this.#identity.producerEpoch === identity.producerEpoch
    );
  }

  #takeBack(batch: Batch): void {
    const at = this.#inFlight.indexOf(batch);
    if (at >= 0) this.#inFlight.splice(at, 1);
  }

  #letOthersResequence(): void {
    this.#settling = true;
    for (const batch of [...this.#inFlight, ...this.#retry]) batch.mayResequence = true;
  }
}
