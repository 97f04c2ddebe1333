import { equalBytes, fromUtf8, utf8 } from "@streambed/kernel";
import {
  decodeBatchHeader,
  defaultCodecs as codecs,
  encodeRecordBatch,
  encodeTransactionMarker,
  iterateRecords,
  type RecordBatchInput,
} from "@streambed/protocol";
import { describe, expect, it } from "vitest";
import { type ActiveProducer, BatchCleaner } from "./batch-cleaner.ts";
import { DirtyIndex } from "./dirty-index.ts";
import { OffsetMap } from "./offset-map.ts";
import { AbortedTransactionFinder } from "./transactions.ts";

const TIME = 1_700_000_000_000;
const DAY = 86_400_000;

interface Options {
  readonly nowMs?: number;
  readonly firstDirtyOffset?: number;
  readonly upperBoundOffset?: number;
  readonly producers?: ReadonlyMap<number, ActiveProducer>;
  readonly dedupeBufferBytes?: number;
}

function clean(batches: readonly Uint8Array[], options: Options = {}): Uint8Array[] {
  const finder = new AbortedTransactionFinder(codecs);
  for (const batch of batches) finder.see(batch, decodeBatchHeader(batch));
  const { firstDirtyOffset = 0, dedupeBufferBytes = 1_000_000 } = options;
  const aborted = finder.found;
  const index = new DirtyIndex({ codecs, firstDirtyOffset, aborted, dedupeBufferBytes, loadFactor: 0.9 });
  for (const batch of batches) {
    const header = decodeBatchHeader(batch);
    if (header.lastOffset >= firstDirtyOffset && !index.add(batch, header)) break;
  }
  const cleaner = new BatchCleaner({
    codecs,
    index,
    aborted,
    producers: options.producers ?? new Map(),
    nowMs: options.nowMs ?? TIME,
    deleteRetentionMs: DAY,
    upperBoundOffset: options.upperBoundOffset ?? Number.MAX_SAFE_INTEGER,
  });
  return batches.map((batch) => cleaner.clean(batch)).filter((batch) => batch !== undefined);
}

type Pair = readonly [key: string | null, value: string | null];

function data(baseOffset: number, pairs: readonly Pair[], more: Partial<RecordBatchInput> = {}): Uint8Array {
  const records = pairs.map(([key, value]) => ({
    key: key === null ? null : utf8(key),
    value: value === null ? null : utf8(value),
    timestamp: TIME,
  }));
  return encodeRecordBatch({ records, baseOffset, codecs, ...more });
}

function marker(baseOffset: number, result: "commit" | "abort", producerId: number): Uint8Array {
  return encodeTransactionMarker({
    result,
    producerId,
    producerEpoch: 0,
    coordinatorEpoch: 0,
    timestamp: TIME,
    baseOffset,
  });
}

function show(batches: readonly Uint8Array[]): string[] {
  return batches.flatMap((batch) => {
    const header = decodeBatchHeader(batch);
    if (header.isControl) return [`${header.baseOffset}:marker`];
    if (header.recordCount === 0) return [`${header.baseOffset}-${header.lastOffset}:empty`];
    return [...iterateRecords(batch, header, { codecs })].map(({ offset, key, value }) => {
      return `${offset}:${key === null ? "null" : fromUtf8(key)}=${value === null ? "gone" : fromUtf8(value)}`;
    });
  });
}

