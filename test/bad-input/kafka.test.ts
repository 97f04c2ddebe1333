import { concatBytes, utf8 } from "@streambed/kernel";
import { ERROR_CODES, errorName } from "@streambed/protocol";
import type { ApiTypes, ErrorName } from "@streambed/protocol";
import { afterAll, beforeAll, expect, it } from "vitest";
import { batchOf, broken } from "../conformance/requests.ts";
import { decodeAnswer, requestFrame } from "../conformance/exchange.ts";
import { RawConnection } from "../conformance/raw-connection.ts";
import { startServerProcess, temporaryFolder } from "../server/server-process.ts";
import type { ServerProcess } from "../server/server-process.ts";
import { AcknowledgedRecords } from "./acknowledged-records.ts";

// Bad input over TCP, to a real server on a folder: each gets its error, the process stays up, nothing is lost.

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;
const kept = new AcknowledgedRecords(() => server.kafkaPort);
const start = () =>
  startServerProcess({ args: ["--data", folder.path, "--config", "auto.create.topics.enable=false"] });

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await start();
  await kept.createTopic();
  expect(await kept.produce("before")).toBe(0);
});
afterAll(async () => {
  await server?.stop("SIGKILL");
  await folder?.[Symbol.asyncDispose]();
});

async function staysGood(): Promise<void> {
  expect(server.child.exitCode).toBeNull();
  expect(await kept.produce(`after ${kept.count}`)).toBe(0);
  expect(await kept.lost()).toEqual([]);
}

/** What comes back for bytes: a frame, or the end of the connection. */
async function answerTo(...pieces: readonly Uint8Array[]): Promise<Uint8Array | "closed" | "silent"> {
  const connection = await RawConnection.open(server.kafkaPort);
  for (const piece of pieces) connection.send(piece);
  const answer = await connection.next();
  connection.destroy();
  return answer;
}

function framed(frame: Uint8Array, length = frame.length): Uint8Array {
  const bytes = new Uint8Array(4 + frame.length);
  new DataView(bytes.buffer).setInt32(0, length);
  bytes.set(frame, 4);
  return bytes;
}

async function produceTo(name: string, records: Uint8Array, index = 0): Promise<ErrorName | undefined> {
  const partitionData = [{ index, records: [records] }];
  const request = { acks: -1, timeoutMs: 5_000, topicData: [{ name, partitionData }] };
  const incoming = await answerTo(framed(requestFrame("Produce", 9, request)));
  const answer = decodeAnswer("Produce", 9, incoming) as ApiTypes["Produce"]["response"];
  return errorName(answer.responses[0]?.partitionResponses[0]?.errorCode ?? -1);
}

const bomb = (compression: "gzip" | "zstd" | "lz4" | "snappy", megabytes: number): Uint8Array =>
  batchOf(["\0".repeat(megabytes * 1_000_000)], { compression });

const RECORDS: readonly (readonly [string, () => Uint8Array, ErrorName])[] = [
  ["a record above the limit", () => batchOf(["x".repeat(1_100_000)]), "MESSAGE_TOO_LARGE"],
  ["a corrupt CRC", () => broken((bytes) => void (bytes[70] = (bytes[70] ?? 0) ^ 1)), "CORRUPT_MESSAGE"],
  ["magic 0", () => broken((bytes) => void (bytes[16] = 0)), "INVALID_RECORD"],
  ["magic 9", () => broken((bytes) => void (bytes[16] = 9)), "CORRUPT_MESSAGE"],
  ["an unknown codec", () => broken((_, view) => view.setInt16(21, 6)), "CORRUPT_MESSAGE"],
  ["a negative batch length", () => broken((_, view) => view.setInt32(8, -5)), "CORRUPT_MESSAGE"],
  ["a huge batch length", () => broken((_, view) => view.setInt32(8, 0x7fff_ffff)), "INVALID_RECORD"],
  ["a huge count of records", () => broken((_, view) => view.setInt32(57, 0x7fff_ffff)), "CORRUPT_MESSAGE"],
  ["a decompression bomb of gzip", () => bomb("gzip", 60), "MESSAGE_TOO_LARGE"],
  ["a decompression bomb of zstd", () => bomb("zstd", 60), "MESSAGE_TOO_LARGE"],
];

