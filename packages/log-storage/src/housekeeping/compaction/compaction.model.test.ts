import { type Random, seededRandom, utf8 } from "@streambed/kernel";
import {
  COMPRESSION_TYPES,
  decodeBatchHeader,
  defaultCodecs as codecs,
  encodeRecordBatch,
  encodeTransactionMarker,
  iterateRecords,
  verifyCrc,
} from "@streambed/protocol";
import { expect, it } from "vitest";
import { type ActiveProducer, BatchCleaner } from "./batch-cleaner.ts";
import { DirtyIndex } from "./dirty-index.ts";
import { AbortedTransactionFinder } from "./transactions.ts";

/*
 * A naive model of Kafka's rules: all records of a partition in a list, a map from key to last offset, no bytes. The
 * real cleaner works on bytes, with bounded memory. After every round both must hold the same records and markers.
 */
const TIME = 1_700_000_000_000;
const RETENTION = 1_000;

interface ModelRecord {
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
}

interface ModelBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly producerId: number;
  readonly transaction: number | undefined;
  readonly isMarker: boolean;
  records: readonly ModelRecord[];
  horizon: number | undefined;
}

class World {
  readonly random: Random;
  batches: Uint8Array[] = [];
  model: ModelBatch[] = [];
  readonly abortedTransactions = new Set<number>();
  readonly lastOfProducer = new Map<number, ActiveProducer>();
  readonly #open = new Map<number, number>();
  readonly #sequences = new Map<number, number>();
  #transactions = 0;
  end = 0;
  dirty = 0;
  nowMs = TIME;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  pick(count: number): number {
    return Math.floor(this.random.fraction() * count);
  }

