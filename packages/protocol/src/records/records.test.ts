import { equalBytes, fromUtf8, hasCode, utf8 } from "@streambed/kernel";
import { describe, expect, it } from "vitest";
import {
  decodeBatchHeader,
  decodeControlRecord,
  encodeRecordBatch,
  encodeTransactionMarker,
  inspectBatch,
  iterateRecords,
  patchBaseOffset,
  patchLeaderEpoch,
  patchLogAppendTime,
  splitBatches,
  verifyCrc,
  type RecordInput,
} from "./index.ts";
import { varintBytes } from "./record-writer.ts";

const noCodec = { compress: (bytes: Uint8Array) => bytes, decompress: (bytes: Uint8Array) => bytes };
const codecs = { gzip: noCodec, snappy: noCodec, lz4: noCodec, zstd: noCodec };

const RECORDS: readonly RecordInput[] = [
  { key: utf8("a"), value: utf8("first"), timestamp: 1_700_000_000_000 },
  { key: null, value: new Uint8Array(300).fill(7), timestamp: 1_700_000_000_500, headers: [{ key: "h", value: null }] },
  { key: utf8("c"), value: null, timestamp: 1_600_000_000_000, headers: [{ key: "ü", value: utf8("x") }] },
];

describe("record batches", () => {
  it("give back what was put in", () => {
    const batch = encodeRecordBatch({
      records: RECORDS,
      baseOffset: 5,
      producerId: 2 ** 40,
      producerEpoch: 3,
      baseSequence: 9,
    });
    const header = decodeBatchHeader(batch);
    expect(header).toMatchObject({
      baseOffset: 5,
      lastOffset: 7,
      sizeBytes: batch.length,
      partitionLeaderEpoch: -1,
      recordCount: 3,
      producerId: 2 ** 40,
      producerEpoch: 3,
      baseSequence: 9,
      baseTimestamp: 1_700_000_000_000,
      maxTimestamp: 1_700_000_000_500,
      isTransactional: false,
    });
    expect(verifyCrc(batch)).toBe(true);
    const records = [...iterateRecords(batch, header, { codecs })];
    expect(records.map((record) => record.offset)).toEqual([5, 6, 7]);
    expect(records.map((record) => record.timestamp)).toEqual(RECORDS.map((record) => record.timestamp));
    expect(records.map((record) => record.key && fromUtf8(record.key))).toEqual(["a", null, "c"]);
    expect(records.map((record) => record.value?.length)).toEqual([5, 300, undefined]);
    expect(records[1]?.headers).toEqual([{ key: "h", value: null }]);
    expect(records[2]?.headers).toEqual([{ key: "ü", value: utf8("x") }]);
    expect(records[0]?.value?.buffer).toBe(batch.buffer);
  });

  it("state the facts a broker decides on", () => {
    const batch = encodeRecordBatch({ records: RECORDS, baseOffset: 5 });
    expect(inspectBatch(batch, decodeBatchHeader(batch), { codecs })).toEqual({
      recordCount: 3,
      hasSequentialOffsets: true,
      firstWithoutKey: 1,
      minTimestamp: 1_600_000_000_000,
      maxTimestamp: 1_700_000_000_500,
      maxTimestampOffset: 6,
      minTimestampIndex: 2,
      payloadBytes: batch.length - 61,
    });
    const gaps = encodeRecordBatch({
      records: [
        { timestamp: 1, offset: 0 },
        { timestamp: 1, offset: 4 },
      ],
    });
    expect(decodeBatchHeader(gaps).lastOffsetDelta).toBe(4);
    expect(inspectBatch(gaps, decodeBatchHeader(gaps), { codecs }).hasSequentialOffsets).toBe(false);
  });

  it("keep their CRC when offset and epoch are patched, and get a new one with a new timestamp", () => {
    const batch = encodeRecordBatch({ records: RECORDS });
    patchBaseOffset(batch, 2 ** 45 + 1);
    patchLeaderEpoch(batch, 12);
    expect(verifyCrc(batch)).toBe(true);
    expect(decodeBatchHeader(batch)).toMatchObject({ baseOffset: 2 ** 45 + 1, partitionLeaderEpoch: 12 });
    const before = decodeBatchHeader(batch).crc;
    patchLogAppendTime(batch, 99);
    expect(verifyCrc(batch)).toBe(true);
    expect(decodeBatchHeader(batch)).toMatchObject({ maxTimestamp: 99, isLogAppendTime: true });
    expect(decodeBatchHeader(batch).crc).not.toBe(before);
    const times = [...iterateRecords(batch, decodeBatchHeader(batch), { codecs })].map((record) => record.timestamp);
    expect(times).toEqual([99, 99, 99]);
    batch[70] = (batch[70] ?? 0) ^ 1;
    expect(verifyCrc(batch)).toBe(false);
  });

  it("come apart again after they were put in a row, with a cut-off end left over", () => {
    const one = encodeRecordBatch({ records: RECORDS });
    const two = encodeRecordBatch({ records: RECORDS.slice(1), baseOffset: 3 });
    const row = Uint8Array.from([...one, ...two, ...one.subarray(0, 40)]);
    const { batches, rest } = splitBatches(row);
    expect(batches).toEqual([one, two]);
    expect(rest.length).toBe(40);
    expect(() => splitBatches(new Uint8Array(20))).toThrow("claims 12 bytes");
  });

  it("may be empty, which compaction needs", () => {
    const batch = encodeRecordBatch({ records: [], baseOffset: 10, lastOffsetDelta: 4, deleteHorizonMs: 77 });
    const header = decodeBatchHeader(batch);
    expect(header).toMatchObject({
      lastOffset: 14,
      recordCount: 0,
      hasDeleteHorizon: true,
      baseTimestamp: 77,
      maxTimestamp: -1,
    });
    expect([...iterateRecords(batch, header, { codecs })]).toEqual([]);
    expect(inspectBatch(batch, header, { codecs }).maxTimestamp).toBe(-1);
  });

  it("carry transaction markers", () => {
    for (const result of ["commit", "abort"] as const) {
      const marker = encodeTransactionMarker({
        result,
        producerId: 7,
        producerEpoch: 1,
        coordinatorEpoch: 33,
        timestamp: 5,
      });
      const header = decodeBatchHeader(marker);
      expect(header).toMatchObject({ isControl: true, isTransactional: true, producerId: 7, baseSequence: -1 });
      const [record] = [...iterateRecords(marker, header, { codecs })];
      expect(record && decodeControlRecord(record)).toEqual({ type: result, coordinatorEpoch: 33 });
    }
  });

  it("measure numbers as they are written", () => {
    for (const value of [0, 63, 64, -64, -65, 8191, 8192, 2 ** 31 - 1, -(2 ** 31), 2 ** 34, -(2 ** 34) - 1, 2 ** 52]) {
      const batch = encodeRecordBatch({ records: [{ timestamp: 0 }, { timestamp: value }] });
      const records = [...iterateRecords(batch, decodeBatchHeader(batch), { codecs })];
      expect(records[1]?.timestamp, `${value} takes ${varintBytes(value)}`).toBe(value);
    }
  });

  it("refuse what does not fit", () => {
    const batch = encodeRecordBatch({ records: RECORDS });
    const header = decodeBatchHeader(batch);
    const claim =
      (change: object): (() => unknown) =>
      () =>
        inspectBatch(batch, { ...header, ...change }, { codecs });
    expect(claim({ recordCount: 2 })).toThrow("follow the last record");
    expect(claim({ recordCount: 4 })).toThrow();
    expect(claim({ recordCount: 1_000_000 })).toThrow("claims 1000000 records");
    expect(claim({ sizeBytes: batch.length + 1 })).toThrow("cut off");
    expect(claim({ compression: 6 })).toThrow("Compression type 6");
    const old = batch.slice();
    old[16] = 1;
    expect(() => decodeBatchHeader(old)).toThrow("magic 2");
    try {
      decodeBatchHeader(batch.subarray(0, 50));
      expect.unreachable();
    } catch (error) {
      expect(hasCode(error, "MALFORMED_BYTES")).toBe(true);
    }
    expect(equalBytes(batch, encodeRecordBatch({ records: RECORDS }))).toBe(true);
  });
});
