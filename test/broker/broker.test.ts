import { ZERO_UUID, utf8, fromUtf8, concatBytes } from "@streambed/kernel";
import {
  defaultCodecs,
  decodeBatchHeader,
  encodeRecordBatch,
  ERROR_CODES,
  iterateRecords,
  splitBatches,
} from "@streambed/protocol";
import type { CompressionType, RecordBatchInput } from "@streambed/protocol";
import { inProcessBroker } from "@streambed/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { InProcessBroker } from "@streambed/testing";
import { kafkaSession } from "./kafka-session.ts";
import type { KafkaSession } from "./kafka-session.ts";

const NOW = Date.now();

function batchOf(values: readonly string[], extra: Partial<RecordBatchInput> = {}): Uint8Array {
  const records = values.map((value, at) => ({ key: utf8(`k${at}`), value: utf8(value), timestamp: NOW + at }));
  return encodeRecordBatch({ records, codecs: defaultCodecs, ...extra });
}

let kafka: InProcessBroker;
let session: KafkaSession;
beforeEach(async () => {
  kafka = await inProcessBroker();
  session = kafkaSession(kafka.broker);
});
afterEach(() => kafka.close());

async function createTopic(name: string, numPartitions = 1, configs: Record<string, string> = {}): Promise<string> {
  const { topics } = await session.call("CreateTopics", 7, {
    timeoutMs: 1000,
    topics: [
      {
        name,
        numPartitions,
        replicationFactor: 1,
        assignments: [],
        configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
      },
    ],
  });
  expect(topics[0]?.errorCode).toBe(0);
  return topics[0]?.topicId ?? "";
}

async function produce(name: string, bytes: Uint8Array | null, index = 0, version = 9) {
  const { responses } = await session.call("Produce", version, {
    acks: -1,
    timeoutMs: 5000,
    topicData: [{ name, partitionData: [{ index, records: bytes === null ? null : [bytes] }] }],
  });
  const partition = responses[0]?.partitionResponses[0];
  if (partition === undefined) throw new Error("no answer");
  return partition;
}

async function fetch(
  name: string,
  offset: number,
  extra: { maxBytes?: number; maxWaitMs?: number; minBytes?: number; index?: number } = {},
) {
  const { maxBytes = 1_000_000, maxWaitMs = 0, minBytes = 1, index = 0 } = extra;
  const { responses } = await session.call("Fetch", 12, {
    maxWaitMs,
    minBytes,
    maxBytes,
    topics: [
      { topic: name, partitions: [{ partition: index, fetchOffset: BigInt(offset), partitionMaxBytes: maxBytes }] },
    ],
  });
  const partition = responses[0]?.partitions[0];
  if (partition === undefined) throw new Error("no answer");
  return partition;
}

function valuesIn(records: readonly Uint8Array[] | null): [number, string][] {
  const { batches } = splitBatches(concatBytes(records ?? []));
  return batches.flatMap((batch) =>
    [...iterateRecords(batch, decodeBatchHeader(batch), { codecs: defaultCodecs })].map((record): [number, string] => [
      record.offset,
      record.value === null ? "" : fromUtf8(record.value),
    ]),
  );
}

