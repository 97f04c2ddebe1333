import { ByteReader, ByteWriter, StreambedError, utf8 } from "@streambed/kernel";
import { describe, expect, it } from "vitest";
import * as protocol from "./index.ts";

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Hexadecimal text, grouped by field. */
const spaced = (text: string): string => text.replaceAll(" ", "");

function written(write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter();
  write(writer);
  return writer.finish();
}

function codeOf(action: () => unknown): string {
  try {
    action();
    return "none";
  } catch (error) {
    if (error instanceof StreambedError) return error.code;
    throw error;
  }
}

describe("headers", () => {
  it("keep the old length of the client id in flexible versions", () => {
    const api = protocol.apiByName("ApiVersions");
    const fields = { version: 4, correlationId: 7, clientId: "me" };
    const bytes = written((writer) => protocol.writeRequestHeader(writer, api, fields));
    expect(hex(bytes)).toBe(spaced("00120004 00000007 00026d65 00"));
    const reader = new ByteReader(bytes);
    const { header } = protocol.readRequestHeader(reader);
    expect(header).toEqual({ requestApiKey: 18, requestApiVersion: 4, correlationId: 7, clientId: "me" });
    expect(reader.remaining).toBe(0);
  });

  it("answer ApiVersions without tagged fields in every version", () => {
    const lengths = (["ApiVersions", "Metadata"] as const).map((name) => {
      const api = protocol.apiByName(name);
      return [0, api.maxVersion].map(
        (version) =>
          written((writer) => protocol.writeResponseHeader(writer, api, { version, correlationId: 1 })).length,
      );
    });
    expect(lengths).toEqual([
      [4, 4],
      [4, 5],
    ]);
  });

  it("name no API for a key that is not known", () => {
    const bytes = Uint8Array.of(0x7f, 0, 0, 1, 0, 0, 0, 9, 0xff, 0xff);
    const { api, header } = protocol.readRequestHeader(new ByteReader(bytes));
    expect(api).toBeUndefined();
    expect(header).toMatchObject({ requestApiKey: 0x7f00, correlationId: 9, clientId: null });
  });
});

describe("messages", () => {
  it("skip tagged fields nobody knows", () => {
    const known = written((writer) => protocol.encodeHeartbeatResponse(writer, { errorCode: 27 }, 4));
    const extended = Uint8Array.from([...known.subarray(0, -1), 2, 5, 3, 1, 2, 3, 200, 1, 0]);
    const reader = new ByteReader(extended);
    expect(protocol.decodeHeartbeatResponse(reader, 4)).toEqual({ throttleTimeMs: 0, errorCode: 27 });
    expect(reader.remaining).toBe(0);
  });

  it("leave ignorable fields out and refuse others that a version cannot carry", () => {
    const rack = { maxWaitMs: 1, minBytes: 1, topics: [], rackId: "a" };
    expect(codeOf(() => written((writer) => protocol.encodeFetchRequest(writer, rack, 4)))).toBe("none");
    const forgotten = { ...rack, forgottenTopicsData: [{ topic: "t", partitions: [1] }] };
    expect(codeOf(() => written((writer) => protocol.encodeFetchRequest(writer, forgotten, 4)))).toBe(
      "UNSUPPORTED_FIELD",
    );
    expect(codeOf(() => written((writer) => protocol.encodeFetchRequest(writer, forgotten, 7)))).toBe("none");
  });

  it("refuse null where a version has none, and versions that do not exist", () => {
    const all = { topics: null };
    expect(codeOf(() => written((writer) => protocol.encodeMetadataRequest(writer, all, 0)))).toBe("UNSUPPORTED_NULL");
    expect(codeOf(() => written((writer) => protocol.encodeMetadataRequest(writer, all, 1)))).toBe("none");
    expect(codeOf(() => written((writer) => protocol.encodeMetadataRequest(writer, all, 99)))).toBe(
      "UNSUPPORTED_VERSION",
    );
    expect(codeOf(() => protocol.decodeMetadataRequest(new ByteReader(Uint8Array.of(0xff, 0xff, 0xff, 0xff)), 0))).toBe(
      "MALFORMED_BYTES",
    );
  });

  it("hand records through without a copy", () => {
    const batch = new Uint8Array(5000).fill(3);
    const request = {
      acks: -1,
      timeoutMs: 9,
      topicData: [{ name: "t", partitionData: [{ index: 0, records: [batch, batch] }] }],
    };
    const writer = new ByteWriter();
    protocol.encodeProduceRequest(writer, request, 12);
    expect(writer.chunks().filter((chunk) => chunk === batch).length).toBe(2);
    const frame = writer.finish();
    const decoded = protocol.decodeProduceRequest(new ByteReader(frame), 12);
    const [view] = decoded.topicData[0]?.partitionData[0]?.records ?? [];
    expect(view?.length).toBe(10_000);
    expect(view?.buffer).toBe(frame.buffer);
  });

  it("refuse texts that are too long", () => {
    const groupId = "x".repeat(32_768);
    const request = { groupId, generationId: 1, memberId: "" };
    expect(codeOf(() => written((writer) => protocol.encodeHeartbeatRequest(writer, request, 4)))).toBe(
      "STRING_TOO_LONG",
    );
  });
});

