import { ByteReader, ByteWriter, hasCode, seededRandom } from "@streambed/kernel";
import { describe, expect, it } from "vitest";
import { decodeRoot, encodePageObject, encodeRoot, encodeRootContent } from "./checkpoint-root.ts";
import { decodeCommand, encodeCommand } from "./command-codec.ts";
import type { Command } from "./command.ts";
import { LogState } from "./log-state.ts";
import { decodeFooter, encodeFooter } from "./pack-footer.ts";
import type { PackPart } from "./pack-footer.ts";
import { encodePage, PageLoader } from "./page-codec.ts";
import { openShardLog } from "./shard-log.ts";
import { encodeState } from "./state-codec.ts";
import { installPack } from "./test-support/install-packs.ts";
import { batch, CREATE_TOPIC, TOPIC } from "./test-support/log-records.ts";
import { mapStore } from "./test-support/map-store.ts";

const OTHER = "ffffffff-0000-4000-8000-000000000002";

const INSTALL: Command = {
  kind: "install",
  createdAtMs: 1_700_000_000_000,
  packs: [{ packId: OTHER, level: 2, bytes: 5000, footerPosition: 4000, retentionClass: 7 }],
  parts: [TOPIC, OTHER, TOPIC].map((topicId, index) => ({
    pack: index - 1 > 0 ? -1 : 0,
    topicId,
    partition: index * 300,
    baseOffset: index * 5_000_000_000,
    endOffset: index * 5_000_000_000 + 17,
    expectedRevision: index,
    position: 8 + index * 1000,
    length: 1000,
    maxTimestampMs: 1_700_000_000_000,
    cleanedThrough: index - 1,
  })),
};
const FORGET: Command = { kind: "forget-packs", numbers: [0, 7, 5_000_000_000] };

const PARTS: readonly PackPart[] = [
  {
    topicId: TOPIC,
    partition: 4,
    baseOffset: 5_000_000_000,
    endOffset: 5_000_000_100,
    position: 8,
    length: 200_000,
    points: [0, 70_000, 150_000].map((at) => ({
      baseOffset: 5_000_000_000 + at / 10_000,
      position: 8 + at,
      maxTimestampMs: 1_700_000_000_000 - at,
    })),
  },
  {
    topicId: OTHER,
    partition: 0,
    baseOffset: 0,
    endOffset: 1,
    position: 200_008,
    length: 69,
    points: [{ baseOffset: 0, position: 200_008, maxTimestampMs: -1 }],
  },
];

function commandBytes(command: Command): Uint8Array {
  const writer = new ByteWriter();
  encodeCommand(writer, command);
  return writer.finish();
}

/** A state with all there can be in one. */
async function richState(): Promise<LogState> {
  const random = seededRandom(3);
  const log = await openShardLog({ store: mapStore(), random });
  await log.command(CREATE_TOPIC);
  const idempotence = { producerId: 5_000_000_000, producerEpoch: 1, baseSequence: 0 };
  for (let at = 0; at < 6; at++) await log.append([batch(at), batch(at, 3, { partition: 2, ...idempotence })]);
  const partition = log.view.partition(TOPIC, 0);
  if (partition === undefined) throw new Error("no partition");
  await installPack(log, random, [{ partition, baseOffset: 0, endOffset: 3 }]);
  await installPack(log, random, [{ partition, baseOffset: 0, endOffset: 5 }]);
  await log.command({ kind: "alter-configs", topicId: TOPIC, changes: new Map([["retention.ms", "5"]]) });
  return log.internals.state;
}

function pageBytes(state: LogState): Uint8Array {
  const writer = new ByteWriter();
  encodePage(writer, state, 0);
  return writer.finish();
}

function stateBytes(state: LogState): Uint8Array {
  const writer = new ByteWriter();
  encodeState(writer, state);
  return writer.finish();
}

/** Cuts and changes bytes; whatever comes out is a value, or an error that says that the bytes are wrong. */
function survives(bytes: Uint8Array, decode: (bytes: Uint8Array) => unknown): void {
  const random = seededRandom(11);
  const pick = (limit: number): number => Math.floor(random.fraction() * limit);
  for (let round = 0; round < 2_000; round++) {
    const changed = bytes.slice(0, round % 3 === 0 ? pick(bytes.length) : bytes.length);
    if (changed.length > 0) for (let at = 0; at <= round % 4; at++) changed[pick(changed.length)] = pick(256);
    try {
      decode(changed);
    } catch (error) {
      if (!hasCode(error, "MALFORMED_BYTES") && !hasCode(error, "INVARIANT")) throw error;
    }
  }
}

describe("formats on storage", () => {
  it.each([INSTALL, FORGET])("a command comes back as it was, and damaged bytes are noticed: $kind", (command) => {
    const bytes = commandBytes(command);
    expect(decodeCommand(new ByteReader(bytes))).toEqual(command);
    survives(bytes, (changed) => decodeCommand(new ByteReader(changed)));
  });

  it("a footer comes back as it was; a damaged one is never taken for one", () => {
    const bytes = encodeFooter(PARTS, 200_077);
    expect(decodeFooter(bytes, 200_077)).toEqual(PARTS);
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice();
      changed[at] = (changed[at] ?? 0) ^ 4;
      expect(() => decodeFooter(changed, 200_077)).toThrow();
    }
    expect(() => decodeFooter(bytes, 200_078)).toThrow("elsewhere");
    expect(() => decodeFooter(bytes.subarray(1), 200_077)).toThrow();
  });

  it("root and pages bring back all of a state; a damaged root is never taken for one", async () => {
    const state = await richState();
    const page = pageBytes(state);
    const { crc } = encodePageObject(page);
    const [prefix = new Uint8Array(), content = new Uint8Array()] = encodeRoot(encodeRootContent(state), [
      { page: 0, seq: state.seq, crc },
    ]);
    const bytes = new Uint8Array([...prefix, ...content]);
    const restored = new LogState();
    const root = decodeRoot(bytes);
    expect(root.pages).toEqual([{ page: 0, seq: state.seq, crc }]);
    root.restore(restored);
    const loader = new PageLoader(restored);
    loader.add(new ByteReader(page), 0, state.seq);
    loader.finish();
    expect(stateBytes(restored)).toEqual(stateBytes(state));
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice();
      changed[at] = (changed[at] ?? 0) ^ 4;
      expect(() => decodeRoot(changed)).toThrow();
    }
    survives(page, (changed) => {
      const damaged = new LogState();
      decodeRoot(bytes).restore(damaged);
      const pages = new PageLoader(damaged);
      pages.add(new ByteReader(changed), 0, state.seq);
      pages.finish();
    });
  });
});