describe("produce and fetch", () => {
  it("gives back what was sent, in all compressions, at dense offsets", async () => {
    await createTopic("t");
    const compressions: readonly CompressionType[] = ["none", "gzip", "snappy", "lz4", "zstd"];
    for (const [at, compression] of compressions.entries()) {
      expect(await produce("t", batchOf([`${compression}-a`, `${compression}-b`], { compression }))).toMatchObject({
        errorCode: 0,
        baseOffset: BigInt(at * 2),
      });
    }
    const all = compressions.flatMap((compression) => [`${compression}-a`, `${compression}-b`]);
    expect(valuesIn((await fetch("t", 0)).records)).toEqual(all.map((value, offset) => [offset, value]));
    expect(valuesIn((await fetch("t", 3)).records)[0]).toEqual([2, "gzip-a"]);
  });

  it("keeps the first batch whole, however small the limit", async () => {
    await createTopic("t");
    await produce("t", batchOf(["x".repeat(5000)]));
    await produce("t", batchOf(["y"]));
    expect(valuesIn((await fetch("t", 0, { maxBytes: 10 })).records).map(([offset]) => offset)).toEqual([0]);
  });

  it("holds a fetch until there is something, and wakes it by the commit", async () => {
    await createTopic("t");
    const waiting = fetch("t", 0, { maxWaitMs: 10_000 });
    const sent = performance.now();
    await produce("t", batchOf(["late"]));
    expect(valuesIn((await waiting).records)).toEqual([[0, "late"]]);
    expect(performance.now() - sent).toBeLessThan(2000);
    const empty = performance.now();
    expect(valuesIn((await fetch("t", 1, { maxWaitMs: 50 })).records)).toEqual([]);
    expect(performance.now() - empty).toBeGreaterThan(40);
  });

  it("answers requests of one connection that overlap, and appends in order of arrival", async () => {
    await createTopic("t");
    const answers = await Promise.all(Array.from({ length: 50 }, (_, at) => produce("t", batchOf([`${at}`]))));
    expect(answers.map(({ baseOffset }) => Number(baseOffset))).toEqual(Array.from({ length: 50 }, (_, at) => at));
  });

  it("says what is out of range and what is unknown", async () => {
    await createTopic("t");
    expect((await fetch("t", 5)).errorCode).toBe(ERROR_CODES.OFFSET_OUT_OF_RANGE.code);
    expect((await fetch("nope", 0)).errorCode).toBe(ERROR_CODES.UNKNOWN_TOPIC_OR_PARTITION.code);
    expect((await produce("nope", batchOf(["a"]))).errorCode).toBe(ERROR_CODES.UNKNOWN_TOPIC_OR_PARTITION.code);
    expect((await produce("t", batchOf(["a"]), 7)).errorCode).toBe(ERROR_CODES.UNKNOWN_TOPIC_OR_PARTITION.code);
  });

  it("serves topics by id from the versions that have no names", async () => {
    const topicId = await createTopic("t");
    const sent = await session.call("Produce", 13, {
      acks: -1,
      timeoutMs: 100,
      topicData: [{ topicId, partitionData: [{ index: 0, records: [batchOf(["id"])] }] }],
    });
    expect(sent.responses[0]).toMatchObject({ topicId, partitionResponses: [{ errorCode: 0 }] });
    const request = (id: string) => ({
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: 1000,
      topics: [{ topicId: id, partitions: [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 1000 }] }],
    });
    expect(
      valuesIn((await session.call("Fetch", 18, request(topicId))).responses[0]?.partitions[0]?.records ?? null),
    ).toEqual([[0, "id"]]);
    const other = "00000000-0000-4000-8000-00000000abcd";
    expect((await session.call("Fetch", 18, request(other))).responses[0]?.partitions[0]?.errorCode).toBe(
      ERROR_CODES.UNKNOWN_TOPIC_ID.code,
    );
  });

  it("answers a repeated batch of an idempotent producer with its first offset", async () => {
    await createTopic("t");
    const { producerId } = await session.call("InitProducerId", 4, {
      transactionalId: null,
      transactionTimeoutMs: 1000,
    });
    const batch = (baseSequence: number) =>
      batchOf(["a", "b"], { producerId: Number(producerId), producerEpoch: 0, baseSequence });
    expect(await produce("t", batch(0))).toMatchObject({ errorCode: 0, baseOffset: 0n });
    expect(await produce("t", batch(0))).toMatchObject({ errorCode: 0, baseOffset: 0n });
    expect(await produce("t", batch(5))).toMatchObject({ errorCode: ERROR_CODES.OUT_OF_ORDER_SEQUENCE_NUMBER.code });
    expect(await produce("t", batch(2))).toMatchObject({ errorCode: 0, baseOffset: 2n });
    expect((await fetch("t", 4)).highWatermark).toBe(4n);
  });
});

