import { concatBytes, utf8 } from "@streambed/kernel";
import { encodeRecordBatch } from "@streambed/protocol";
import { describe, expect, it } from "vitest";
import { sealBatch } from "../batch-seal.ts";
import { impatientClock } from "../test-support/virtual-clock.ts";
import { Breather } from "./breather.ts";
import { SequentialReader } from "./sequential-reader.ts";

const BATCHES = Array.from({ length: 40 }, (_, at) =>
  encodeRecordBatch({
    baseOffset: at,
    records: [{ key: null, value: utf8("x".repeat((at * 37) % 500)), timestamp: 1 }],
  }),
);
const OBJECT = concatBytes(BATCHES).slice();
const startOf = (index: number): number => BATCHES.slice(0, index).reduce((sum, batch) => sum + batch.length, 0);

function readerOf(
  bytes: Uint8Array | undefined,
  blockBytes: number,
  also: { breather?: Breather; isPack?: boolean } = {},
) {
  const reads: number[] = [];
  const read = (range: { offset: number; length: number }): Promise<Uint8Array | undefined> => {
    reads.push(range.length);
    return Promise.resolve(bytes?.slice(range.offset, range.offset + range.length));
  };
  const source = { name: "seg/0/1/p", read, end: OBJECT.length, isPack: false, ...also };
  return { reads, reader: new SequentialReader(source, blockBytes) };
}

async function collect(reader: SequentialReader, from: number, to: number): Promise<Uint8Array[]> {
  const found: Uint8Array[] = [];
  const [offset, end] = [startOf(from), startOf(to)];
  for await (const batch of reader.batches({ offset, length: end - offset })) found.push(batch);
  return found;
}

describe("reading an object from front to back", () => {
  it.each([1, 64, 700, 4_096, 1_000_000])(
    "brings every batch whole, whatever the size of a block: %d",
    async (size) => {
      const { reader, reads } = readerOf(OBJECT, size);
      for (const [from, to] of [
        [0, 3],
        [3, 4],
        [9, 20],
        [20, 40],
      ] as const) {
        expect(await collect(reader, from, to)).toEqual(BATCHES.slice(from, to));
      }
      if (size === 1_000_000) expect(reads).toEqual([OBJECT.length]);
    },
  );

  it("reads no byte twice, and goes back inside a block for nothing", async () => {
    const { reader, reads } = readerOf(OBJECT, 2_000);
    await collect(reader, 0, 40);
    expect(reads.reduce((sum, length) => sum + length, 0)).toBe(OBJECT.length);
    const again = readerOf(OBJECT, 2_000);
    await collect(again.reader, 5, 7);
    await collect(again.reader, 5, 7);
    expect(again.reads).toHaveLength(1);
  });

  it("says what is wrong with an object that is missing, or cut", async () => {
    await expect(collect(readerOf(undefined, 100).reader, 0, 5)).rejects.toMatchObject({
      code: "HOUSEKEEPING_INPUT_GONE",
    });
    const cut = readerOf(OBJECT.subarray(0, startOf(4)), 100).reader;
    await expect(collect(cut, 0, 5)).rejects.toMatchObject({ code: "LOG_DAMAGED" });
    const { reader } = readerOf(OBJECT, 100);
    const inTheMiddle = reader.batches({ offset: 0, length: startOf(5) - 3 });
    await expect(Array.fromAsync(inTheMiddle)).rejects.toMatchObject({ code: "LOG_DAMAGED" });
  });

  it("opens the batches of packs, and takes no head for right that is not", async () => {
    const sealed = BATCHES.map((batch) => batch.slice());
    for (const batch of sealed) sealBatch(batch);
    const object = concatBytes(sealed).slice();
    expect(await collect(readerOf(object, 700, { isPack: true }).reader, 0, 40)).toEqual(BATCHES);
    // The lowest bit of a base offset: the batches would still ascend.
    const at = startOf(39) + 7;
    object[at] = (object[at] ?? 0) ^ 2;
    await expect(collect(readerOf(object, 700, { isPack: true }).reader, 0, 40)).rejects.toMatchObject({
      code: "LOG_DAMAGED",
      message: expect.stringContaining(`head of the batch at byte ${startOf(39)}`),
    });
  });

  it("lets others run in between, where there are others", async () => {
    let pauses = 0;
    const clock = {
      ...impatientClock(),
      schedule: (_ms: number, run: () => void) => (pauses++, run(), () => undefined),
    };
    const breather = new Breather(clock);
    for (let round = 0; round < 100; round++) await collect(readerOf(OBJECT, 4_096, { breather }).reader, 0, 40);
    expect(pauses).toBe(Math.floor((100 * OBJECT.length) / (256 * 1024)));
    for (let round = 0; round < 100; round++) await new Breather(undefined).after(1e9);
  });
});
