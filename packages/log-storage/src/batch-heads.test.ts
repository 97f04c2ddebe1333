import { concatBytes, seededRandom, utf8 } from "@streambed/kernel";
import { encodeRecordBatch } from "@streambed/protocol";
import { describe, expect, it } from "vitest";
import { SEALED_BYTES } from "./batch-seal.ts";
import { entryKey, packKey } from "./keys.ts";
import { PACK_HEADER_BYTES } from "./pack-footer.ts";
import { PackWriter } from "./pack-writer.ts";
import { openShardLog } from "./shard-log.ts";
import { installPack } from "./test-support/install-packs.ts";
import { batch, CREATE_TOPIC, partitionOf, tags, TOPIC } from "./test-support/log-records.ts";
import { mapStore } from "./test-support/map-store.ts";
import type { MapStore } from "./test-support/map-store.ts";

const random = seededRandom(11);
const BATCHES = 3;

/** Everything in a pack, and the positions of its batches. */
async function packed(): Promise<{ store: MapStore; key: string; starts: number[]; truth: Uint8Array[] }> {
  const store = mapStore();
  const log = await openShardLog({ store, random });
  await log.command(CREATE_TOPIC);
  for (let at = 0; at < BATCHES; at++) await log.append([batch(at, 2)]);
  const partition = partitionOf(log);
  const truth = (await log.read(partition, 0, 100_000)).map((each) => each.slice());
  await installPack(log, random, [{ partition, baseOffset: 0, endOffset: BATCHES * 2 }]);
  const [pack] = log.internals.state.packs.values();
  if (pack === undefined) throw new Error("a pack is live");
  const starts = truth.map((_, index) =>
    truth.slice(0, index).reduce((at, { length }) => at + length, PACK_HEADER_BYTES),
  );
  return { store, key: packKey(0, pack), starts, truth };
}

/** The same store, but a bit of one object is wrong in its next answers that hold it, `wrong.times` of them. */
function spoiling(store: MapStore, key: string, bit: number, wrong: { times: number }): MapStore {
  const get: MapStore["get"] = async (wanted, options) => {
    const answer = await store.get(wanted, options);
    const at = (bit >>> 3) - (options?.range?.offset ?? 0);
    if (wanted !== key || !answer.found || at < 0 || at >= answer.bytes.length || wrong.times-- <= 0) return answer;
    answer.bytes[at] = (answer.bytes[at] ?? 0) ^ (1 << (bit & 7));
    return answer;
  };
  return { ...store, get };
}

describe("heads of batches in packs", () => {
  it("are what they were, though a bit of one was wrong on the way; a bit that stays wrong is damage", async () => {
    const { store, key, starts, truth } = await packed();
    for (const start of starts) {
      for (let bit = start * 8; bit < (start + SEALED_BYTES) * 8; bit++) {
        const passing = await openShardLog({ store: spoiling(store, key, bit, { times: 1 }), random: seededRandom(1) });
        expect(await passing.read(partitionOf(passing), 0, 100_000)).toEqual(truth);
        const lasting = await openShardLog({
          store: spoiling(store, key, bit, { times: Infinity }),
          random: seededRandom(1),
        });
        await expect(lasting.read(partitionOf(lasting), 0, 100_000)).rejects.toMatchObject({ kind: "corrupt" });
      }
    }
  });

  it("are not sealed in the batches that a writer was given, small or large", () => {
    const batches = [10, 100_000, 20].map((size, baseOffset) =>
      encodeRecordBatch({ baseOffset, records: [{ key: null, value: utf8("x".repeat(size)), timestamp: 1 }] }),
    );
    const before = batches.map((each) => each.slice());
    const writer = new PackWriter();
    writer.beginPart({ topicId: TOPIC, partition: 0, baseOffset: 0, endOffset: 3 });
    for (const each of batches) writer.add(each);
    writer.endPart();
    const { body, bytes } = writer.finish();
    expect(batches).toEqual(before);
    expect(concatBytes(body)).toHaveLength(bytes);
  });
});

describe("heads of batches in entries", () => {
  it("are refused unless they belong to one whole batch", async () => {
    const log = await openShardLog({ store: mapStore(), random });
    await log.command(CREATE_TOPIC);
    const { bytes } = batch(1);
    const magic1 = bytes.map((byte, at) => (at === 16 ? 1 : byte));
    const two = concatBytes([bytes, bytes]);
    for (const nonsense of [new Uint8Array(0), bytes.subarray(0, 60), bytes.subarray(0, 65), magic1, two]) {
      const refused = log.append([batch(2), batch(1, 1, { bytes: nonsense })]);
      await expect(refused).rejects.toMatchObject({ kind: "invalid", code: "NO_RECORD_BATCH" });
    }
    expect(await log.append([batch(1)])).toMatchObject([{ baseOffset: 0 }]);
  });

  it("are right, though a bit of one was wrong on the way", async () => {
    const store = mapStore();
    const log = await openShardLog({ store, random });
    await log.command(CREATE_TOPIC);
    await log.append([batch(7)]);
    const { seq } = log.internals.state;
    const size = store.objects.get(entryKey(0, seq))?.length ?? 0;
    const start = (size - batch(7).bytes.length) * 8;
    // Only the checksum itself is left to the client, like what it covers.
    for (let bit = start; bit < start + 17 * 8; bit++) {
      const wrong = { times: 0 };
      const second = await openShardLog({ store: spoiling(store, entryKey(0, seq), bit, wrong), random });
      wrong.times = 1;
      expect(await tags(second)).toEqual([[0, 7]]);
      expect(wrong.times).toBeLessThanOrEqual(0);
    }
  });
});