describe("bad input to produce", () => {
  const corrupted = (change: (bytes: Uint8Array, view: DataView) => void): Uint8Array => {
    const bytes = batchOf(["a", "b"]).slice();
    change(bytes, new DataView(bytes.buffer, bytes.byteOffset));
    return bytes;
  };
  const cases: readonly (readonly [string, () => Uint8Array | null, keyof typeof ERROR_CODES])[] = [
    ["no batch", () => null, "INVALID_RECORD"],
    ["an empty batch field", () => new Uint8Array(0), "INVALID_RECORD"],
    ["a wrong CRC", () => corrupted((bytes) => void (bytes[70] = (bytes[70] ?? 0) ^ 1)), "CORRUPT_MESSAGE"],
    ["magic 0", () => corrupted((bytes) => void (bytes[16] = 0)), "INVALID_RECORD"],
    ["magic 9", () => corrupted((bytes) => void (bytes[16] = 9)), "CORRUPT_MESSAGE"],
    ["a negative length", () => corrupted((_, view) => view.setInt32(8, -5)), "CORRUPT_MESSAGE"],
    ["a huge length", () => corrupted((_, view) => view.setInt32(8, 0x7fffffff)), "INVALID_RECORD"],
    ["a cut batch", () => batchOf(["a", "b"]).slice(0, 65), "INVALID_RECORD"],
    ["two batches", () => concatBytes([batchOf(["a"]), batchOf(["b"])]), "INVALID_RECORD"],
    ["an unknown codec", () => corrupted((_, view) => view.setInt16(21, 6)), "CORRUPT_MESSAGE"],
    ["a huge record count", () => corrupted((_, view) => view.setInt32(57, 0x7fffffff)), "CORRUPT_MESSAGE"],
    ["a control batch", () => batchOf(["a"], { isControl: true }), "INVALID_RECORD"],
    ["a base offset", () => batchOf(["a"], { baseOffset: 3 }), "INVALID_RECORD"],
    ["a record above the limit", () => batchOf(["x".repeat(1_100_000)]), "MESSAGE_TOO_LARGE"],
    ["a decompression bomb", () => batchOf(["\0".repeat(40_000_000)], { compression: "gzip" }), "MESSAGE_TOO_LARGE"],
    [
      "a time in the far future",
      () => encodeRecordBatch({ records: [{ value: utf8("x"), timestamp: NOW + 864e5 }] }),
      "INVALID_TIMESTAMP",
    ],
  ];
  it.each(cases)("refuses %s and goes on", async (_name, bytes, error) => {
    await createTopic("t");
    expect((await produce("t", bytes())).errorCode).toBe(ERROR_CODES[error].code);
    expect(await produce("t", batchOf(["after"]))).toMatchObject({ errorCode: 0, baseOffset: 0n });
  });

  it("names the record without a key on a compacted topic", async () => {
    await createTopic("c", 1, { "cleanup.policy": "compact" });
    const bytes = encodeRecordBatch({
      records: [
        { key: utf8("k"), value: null, timestamp: NOW },
        { value: utf8("v"), timestamp: NOW },
      ],
    });
    expect(await produce("c", bytes)).toMatchObject({
      errorCode: ERROR_CODES.INVALID_RECORD.code,
      recordErrors: [{ batchIndex: 1 }],
    });
  });

  it("refuses wrong acks, clients on internal topics, and zstd in old versions", async () => {
    await createTopic("t");
    const wrong = await session.call("Produce", 9, {
      acks: 2,
      timeoutMs: 1,
      topicData: [{ name: "t", partitionData: [{ index: 0, records: [batchOf(["a"])] }] }],
    });
    expect(wrong.responses[0]?.partitionResponses[0]?.errorCode).toBe(ERROR_CODES.INVALID_REQUIRED_ACKS.code);
    expect((await produce("t", batchOf(["a"], { compression: "zstd" }), 0, 6)).errorCode).toBe(
      ERROR_CODES.UNSUPPORTED_COMPRESSION_TYPE.code,
    );
  });

  it("with acks=0 answers nothing, or ends the connection on an error", async () => {
    await createTopic("t");
    const send = (name: string) =>
      session.raw(
        session.frame("Produce", 9, {
          acks: 0,
          timeoutMs: 1,
          topicData: [{ name, partitionData: [{ index: 0, records: [batchOf(["a"])] }] }],
        }),
      );
    expect((await send("t")).kind).toBe("no-reply");
    expect((await send("nope")).kind).toBe("close");
  });
});