describe("tables", () => {
  it("know every API a client may call, once", () => {
    expect(protocol.APIS.length).toBe(79);
    expect(new Set(protocol.APIS.map((api) => api.apiKey)).size).toBe(79);
    expect(protocol.apiByName("Fetch")).toMatchObject({ apiKey: 1, minVersion: 4, maxVersion: 18, flexibleFrom: 12 });
    expect(protocol.APIS.filter((api) => api.latestVersionUnstable).map((api) => api.name)).toEqual(["InitProducerId"]);
    expect(protocol.apiByKey(4)).toBeUndefined();
  });

  it("name error codes", () => {
    expect(protocol.errorName(16)).toBe("NOT_COORDINATOR");
    expect(protocol.isRetriable(16)).toBe(true);
    expect(protocol.isRetriable(37)).toBe(false);
    expect(protocol.errorName(9999)).toBe("UNKNOWN_SERVER_ERROR");
  });
});

describe("group and partition helpers", () => {
  it("choose the partition Kafka's Java client chooses", () => {
    // murmur2 of these keys is -973932308, -790332482 and 479470107 in Kafka's own tests.
    expect(protocol.defaultPartition(utf8("21"), 7)).toBe((-973932308 & 0x7fffffff) % 7);
    expect(protocol.defaultPartition(utf8("foobar"), 100)).toBe(1_357_151_166 % 100);
    expect(protocol.defaultPartition(utf8("abc"), 1000)).toBe(107);
  });

  it("write subscriptions in the version asked for and read newer ones", () => {
    const subscription = {
      topics: ["a", "b"],
      ownedPartitions: [{ topic: "a", partitions: [1, 2] }],
      generationId: 4,
      rackId: "r",
    };
    for (let version = 0; version <= 3; version++) {
      const decoded = protocol.decodeSubscription(protocol.encodeSubscription(subscription, version));
      expect(decoded.topics).toEqual(["a", "b"]);
      expect(decoded.ownedPartitions.length).toBe(version >= 1 ? 1 : 0);
      expect(decoded.generationId).toBe(version >= 2 ? 4 : -1);
      expect(decoded.rackId).toBe(version >= 3 ? "r" : null);
    }
    const newer = protocol.encodeSubscription(subscription);
    newer[1] = 9;
    expect(protocol.decodeSubscription(Uint8Array.from([...newer, 1, 2, 3])).rackId).toBe("r");
  });

  it("write assignments and read the empty one of a member that got nothing", () => {
    const bytes = protocol.encodeAssignment({ assignedPartitions: [{ topic: "t", partitions: [0] }] }, 0);
    expect(hex(bytes)).toBe(spaced("0000 00000001 000174 00000001 00000000 ffffffff"));
    expect(protocol.decodeAssignment(bytes).assignedPartitions).toEqual([{ topic: "t", partitions: [0] }]);
    expect(protocol.decodeAssignment(new Uint8Array(0)).assignedPartitions).toEqual([]);
  });

  it("write internal records as Kafka's tools read them", () => {
    const key = protocol.encodeRecordKey(
      protocol.encodeOffsetCommitKey,
      { group: "g", topic: "t", partition: 2 },
      protocol.OFFSET_COMMIT_KEY_TYPE,
    );
    expect(hex(key)).toBe(spaced("0001 000167 000174 00000002"));
    expect(protocol.recordKeyType(key)).toBe(1);
    expect(protocol.decodeRecordKey(protocol.decodeOffsetCommitKey, key)).toEqual({
      group: "g",
      topic: "t",
      partition: 2,
    });
    const value = protocol.encodeVersioned(
      protocol.encodeOffsetCommitValue,
      { offset: 5n, metadata: "m", commitTimestamp: 6n },
      3,
    );
    expect(hex(value)).toBe(spaced("0003 0000000000000005 ffffffff 00016d 0000000000000006"));
    expect(protocol.decodeVersioned(protocol.decodeOffsetCommitValue, value)).toMatchObject({
      offset: 5n,
      leaderEpoch: -1,
    });
  });
});
