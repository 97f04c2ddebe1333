import { concatBytes, utf8 } from "@streambed/kernel";
import { afterAll, beforeAll, expect, it } from "vitest";
import { requestFrame } from "./exchange.ts";
import { startPeers } from "./peers.ts";
import type { Peers } from "./peers.ts";
import { RawConnection } from "./raw-connection.ts";

// What both brokers do with a connection on which something is wrong: answer, end it, or wait for more.

let peers: Peers;
beforeAll(async () => {
  peers = await startPeers();
});
afterAll(() => peers?.[Symbol.asyncDispose]());

/** Time after which a broker is taken to wait for more, milliseconds. */
const WAITS_MS = 1_500;

const int32 = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value);
  return bytes;
};
const framed = (frame: Uint8Array): Uint8Array => concatBytes([int32(frame.length), frame]);
const metadata = (): Uint8Array => requestFrame("Metadata", 9, { topics: [] });
const patched = (frame: Uint8Array, at: number, value: number): Uint8Array => {
  new DataView(frame.buffer, frame.byteOffset).setInt16(at, value);
  return frame;
};
const API_KEY_AT = 0;
const VERSION_AT = 2;
const CLIENT_ID_LENGTH_AT = 8;

interface ConnectionCase {
  readonly title: string;
  readonly bytes: Uint8Array;
  /** True when our side is ended after the bytes. */
  readonly isEnded?: boolean;
}

const CASES: readonly ConnectionCase[] = [
  { title: "a good request", bytes: framed(metadata()) },
  { title: "two good requests in one piece", bytes: concatBytes([framed(metadata()), framed(metadata())]) },
  { title: "a request in halves", bytes: framed(metadata()).slice(0, 9) },
  { title: "a request in halves, and the end", bytes: framed(metadata()).slice(0, 9), isEnded: true },
  { title: "nothing, and the end", bytes: new Uint8Array(0), isEnded: true },
  { title: "a length, and the end", bytes: int32(100), isEnded: true },
  { title: "a negative length", bytes: int32(-1) },
  { title: "the least length", bytes: int32(-2_147_483_648) },
  { title: "no length", bytes: int32(0) },
  { title: "the greatest length", bytes: int32(2_147_483_647) },
  { title: "one byte more than the greatest request", bytes: int32(104_857_601) },
  { title: "the length of the greatest request", bytes: int32(104_857_600) },
  { title: "an HTTP request", bytes: utf8("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n") },
  {
    title: "a TLS greeting",
    bytes: new Uint8Array([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]),
  },
  { title: "a frame of ones", bytes: framed(new Uint8Array(30).fill(255)) },
  { title: "a frame of zeros", bytes: framed(new Uint8Array(30)) },
  { title: "a frame of three bytes", bytes: framed(new Uint8Array([0, 3, 0])) },
  { title: "an API key nobody knows", bytes: framed(patched(metadata(), API_KEY_AT, 999)) },
  { title: "a negative API key", bytes: framed(patched(metadata(), API_KEY_AT, -1)) },
  { title: "an API key that is gone", bytes: framed(patched(metadata(), API_KEY_AT, 4)) },
  { title: "an API key of controllers", bytes: framed(patched(metadata(), API_KEY_AT, 52)) },
  { title: "a version above the highest", bytes: framed(patched(metadata(), VERSION_AT, 99)) },
  {
    title: "a version below the lowest",
    bytes: framed(patched(requestFrame("Fetch", 4, { maxWaitMs: 0, minBytes: 0, topics: [] }), VERSION_AT, 3)),
  },
  { title: "a negative version", bytes: framed(patched(metadata(), VERSION_AT, -1)) },
  {
    title: "Produce in version 2, which is listed but not served",
    bytes: framed(patched(requestFrame("Produce", 3, { acks: 1, timeoutMs: 1, topicData: [] }), VERSION_AT, 2)),
  },
  {
    title: "ApiVersions in a version above the highest",
    bytes: framed(
      patched(requestFrame("ApiVersions", 3, { clientSoftwareName: "a", clientSoftwareVersion: "1" }), VERSION_AT, 99),
    ),
  },
  {
    title: "ApiVersions in a negative version",
    bytes: framed(patched(requestFrame("ApiVersions", 0, {}), VERSION_AT, -1)),
  },
  { title: "a body that is cut off", bytes: framed(metadata().slice(0, -3)) },
  { title: "bytes after the body", bytes: framed(concatBytes([metadata(), new Uint8Array(5)])) },
  {
    title: "a client id that is longer than the frame",
    bytes: framed(patched(metadata(), CLIENT_ID_LENGTH_AT, 30_000)),
  },
  {
    title: "no client id",
    bytes: framed(concatBytes([patched(requestFrame("ApiVersions", 0, {}), CLIENT_ID_LENGTH_AT, -1).slice(0, 10)])),
  },
  {
    title: "an array of two thousand million topics",
    bytes: framed(concatBytes([requestFrame("Metadata", 1, { topics: [] }).slice(0, -4), int32(2_000_000_000)])),
  },
  {
    title: "an array of a negative length",
    bytes: framed(concatBytes([requestFrame("Metadata", 1, { topics: [] }).slice(0, -4), int32(-2)])),
  },
  { title: "a good request, and the end", bytes: framed(metadata()), isEnded: true },
];

const INTENDED: ReadonlyMap<string, string> = new Map([
  [
    "an array of a negative length",
    "Only -1 stands for null; Kafka takes every negative length for it in some arrays.",
  ],
]);

/** What comes back, up to the first silence or the end: `answer`, `closed`, `waits`. */
async function outcome(port: number, { bytes, isEnded = false }: ConnectionCase): Promise<string> {
  const connection = await RawConnection.open(port);
  try {
    connection.send(bytes);
    if (isEnded) connection.end();
    const seen: string[] = [];
    for (;;) {
      const next = await connection.next(WAITS_MS);
      if (next === "silent") return [...seen, "waits"].join(", ");
      if (next === "closed") return [...seen, "closed"].join(", ");
      seen.push("answer");
    }
  } finally {
    connection.destroy();
  }
}

it.each(CASES)("$title", async (tried) => {
  const [kafka, ours] = await Promise.all([outcome(peers.kafkaPort, tried), outcome(peers.oursPort, tried)]);
  if (INTENDED.has(tried.title)) expect(ours).not.toBe(kafka);
  else expect(ours).toBe(kafka);
});

it("still serves others", async () => {
  expect(await outcome(peers.oursPort, { title: "", bytes: framed(metadata()) })).toBe("answer, waits");
});