describe("frames", () => {
  it("negotiates versions and refuses what it does not know", async () => {
    const versions = await session.call("ApiVersions", 3, { clientSoftwareName: "test", clientSoftwareVersion: "1.0" });
    expect(versions.apiKeys.find(({ apiKey }) => apiKey === 0)).toEqual({ apiKey: 0, minVersion: 0, maxVersion: 13 });
    expect(versions.apiKeys.find(({ apiKey }) => apiKey === 22)?.maxVersion).toBe(5);
    expect(
      (await session.call("ApiVersions", 3, { clientSoftwareName: "!", clientSoftwareVersion: "1" })).errorCode,
    ).toBe(ERROR_CODES.INVALID_REQUEST.code);
    const future = session.frame("ApiVersions", 4, { clientSoftwareName: "test", clientSoftwareVersion: "1.0" });
    new DataView(future.buffer).setInt16(2, 99);
    const answer = await session.raw(future);
    expect(answer.kind === "reply" && new DataView(concatBytes(answer.chunks).slice().buffer).getInt16(4)).toBe(
      ERROR_CODES.UNSUPPORTED_VERSION.code,
    );
  });

  it("ignores bytes behind a request, which librdkafka 2.15 sends", async () => {
    const whole = session.frame("Metadata", 13, { topics: null });
    expect((await session.raw(concatBytes([whole, new Uint8Array(3)]))).kind).toBe("reply");
  });

  it("ends the connection on garbage, cut requests and unknown APIs, and stays up", async () => {
    const whole = session.frame("Metadata", 9, { topics: null });
    for (const bytes of [
      new Uint8Array(0),
      new Uint8Array(30).fill(255),
      whole.slice(0, whole.length - 3),
      new Uint8Array([0, 4, 0, 0, 0, 0, 0, 0, 255, 255]),
    ]) {
      expect((await session.raw(bytes)).kind).toBe("close");
    }
    expect((await session.call("Metadata", 9, { topics: null })).topics).toEqual([]);
  });
});

