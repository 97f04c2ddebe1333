import { fromUtf8, seededRandom, utf8 } from "@streambed/kernel";
import { describe, expect, it } from "vitest";
import { defaultCodecs } from "../codecs/default-codecs.ts";
import {
  COMPRESSION_TYPES,
  decodeBatchHeader,
  emptyBatch,
  encodeRecordBatch,
  iterateRecords,
  rebuildBatch,
  selectRecords,
  verifyCrc,
  type RecordInput,
} from "./index.ts";

const codecs = defaultCodecs;
const TIME = 1_700_000_000_000;

function records(count: number, seed: number): RecordInput[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, index) => ({
    key: random.fraction() < 0.2 ? null : utf8(`key-${index}`),
    value: random.fraction() < 0.3 ? null : random.bytes(Math.floor(random.fraction() * 200)),
    timestamp: TIME + Math.floor((random.fraction() - 0.5) * 1e6),
    headers: random.fraction() < 0.5 ? [] : [{ key: "trace", value: random.bytes(3) }],
  }));
}

describe("filtering a batch", () => {
  it.each(COMPRESSION_TYPES)("keeps every chosen record as it was, compression %s", (compression) => {
    for (let seed = 0; seed < 20; seed++) {
      const base = { baseOffset: 1_000, producerId: 7, producerEpoch: 2, baseSequence: 40, partitionLeaderEpoch: 5 };
      const batch = encodeRecordBatch({ ...base, records: records(1 + (seed % 9), seed), compression, codecs });
      const header = decodeBatchHeader(batch);
      const before = [...iterateRecords(batch, header, { codecs })];
      const wanted = new Set(before.map(({ offset }) => offset).filter((offset) => (offset * 7 + seed) % 3 !== 0));
      const selection = selectRecords(batch, header, { codecs, keep: ({ offset }) => wanted.has(offset) });
      const deleteHorizonMs = seed % 2 === 0 ? undefined : TIME + seed * 86_400_000;
      const rebuilt = rebuildBatch(batch, header, selection, { codecs, deleteHorizonMs });
      const after = decodeBatchHeader(rebuilt);
      const kept = before.filter(({ offset }) => wanted.has(offset));
      expect([...iterateRecords(rebuilt, after, { codecs })], `seed ${seed}`).toEqual(kept);
      expect(verifyCrc(rebuilt)).toBe(true);
      expect(after).toMatchObject({ ...base, lastOffset: header.lastOffset, recordCount: kept.length });
      expect(after.compression).toBe(header.compression);
      expect(after.hasDeleteHorizon).toBe(deleteHorizonMs !== undefined);
      expect(after.maxTimestamp).toBe(Math.max(-1, ...kept.map(({ timestamp }) => timestamp)));
      if (deleteHorizonMs !== undefined) expect(after.baseTimestamp).toBe(deleteHorizonMs);
    }
  });

  it("shows keys, and which records are tombstones", () => {
    const batch = encodeRecordBatch({
      baseOffset: 3,
      records: [
        { key: utf8("a"), value: utf8("1"), timestamp: TIME },
        { key: null, value: null, timestamp: TIME },
      ],
    });
    const seen: unknown[] = [];
    const selection = selectRecords(batch, decodeBatchHeader(batch), {
      codecs,
      keep: ({ offset, key, hasValue }) => seen.push([offset, key === null ? null : fromUtf8(key), hasValue]) > 0,
    });
    expect(seen).toEqual([
      [3, "a", true],
      [4, null, false],
    ]);
    expect(selection).toMatchObject({ recordCount: 2, keptCount: 2, hasTombstones: true });
  });

  it("keeps the time of appending when its records go", () => {
    const batch = encodeRecordBatch({ records: records(3, 1), logAppendTime: TIME + 99 });
    const header = decodeBatchHeader(batch);
    const selection = selectRecords(batch, header, { codecs, keep: ({ offset }) => offset === 1 });
    const rebuilt = rebuildBatch(batch, header, selection, { codecs, deleteHorizonMs: TIME + 5 });
    const [record] = [...iterateRecords(rebuilt, decodeBatchHeader(rebuilt), { codecs })];
    expect(record).toMatchObject({ offset: 1, timestamp: TIME + 99 });
  });

  it("leaves of an emptied batch what its producer and its offsets need", () => {
    const identity = { baseOffset: 50, producerId: 9, producerEpoch: 1, baseSequence: 12, partitionLeaderEpoch: 4 };
    const batch = encodeRecordBatch({
      ...identity,
      records: records(4, 2),
      compression: "gzip",
      codecs,
      isTransactional: true,
      deleteHorizonMs: TIME,
    });
    const empty = emptyBatch(batch, decodeBatchHeader(batch));
    const header = decodeBatchHeader(empty);
    expect(header).toMatchObject({ ...identity, lastOffset: 53, recordCount: 0, compression: 0, baseTimestamp: -1 });
    expect(header).toMatchObject({ isTransactional: true, hasDeleteHorizon: false, sizeBytes: empty.length });
    expect(verifyCrc(empty)).toBe(true);
    expect([...iterateRecords(empty, header, { codecs })]).toEqual([]);
  });
});