  append(): void {
    const producerId = this.pick(6) - 1;
    const isTransactional = producerId >= 3;
    if (isTransactional && this.#open.has(producerId) && this.pick(3) === 0) return this.endTransaction(producerId);
    if (isTransactional && !this.#open.has(producerId)) this.#open.set(producerId, this.#transactions++);
    const records: ModelRecord[] = Array.from({ length: 1 + this.pick(5) }, (_, at) => ({
      offset: this.end + at,
      key: this.pick(25) === 0 ? null : `k${this.pick(8)}`,
      value: this.pick(5) === 0 ? null : `v${this.end + at}`.repeat(this.pick(4) + 1),
    }));
    const baseSequence = this.#sequences.get(producerId) ?? 0;
    this.#sequences.set(producerId, baseSequence + records.length);
    const compression = COMPRESSION_TYPES[this.pick(5)] ?? "none";
    this.batches.push(
      encodeRecordBatch({
        baseOffset: this.end,
        records: records.map(({ key, value, offset }) => ({
          key: key === null ? null : utf8(key),
          value: value === null ? null : utf8(value),
          timestamp: TIME + offset,
        })),
        compression,
        codecs,
        ...(producerId < 0 ? {} : { producerId, producerEpoch: 0, baseSequence, isTransactional }),
      }),
    );
    this.#push({ records, producerId, transaction: this.#open.get(producerId), isMarker: false }, records.length);
    const lastDataOffset = this.end - 1;
    if (producerId >= 0) this.lastOfProducer.set(producerId, { epoch: 0, lastDataOffset });
  }

  endTransaction(producerId: number): void {
    const transaction = this.#open.get(producerId);
    if (transaction === undefined) return;
    const result = this.pick(2) === 0 ? "commit" : "abort";
    if (result === "abort") this.abortedTransactions.add(transaction);
    const stamps = { producerEpoch: 0, coordinatorEpoch: 0, timestamp: TIME + this.end, baseOffset: this.end };
    this.batches.push(encodeTransactionMarker({ result, producerId, ...stamps }));
    const records = [{ offset: this.end, key: result, value: "marker" }];
    this.#push({ records, producerId, transaction, isMarker: true }, 1);
    this.#open.delete(producerId);
  }

  endAll(): void {
    for (const producerId of this.#open.keys()) this.endTransaction(producerId);
  }

  #push(batch: Omit<ModelBatch, "baseOffset" | "lastOffset" | "horizon">, offsets: number): void {
    this.model.push({ ...batch, baseOffset: this.end, lastOffset: this.end + offsets - 1, horizon: undefined });
    this.end += offsets;
  }

  clean(dedupeBufferBytes: number): void {
    const finder = new AbortedTransactionFinder(codecs);
    for (const batch of this.batches) finder.see(batch, decodeBatchHeader(batch));
    const aborted = finder.found;
    const options = { codecs, firstDirtyOffset: this.dirty, aborted, dedupeBufferBytes, loadFactor: 0.9 };
    const index = new DirtyIndex(options);
    for (const batch of this.batches) {
      const header = decodeBatchHeader(batch);
      if (header.lastOffset >= this.dirty && !index.add(batch, header)) break;
    }
    const cleaner = new BatchCleaner({
      codecs,
      index,
      aborted,
      producers: this.lastOfProducer,
      nowMs: this.nowMs,
      deleteRetentionMs: RETENTION,
      upperBoundOffset: this.end,
    });
    this.batches = this.batches.map((batch) => cleaner.clean(batch)).filter((batch) => batch !== undefined);
    this.model = cleanModel(this, index);
    this.dirty = index.latestOffset + 1;
  }
}

function cleanModel(world: World, index: DirtyIndex): ModelBatch[] {
  const latest = index.latestOffset;
  const isAborted = ({ transaction }: ModelBatch): boolean =>
    transaction !== undefined && world.abortedTransactions.has(transaction);
  const last = new Map<string | null, number>();
  for (const batch of world.model) {
    if (batch.isMarker || isAborted(batch) || batch.lastOffset > latest) continue;
    for (const { key, offset } of batch.records) last.set(key, offset);
  }
  // A batch that fitted only in part is not judged itself, but what fitted tells earlier records of its keys to go.
  for (const key of last.keys()) {
    const beyond = key === null ? -1 : index.lastOffsetOf(utf8(key));
    if (beyond > latest) last.set(key, beyond);
  }
  const withData = new Set(world.model.filter(({ isMarker }) => !isMarker).map(({ transaction }) => transaction));
  const result: ModelBatch[] = [];
  for (const batch of world.model) {
    const isPast = batch.horizon !== undefined && batch.horizon <= world.nowMs;
    const isEnded = batch.isMarker && !withData.has(batch.transaction);
    const records = batch.records.filter(({ offset, key, value }) => {
      if (batch.isMarker) return !(isEnded && isPast);
      if (isAborted(batch)) return false;
      if (offset > latest) return true;
      return key !== null && offset >= (last.get(key) ?? -1) && (value !== null || !isPast);
    });
    const needsHorizon = isEnded || records.some(({ value }) => value === null);
    const horizon = batch.horizon ?? (needsHorizon ? world.nowMs + RETENTION : undefined);
    const isLast = world.lastOfProducer.get(batch.producerId)?.lastDataOffset === batch.lastOffset;
    if (records.length > 0) result.push({ ...batch, records, horizon });
    else if (isLast || batch.lastOffset + 1 === world.end) result.push({ ...batch, records, horizon: undefined });
  }
  return result;
}

function shown(batches: readonly Uint8Array[]): unknown[] {
  return batches.map((batch) => {
    const header = decodeBatchHeader(batch);
    const { baseOffset, lastOffset, isControl, hasDeleteHorizon, baseTimestamp } = header;
    const text = new TextDecoder();
    const records = [...iterateRecords(batch, header, { codecs })].map(({ offset, key, value, timestamp }) =>
      isControl
        ? { offset, timestamp }
        : { offset, timestamp, key: key && text.decode(key), value: value && text.decode(value) },
    );
    return { baseOffset, lastOffset, horizon: hasDeleteHorizon ? baseTimestamp : undefined, records };
  });
}

function expected(model: readonly ModelBatch[]): unknown[] {
  return model.map(({ baseOffset, lastOffset, horizon, records, isMarker }) => ({
    baseOffset,
    lastOffset,
    horizon,
    records: records.map(({ offset, key, value }) =>
      isMarker ? { offset, timestamp: TIME + offset } : { offset, timestamp: TIME + offset, key, value },
    ),
  }));
}

it("cleaning agrees with a naive model over random logs, compressions, transactions and times", () => {
  for (let seed = 0; seed < 150; seed++) {
    const world = new World(seed);
    for (let round = 0; round < 6; round++) {
      const appends = world.pick(25);
      for (let count = 0; count < appends; count++) world.append();
      // Cleaning stops at the last stable offset, so what is cleaned has no open transaction.
      world.endAll();
      world.clean(world.pick(3) === 0 ? 200 : 100_000);
      expect(shown(world.batches), `seed ${seed}, round ${round}`).toEqual(expected(world.model));
      for (const batch of world.batches) expect(verifyCrc(batch), `seed ${seed}`).toBe(true);
      world.nowMs += world.pick(2 * RETENTION);
    }
  }
});