describe("topics", () => {
  it("creates on demand, and not when told so or when the name is bad", async () => {
    const one = await session.call("Metadata", 12, { topics: [{ name: "auto" }], allowAutoTopicCreation: true });
    expect(one.topics[0]).toMatchObject({
      errorCode: 0,
      name: "auto",
      partitions: [{ leaderId: 1, partitionIndex: 0 }],
    });
    const none = await session.call("Metadata", 12, {
      topics: [{ name: "other" }, { name: "b@d" }],
      allowAutoTopicCreation: false,
    });
    expect(none.topics.map(({ errorCode }) => errorCode)).toEqual([
      ERROR_CODES.UNKNOWN_TOPIC_OR_PARTITION.code,
      ERROR_CODES.INVALID_TOPIC_EXCEPTION.code,
    ]);
  });

  it("refuses what Kafka refuses", async () => {
    await createTopic("a.b");
    const attempt = async (topic: {
      name: string;
      numPartitions?: number;
      replicationFactor?: number;
      configs?: { name: string; value: string }[];
    }) => {
      const { topics } = await session.call("CreateTopics", 7, {
        timeoutMs: 1,
        topics: [{ numPartitions: 1, replicationFactor: 1, assignments: [], configs: [], ...topic }],
      });
      return topics[0]?.errorCode;
    };
    expect(await attempt({ name: "a.b" })).toBe(ERROR_CODES.TOPIC_ALREADY_EXISTS.code);
    expect(await attempt({ name: "a_b" })).toBe(ERROR_CODES.INVALID_TOPIC_EXCEPTION.code);
    expect(await attempt({ name: "x", numPartitions: 0 })).toBe(ERROR_CODES.INVALID_PARTITIONS.code);
    expect(await attempt({ name: "x", replicationFactor: 100 })).toBe(ERROR_CODES.INVALID_REPLICATION_FACTOR.code);
    expect(await attempt({ name: "x", configs: [{ name: "retention.ms", value: "soon" }] })).toBe(
      ERROR_CODES.INVALID_CONFIG.code,
    );
    expect(await attempt({ name: "x", configs: [{ name: "no.such", value: "1" }] })).toBe(
      ERROR_CODES.INVALID_CONFIG.code,
    );
    expect(await attempt({ name: "x", numPartitions: -1, replicationFactor: -1 })).toBe(0);
  });

  it("grows, changes configs, shows them, and deletes; a new topic of the name has a new id", async () => {
    const first = await createTopic("t", 2);
    const grown = await session.call("CreatePartitions", 3, {
      timeoutMs: 1,
      validateOnly: false,
      topics: [{ name: "t", count: 5, assignments: null }],
    });
    expect(grown.results).toMatchObject([{ name: "t", errorCode: 0 }]);
    const resources = [
      {
        resourceType: 2,
        resourceName: "t",
        configs: [
          { name: "retention.ms", configOperation: 0, value: "1000" },
          { name: "cleanup.policy", configOperation: 2, value: "compact" },
        ],
      },
    ];
    expect(
      (await session.call("IncrementalAlterConfigs", 1, { validateOnly: false, resources })).responses[0]?.errorCode,
    ).toBe(0);
    const described = await session.call("DescribeConfigs", 4, {
      resources: [{ resourceType: 2, resourceName: "t", configurationKeys: null }],
      includeSynonyms: true,
    });
    const configs = new Map(described.results[0]?.configs.map((config) => [config.name, config]));
    expect(configs.get("retention.ms")).toMatchObject({ value: "1000", configSource: 1 });
    expect(configs.get("cleanup.policy")?.value).toBe("delete,compact");
    expect(configs.get("segment.bytes")).toMatchObject({ value: "1073741824", configSource: 5 });
    expect((await session.call("Metadata", 12, { topics: [{ name: "t" }] })).topics[0]?.partitions.length).toBe(5);
    expect(
      (await session.call("DeleteTopics", 6, { timeoutMs: 1, topics: [{ name: null, topicId: first }] })).responses[0]
        ?.errorCode,
    ).toBe(0);
    expect(
      (await session.call("DeleteTopics", 6, { timeoutMs: 1, topics: [{ name: "t", topicId: ZERO_UUID }] }))
        .responses[0]?.errorCode,
    ).toBe(ERROR_CODES.UNKNOWN_TOPIC_OR_PARTITION.code);
    expect(await createTopic("t")).not.toBe(first);
  });

  it("lists offsets by special timestamps and by time", async () => {
    await createTopic("t");
    await produce("t", batchOf(["a", "b", "c"]));
    await produce("t", batchOf(["d"], { compression: "gzip" }));
    const list = async (timestamp: number, version = 11) => {
      const { topics } = await session.call("ListOffsets", version, {
        replicaId: -1,
        topics: [{ name: "t", partitions: [{ partitionIndex: 0, timestamp: BigInt(timestamp) }] }],
      });
      const { offset, errorCode } = topics[0]?.partitions[0] ?? { offset: -9n, errorCode: -9 };
      return errorCode === 0 ? Number(offset) : `error ${errorCode}`;
    };
    expect([await list(-1), await list(-2), await list(-3), await list(-4), await list(-5)]).toEqual([4, 0, 2, 0, -1]);
    expect([await list(NOW), await list(NOW + 1), await list(NOW + 2), await list(NOW + 3)]).toEqual([0, 1, 2, -1]);
    expect(await list(-3, 6)).toBe(`error ${ERROR_CODES.UNSUPPORTED_VERSION.code}`);
  });
});