it.each(RECORDS)("%s", { timeout: 60_000 }, async (_, records, error) => {
  expect(await produceTo("kept", records())).toBe(error);
  await staysGood();
});

it("an unknown topic while topics are not created on demand", async () => {
  expect(await produceTo("nowhere", batchOf(["a"]))).toBe("UNKNOWN_TOPIC_OR_PARTITION");
  expect(await produceTo("kept", batchOf(["a"]), 7)).toBe("UNKNOWN_TOPIC_OR_PARTITION");
  const metadata = requestFrame("Metadata", 12, { topics: [{ name: "nowhere" }], allowAutoTopicCreation: true });
  const { topics } = decodeAnswer("Metadata", 12, await answerTo(framed(metadata))) as ApiTypes["Metadata"]["response"];
  expect(topics[0]?.errorCode).toBe(ERROR_CODES.UNKNOWN_TOPIC_OR_PARTITION.code);
  await staysGood();
});

const metadata = (): Uint8Array => requestFrame("Metadata", 1, { topics: [] });
const int32 = (value: number): Uint8Array => framed(new Uint8Array(0), value);
const patched = (at: number, value: number): Uint8Array => {
  const frame = metadata();
  new DataView(frame.buffer).setInt16(at, value);
  return frame;
};

const CLOSING: readonly (readonly [string, () => readonly Uint8Array[]])[] = [
  ["a negative frame length", () => [int32(-1)]],
  ["a huge frame length", () => [int32(0x7fff_ffff)]],
  ["an HTTP request", () => [utf8("GET / HTTP/1.1\r\n\r\n")]],
  ["a request that is cut off inside its frame", () => [framed(metadata().slice(0, -2))]],
  ["a huge array", () => [framed(concatBytes([metadata().slice(0, -4), int32(2_000_000_000)]))]],
  ["an API nobody knows", () => [framed(patched(0, 999))]],
  ["a version nobody knows", () => [framed(patched(2, 99))]],
];

it.each(CLOSING)("%s ends that connection only", async (_, pieces) => {
  const other = await RawConnection.open(server.kafkaPort);
  expect(await answerTo(...pieces())).toBe("closed");
  other.send(framed(metadata()));
  expect(await other.next()).toBeInstanceOf(Uint8Array);
  other.destroy();
  await staysGood();
});

it("connections that are cut in the middle of a frame", async () => {
  const partitionData = [{ index: 0, records: [batchOf(["cut".repeat(100)])] }];
  const request = { acks: -1, timeoutMs: 5_000, topicData: [{ name: "kept", partitionData }] };
  const whole = framed(requestFrame("Produce", 9, request));
  for (const length of [1, 3, 4, 5, 20, whole.length - 1]) {
    const connection = await RawConnection.open(server.kafkaPort);
    connection.send(whole.slice(0, length));
    connection.destroy();
  }
  await staysGood();
});

it("ApiVersions of a version nobody knows says which are known", async () => {
  const frame = requestFrame("ApiVersions", 3, { clientSoftwareName: "a", clientSoftwareVersion: "1" });
  new DataView(frame.buffer).setInt16(2, 99);
  const answer = decodeAnswer("ApiVersions", 0, await answerTo(framed(frame))) as ApiTypes["ApiVersions"]["response"];
  expect(errorName(answer.errorCode)).toBe("UNSUPPORTED_VERSION");
  expect(answer.apiKeys.map(({ apiKey }) => apiKey)).toEqual([18]);
  await staysGood();
});

it("what was acknowledged before, between and after is there when the server is killed and started again", async () => {
  await server.stop("SIGKILL");
  server = await start();
  expect(await kept.lost()).toEqual([]);
  expect(kept.count).toBeGreaterThan(RECORDS.length + CLOSING.length);
  await staysGood();
});