describe("topic compaction", () => {
  it("keeps the last record of each key, at its offset", () => {
    const log = [
      data(0, [
        ["a", "1"],
        ["b", "1"],
        ["a", "2"],
      ]),
      data(3, [["b", "2"]]),
      data(4, [["c", "1"]]),
    ];
    expect(show(clean(log))).toEqual(["2:a=2", "3:b=2", "4:c=1"]);
  });

  it("returns untouched batches themselves", () => {
    const log = [data(0, [["a", "1"]]), data(1, [["b", "1"]])];
    expect(clean(log)).toEqual(log);
    expect(clean(log)[0]).toBe(log[0]);
  });

  it("drops records without a key", () => {
    expect(show(clean([data(0, [[null, "x"]]), data(1, [["a", "1"]])]))).toEqual(["1:a=1"]);
  });

  it("keeps a tombstone for delete.retention.ms after the cleaning that reached it", () => {
    const log = [data(0, [["a", "1"]]), data(1, [["a", null]]), data(2, [["b", "1"]])];
    const first = clean(log, { nowMs: TIME });
    expect(show(first)).toEqual(["1:a=gone", "2:b=1"]);
    expect(decodeBatchHeader(first[0] ?? new Uint8Array(0))).toMatchObject({
      hasDeleteHorizon: true,
      baseTimestamp: TIME + DAY,
      maxTimestamp: TIME,
    });
    const again = { firstDirtyOffset: 3 };
    expect(show(clean(first, { ...again, nowMs: TIME + DAY - 1 }))).toEqual(["1:a=gone", "2:b=1"]);
    expect(show(clean(first, { ...again, nowMs: TIME + DAY }))).toEqual(["2:b=1"]);
  });

  it("keeps a later value of a key whose tombstone has gone", () => {
    const first = clean([data(0, [["a", null]])]);
    const log = [...first, data(1, [["a", "2"]])];
    expect(show(clean(log, { firstDirtyOffset: 1, nowMs: TIME + 2 * DAY }))).toEqual(["1:a=2"]);
  });

  it("keeps the header of the last batch of a producer that is still known", () => {
    const producer = { producerId: 5, producerEpoch: 0 };
    const log = [
      data(0, [["a", "1"]], { ...producer, baseSequence: 0 }),
      data(1, [["a", "2"]], { ...producer, baseSequence: 1 }),
      data(2, [["a", "3"]]),
    ];
    const producers = new Map([[5, { epoch: 0, lastDataOffset: 1 }]]);
    expect(show(clean(log, { producers }))).toEqual(["1-1:empty", "2:a=3"]);
    expect(show(clean(clean(log, { producers })))).toEqual(["2:a=3"]);
  });

  it("keeps the last batch of the round, if only as a header", () => {
    const log = [data(0, [["a", "1"]]), data(1, [[null, "x"]])];
    expect(show(clean(log, { upperBoundOffset: 2 }))).toEqual(["0:a=1", "1-1:empty"]);
  });

  it("drops what was aborted at once, and its marker after its own horizon", () => {
    const transactional = { isTransactional: true, producerId: 1, producerEpoch: 0, baseSequence: 0 };
    const log = [
      data(0, [["a", "1"]]),
      data(1, [["a", "2"]], transactional),
      marker(2, "abort", 1),
      data(3, [["b", "1"]]),
    ];
    const first = clean(log, { nowMs: TIME });
    expect(show(first)).toEqual(["0:a=1", "2:marker", "3:b=1"]);
    const second = clean(first, { firstDirtyOffset: 4, nowMs: TIME + DAY });
    expect(show(second)).toEqual(["0:a=1", "2:marker", "3:b=1"]);
    expect(show(clean(second, { firstDirtyOffset: 4, nowMs: TIME + 2 * DAY - 1 }))).toContain("2:marker");
    expect(show(clean(second, { firstDirtyOffset: 4, nowMs: TIME + 2 * DAY }))).toEqual(["0:a=1", "3:b=1"]);
  });

  it("never drops a commit marker while data of its transaction is there", () => {
    const transactional = { isTransactional: true, producerId: 1, producerEpoch: 0, baseSequence: 0 };
    let log = [data(0, [["a", "1"]], transactional), marker(1, "commit", 1), data(2, [["b", "1"]])];
    for (let round = 1; round < 5; round++) log = clean(log, { firstDirtyOffset: 3, nowMs: TIME + round * 10 * DAY });
    expect(show(log)).toEqual(["0:a=1", "1:marker", "2:b=1"]);
    log = [...log, data(3, [["a", "2"]])];
    log = clean(log, { firstDirtyOffset: 3, nowMs: TIME + 100 * DAY });
    expect(show(log)).toEqual(["1:marker", "2:b=1", "3:a=2"]);
    for (let round = 1; round < 4; round++)
      log = clean(log, { firstDirtyOffset: 4, nowMs: TIME + (100 + round) * DAY });
    expect(show(log)).toEqual(["2:b=1", "3:a=2"]);
  });

  it("judges nothing behind the last batch that fitted into the memory", () => {
    const log = Array.from({ length: 20 }, (_, at) => data(at, [[`k${at % 10}`, `${at}`]]));
    const cleaned = clean(log, { dedupeBufferBytes: 300 });
    expect(show(cleaned).slice(-10)).toEqual(Array.from({ length: 10 }, (_, at) => `${at + 10}:k${at}=${at + 10}`));
    expect(cleaned).toHaveLength(20);
  });
});

describe("the offset map", () => {
  it("finds every key it took, and no other", () => {
    const map = new OffsetMap(10_000_000, 0.9);
    for (let at = 0; at < 30_000; at++) expect(map.put(utf8(`key-${at % 20_000}`), at)).toBe(true);
    expect(map.size).toBe(20_000);
    for (let at = 0; at < 20_000; at += 7) expect(map.get(utf8(`key-${at}`))).toBe(at < 10_000 ? at + 20_000 : at);
    expect(map.get(utf8("key-20000"))).toBe(-1);
    expect(map.get(new Uint8Array(0))).toBe(-1);
  });

  it("refuses new keys when it is full, and still updates known ones", () => {
    const map = new OffsetMap(1_000, 0.5);
    let taken = 0;
    while (map.put(utf8(`key-${taken}`), taken)) taken++;
    expect(taken).toBeGreaterThan(5);
    expect(taken * 48).toBeLessThanOrEqual(500);
    expect(map.put(utf8("key-0"), 99)).toBe(true);
    expect(map.get(utf8("key-0"))).toBe(99);
  });

  it("says so when it is too small for anything", () => {
    expect(() => new OffsetMap(100, 0.9).put(new Uint8Array(200), 0)).toThrow("log.cleaner.dedupe.buffer.size");
  });

  it("does not keep the batch a key came from", () => {
    const map = new OffsetMap(100_000, 0.9);
    const key = utf8("key");
    map.put(key, 1);
    key.fill(0);
    expect(map.get(utf8("key"))).toBe(1);
    expect(equalBytes(key, utf8("key"))).toBe(false);
  });
});
