import { ByteReader, seededRandom, StreambedError } from "@streambed/kernel";
import { describe, expect, it } from "vitest";
import goldenBatches from "../test-data/golden-batches.json" with { type: "json" };
import golden from "../test-data/golden-messages.json" with { type: "json" };
import * as protocol from "./index.ts";

type Decode = (reader: ByteReader, version: number) => object;
// Generated functions are looked up by name here, which no type can follow.
const functions = protocol as unknown as Readonly<Record<string, unknown>>;

const SEED = 23;
const random = seededRandom(SEED);
const below = (bound: number): number => Math.floor(random.fraction() * bound);
const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

/** Runs an action that may only succeed or throw an error of this project. */
function survives(action: () => unknown): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof StreambedError)) throw error;
  }
}

function damage(bytes: Uint8Array): Uint8Array {
  const damaged = bytes.slice(0, below(3) === 0 ? below(bytes.length + 1) : undefined);
  for (let changes = below(4); changes > 0 && damaged.length > 0; changes--) {
    const at = below(damaged.length);
    damaged[at] = [0, 1, 0x7f, 0x80, 0xff, below(256)][below(6)] ?? 0;
  }
  return damaged;
}

describe("decoders of messages", () => {
  it("throw nothing but their own errors on truncated and damaged bytes", () => {
    for (const [name, version, text] of golden as [string, number, string][]) {
      const decode = functions[`decode${name}`] as Decode;
      const bytes = fromBase64(text);
      for (let round = 0; round < 25; round++) {
        const damaged = damage(bytes);
        survives(() => decode(new ByteReader(damaged), version));
      }
    }
  });

  it("throw nothing but their own errors on noise", () => {
    for (const api of protocol.APIS) {
      for (let version = api.minVersion; version <= api.maxVersion; version++) {
        for (let round = 0; round < 10; round++) {
          const noise = random.bytes(below(200));
          survives(() => api.decodeRequest(new ByteReader(noise), version));
          survives(() => api.decodeResponse(new ByteReader(noise), version));
          survives(() => protocol.readRequestHeader(new ByteReader(noise)));
        }
      }
    }
  });

  it("allocate nothing for counts that the bytes cannot hold", () => {
    // A million topics are announced, in 12 bytes.
    const bytes = Uint8Array.of(0x00, 0x0f, 0x42, 0x40, 0, 0, 0, 0, 0, 0, 0, 0);
    expect(() => protocol.decodeMetadataRequest(new ByteReader(bytes), 4)).toThrow("claims 1000000 elements");
    const flexible = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0);
    expect(() => protocol.decodeMetadataRequest(new ByteReader(flexible), 9)).toThrow("claims 4294967294 elements");
    const negative = Uint8Array.of(0xff, 0xff, 0xff, 0xfe);
    expect(() => protocol.decodeMetadataRequest(new ByteReader(negative), 4)).toThrow("claims -2 elements");
    const tags = Uint8Array.of(1, 1, 0xff, 0xff, 0x03, ...new Uint8Array(99));
    expect(() => protocol.decodeApiVersionsRequest(new ByteReader(tags), 3)).toThrow("65535 tagged fields");
  });
});

describe("decoders of records", () => {
  it("throw nothing but their own errors, whatever the batch", () => {
    const options = { codecs: protocol.defaultCodecs, outputBytesMax: 1_000_000 };
    for (const [, text] of goldenBatches as [string, string][]) {
      const batch = fromBase64(text);
      for (let round = 0; round < 400; round++) {
        const damaged = damage(batch);
        survives(() => protocol.splitBatches(damaged));
        survives(() => protocol.verifyCrc(damaged));
        survives(() => {
          const header = protocol.decodeBatchHeader(damaged);
          protocol.inspectBatch(damaged, header, options);
        });
        survives(() => {
          const header = protocol.decodeBatchHeader(damaged);
          for (const record of protocol.iterateRecords(damaged, header, options)) protocol.decodeControlRecord(record);
        });
      }
    }
  });

  it("throw nothing but their own errors on embedded group data", () => {
    for (let round = 0; round < 3000; round++) {
      const noise = random.bytes(below(60));
      if (below(2) === 0) noise.fill(0, 0, 2);
      survives(() => protocol.decodeSubscription(noise));
      survives(() => protocol.decodeAssignment(noise));
      survives(() => protocol.decodeVersioned(protocol.decodeGroupMetadataValue, noise));
      survives(() => protocol.decodeRecordKey(protocol.decodeOffsetCommitKey, noise));
    }
  });
});
