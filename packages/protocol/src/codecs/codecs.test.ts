import { equalBytes, seededRandom, StreambedError, utf8 } from "@streambed/kernel";
import { constants, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import golden from "../../test-data/golden-batches.json" with { type: "json" };
import { decodeBatchHeader, encodeRecordBatch, inspectBatch, iterateRecords, verifyCrc } from "../records/index.ts";
import { COMPRESSION_TYPES } from "./codec.ts";
import { defaultCodecs } from "./default-codecs.ts";
import { xxhash32 } from "./xxhash32.ts";
import { xxhash64Low } from "./xxhash64.ts";

const TYPES = ["gzip", "snappy", "lz4", "zstd"] as const;
const LIMIT = 64 * 1024 * 1024;
const source = seededRandom(11);
const random = {
  bytes: (length: number): Uint8Array => source.bytes(length),
  /** A whole number below the bound. */
  int: (bound: number): number => Math.floor(source.fraction() * bound),
};

function text(length: number): Uint8Array {
  const words = ["partition", "offset", "leader", "epoch", "batch", "record", "log", "segment", " ", "\n", "42", "ü"];
  let written = "";
  while (written.length < length) written += `${words[random.int(words.length)]}${random.int(50)} `;
  return utf8(written).slice(0, length);
}

const INPUTS: Readonly<Record<string, Uint8Array>> = {
  nothing: new Uint8Array(0),
  "one byte": Uint8Array.of(9),
  "a few bytes": utf8("hello hello hello hello"),
  text: text(70_000),
  "long text": text(400_000),
  noise: random.bytes(200_000),
  zeros: new Uint8Array(300_000),
  "two symbols": random.bytes(5000).map((byte) => byte & 1),
  "all symbols, skewed": random.bytes(150_000).map((byte, at) => (at % 3 === 0 ? byte : byte & 3)),
  "long repeats": Uint8Array.from({ length: 200_000 }, (_, at) => ((at * at) % 199) ^ Math.floor(at / 70_000)),
};

function codeOf(action: () => unknown): string {
  try {
    action();
    return "none";
  } catch (error) {
    if (error instanceof StreambedError) return error.code;
    throw error;
  }
}

describe.each(TYPES)("%s", (type) => {
  const codec = defaultCodecs[type];

  it.each(Object.keys(INPUTS))("gives back %s", (name) => {
    const input = INPUTS[name] ?? new Uint8Array(0);
    expect(equalBytes(codec.decompress(codec.compress(input), LIMIT), input)).toBe(true);
    expect(equalBytes(codec.decompress(codec.compress(input), input.length), input)).toBe(true);
  });

  it("makes text shorter", () => {
    expect(codec.compress(text(70_000)).length).toBeLessThan(type === "snappy" || type === "lz4" ? 45_000 : 25_000);
  });

  it("stops at the limit, however small the input", () => {
    for (const input of [new Uint8Array(5_000_000), text(30_000)]) {
      const compressed = codec.compress(input);
      expect(codeOf(() => codec.decompress(compressed, 20_000))).toBe("DECOMPRESSION_LIMIT");
    }
  });

  it("never throws anything but its own errors on damaged input", () => {
    const compressed = codec.compress(text(3000));
    for (let round = 0; round < 500; round++) {
      const damaged = compressed.slice(0, round % 5 === 0 ? random.int(compressed.length) : undefined);
      for (let change = random.int(4); change >= 0 && damaged.length > 0; change--) {
        damaged[random.int(damaged.length)] = random.int(256);
      }
      expect(["none", "MALFORMED_BYTES", "DECOMPRESSION_LIMIT"]).toContain(
        codeOf(() => codec.decompress(damaged, 100_000)),
      );
    }
    for (let round = 0; round < 500; round++) {
      const noise = random.bytes(random.int(60));
      noise.set(compressed.subarray(0, random.int(20)).subarray(0, noise.length));
      expect(["none", "MALFORMED_BYTES", "DECOMPRESSION_LIMIT"]).toContain(
        codeOf(() => codec.decompress(noise, 100_000)),
      );
    }
  });
});

describe("other implementations", () => {
  it.each(golden as [string, string][])("a %s batch of Kafka's Java client is read", (name, base64) => {
    const batch = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    const header = decodeBatchHeader(batch);
    expect(verifyCrc(batch)).toBe(true);
    expect(header).toMatchObject({
      baseOffset: 1000,
      producerId: 42,
      producerEpoch: 3,
      baseSequence: 17,
      isTransactional: true,
    });
    expect(COMPRESSION_TYPES[header.compression]).toBe(name);
    const records = [...iterateRecords(batch, header, { codecs: defaultCodecs })];
    expect(records.length).toBe(60);
    expect(records[7]).toMatchObject({ offset: 1007, timestamp: 1_700_000_001_750, key: utf8("key-0") });
    expect(records[10]).toMatchObject({ value: null, headers: [{ key: "trace" }, { key: "none", value: null }] });
    expect(records[59]?.value).toEqual(utf8('{"id":59,"name":"record 59","state":"ok"}'));
    expect(inspectBatch(batch, header, { codecs: defaultCodecs })).toMatchObject({
      hasSequentialOffsets: true,
      firstWithoutKey: 0,
    });
    const again = encodeRecordBatch({
      ...header,
      records: records.map((record) => ({ ...record })),
      compression: "none",
    });
    expect(decodeBatchHeader(again).recordCount).toBe(60);
  });

  it.each(Object.keys(INPUTS))("zlib agrees on %s in both directions", (name) => {
    const input = INPUTS[name] ?? new Uint8Array(0);
    expect(equalBytes(new Uint8Array(gunzipSync(defaultCodecs.gzip.compress(input))), input)).toBe(true);
    expect(equalBytes(defaultCodecs.gzip.decompress(gzipSync(input), LIMIT), input)).toBe(true);
    expect(equalBytes(new Uint8Array(zstdDecompressSync(defaultCodecs.zstd.compress(input))), input)).toBe(true);
    for (const level of [1, 3, 12, 19]) {
      const params = { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: level % 2 };
      const sizeless = { ...params, [constants.ZSTD_c_contentSizeFlag]: 0 };
      expect(equalBytes(defaultCodecs.zstd.decompress(zstdCompressSync(input, { params }), LIMIT), input)).toBe(true);
      expect(
        equalBytes(defaultCodecs.zstd.decompress(zstdCompressSync(input, { params: sizeless }), LIMIT), input),
      ).toBe(true);
    }
  });

  it("several gzip members and several zstd frames are read as one", () => {
    const [left, right] = [text(500), text(700)];
    const both = Uint8Array.from([...left, ...right]);
    const join = (compress: (bytes: Uint8Array) => Uint8Array): Uint8Array =>
      Uint8Array.from([...compress(left), ...compress(right)]);
    expect(defaultCodecs.gzip.decompress(join(gzipSync), LIMIT)).toEqual(both);
    expect(defaultCodecs.zstd.decompress(join(zstdCompressSync), LIMIT)).toEqual(both);
    expect(defaultCodecs.lz4.decompress(join(defaultCodecs.lz4.compress), LIMIT)).toEqual(both);
  });

  it("a wrong zstd checksum is noticed", () => {
    const frame = new Uint8Array(zstdCompressSync(text(100), { params: { [constants.ZSTD_c_checksumFlag]: 1 } }));
    frame[frame.length - 1] = (frame.at(-1) ?? 0) ^ 1;
    expect(() => defaultCodecs.zstd.decompress(frame, LIMIT)).toThrow("checksum");
  });

  it("raw snappy, as librdkafka writes it, is read", () => {
    // "aaaaaaaaaabcbc": a literal, a copy that overlaps itself, a literal, a copy with a two-byte distance.
    const raw = Uint8Array.of(14, 0 << 2, 97, (5 << 2) | 1, 1, 1 << 2, 98, 99, (1 << 2) | 2, 2, 0);
    expect(defaultCodecs.snappy.decompress(raw, LIMIT)).toEqual(utf8("aaaaaaaaaabcbc"));
  });

  it("checksums have the values of xxHash", () => {
    expect(xxhash32(new Uint8Array(0))).toBe(0x02cc5d05);
    expect(xxhash32(utf8("Nobody inspects the spammish repetition"))).toBe(0xe2293b2f);
    expect(xxhash64Low(new Uint8Array(0))).toBe(0x51d8e999);
    expect(xxhash64Low(utf8("Nobody inspects the spammish repetition"))).toBe(0x8a378bf1);
  });
});
