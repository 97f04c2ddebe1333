import { describe, expect, it } from "vitest";
import {
  ByteReader,
  ByteWriter,
  crc32c,
  fromUtf8,
  murmur2,
  utf8,
  uuidFromBytes,
  uuidToBase64,
  uuidToBytes,
} from "./index.ts";

describe("bytes", () => {
  it("crc32c gives the check value of the standard, at once and in pieces", () => {
    expect(crc32c(utf8("123456789"))).toBe(0xe3069283);
    expect(crc32c(utf8("6789"), crc32c(utf8("12345")))).toBe(0xe3069283);
    const long = Uint8Array.from({ length: 1000 }, (_, at) => at * 7);
    expect(crc32c(long.subarray(333), crc32c(long.subarray(0, 333)))).toBe(crc32c(long));
  });

  it("murmur2 gives the values of Kafka's Java client", () => {
    // From org.apache.kafka.common.utils.UtilsTest#testMurmur2 (values are facts of the algorithm).
    const cases: readonly (readonly [string, number])[] = [
      ["21", -973932308],
      ["foobar", -790332482],
      ["a-little-bit-long-string", -985981536],
      ["a-little-bit-longer-string", -1486304829],
      ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
      ["abc", 479470107],
    ];
    for (const [key, hash] of cases) expect(murmur2(utf8(key))).toBe(hash);
  });

  it("reads back what it wrote, over chunk borders and referenced blocks", () => {
    const writer = new ByteWriter(4);
    const block = new Uint8Array(5000).fill(7);
    const numbers = [0, 1, -1, 63, -64, 64, 1 << 30, -(2 ** 31), 2 ** 31 - 1];
    for (const value of numbers) writer.varint(value);
    const longs = [0, -1, 2 ** 40, -(2 ** 40), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
    for (const value of longs) writer.varlong(value);
    for (const value of longs) writer.safeInt64(value);
    writer.bytes(block);
    writer.int64(-5n);
    writer.text("häuser");
    writer.float64(1.5);
    const reader = new ByteReader(writer.finish());
    expect(reader.bytes.length).toBe(writer.length);
    for (const value of numbers) expect(reader.varint()).toBe(value);
    for (const value of longs) expect(reader.varlong()).toBe(value);
    for (const value of longs) expect(reader.safeInt64()).toBe(value);
    expect(reader.take(5000)).toEqual(block);
    expect(reader.int64()).toBe(-5n);
    expect(fromUtf8(reader.take(7))).toBe("häuser");
    expect(reader.float64()).toBe(1.5);
    expect(() => reader.int8()).toThrow("Needed 1 bytes");
  });

  it("refuses variable-length numbers that never end", () => {
    expect(() => new ByteReader(new Uint8Array(20).fill(0xff)).varint()).toThrow("32 bits");
    expect(() => new ByteReader(new Uint8Array(20).fill(0xff)).varlong()).toThrow("can be counted");
    expect(() => new ByteReader(new Uint8Array(20)).take(-1)).toThrow("Needed");
  });

  it("prints uuids as Kafka does", () => {
    const uuid = uuidFromBytes(Uint8Array.from({ length: 16 }, (_, at) => at));
    expect(uuid).toBe("00010203-0405-0607-0809-0a0b0c0d0e0f");
    expect(uuidToBase64(uuid)).toBe("AAECAwQFBgcICQoLDA0ODw");
    expect(uuidFromBytes(uuidToBytes(uuid))).toBe(uuid);
  });
});
