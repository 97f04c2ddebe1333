import { expect, test } from "vitest";
import { ColdLane } from "./cold-lane.ts";
import { EntryReads } from "./entry-reads.ts";
import { ENTRY_READ_BYTES_MAX, ENTRY_READ_GAP_BYTES_MAX } from "./limits.ts";
import type { ByteRange, LogStore, ReadResult } from "./ports/log-store.ts";

interface Asked extends ByteRange {
  readonly seq: number;
}

/** A log whose bytes are their own positions modulo 251, and what was read of it. */
function watchedLog(answer?: (asked: Asked) => Promise<ReadResult>): { log: LogStore; asked: Asked[] } {
  const asked: Asked[] = [];
  const unused = (): never => {
    throw new Error("only read is used");
  };
  const read = (seq: number, range: ByteRange = { offset: 0, length: 0 }): Promise<ReadResult> => {
    asked.push({ seq, ...range });
    if (answer !== undefined) return answer({ seq, ...range });
    const bytes = Uint8Array.from({ length: range.length }, (_, at) => (range.offset + at) % 251);
    return Promise.resolve({ found: true, bytes, size: Number.MAX_SAFE_INTEGER, storeTimeMs: 0 });
  };
  return { log: { create: unused, read, list: unused, trim: unused }, asked };
}

function bytesAt(position: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (position + at) % 251);
}

test("ranges of one entry that are wanted together are one read, and everybody gets his own bytes", async () => {
  const { log, asked } = watchedLog();
  const reads = new EntryReads(log, new ColdLane(4, 4));
  const ranges = [
    { position: 900, length: 50 },
    { position: 100, length: 300 },
    { position: 400, length: 500 },
  ];
  const got = await Promise.all(ranges.map((range) => reads.read(7, range, "wanted")));
  expect(got).toEqual(ranges.map(({ position, length }) => bytesAt(position, length)));
  expect(asked).toEqual([{ seq: 7, offset: 100, length: 850 }]);
});

test("what lies far apart, would be too large together, or is in another entry, is read by itself", async () => {
  const { log, asked } = watchedLog();
  const reads = new EntryReads(log, new ColdLane(8, 4));
  const far = 200 + ENTRY_READ_GAP_BYTES_MAX;
  await Promise.all([
    reads.read(1, { position: 100, length: 100 }, "wanted"),
    reads.read(1, { position: far, length: 10 }, "wanted"),
    reads.read(1, { position: far + 11 + ENTRY_READ_GAP_BYTES_MAX, length: ENTRY_READ_BYTES_MAX }, "wanted"),
    reads.read(1, { position: far + 10 + ENTRY_READ_BYTES_MAX * 2, length: ENTRY_READ_BYTES_MAX }, "wanted"),
    reads.read(2, { position: 100, length: 100 }, "wanted"),
  ]);
  expect(asked.map(({ seq, length }) => [seq, length])).toEqual([
    [1, far + 10 - 100],
    [1, ENTRY_READ_BYTES_MAX],
    [1, ENTRY_READ_BYTES_MAX],
    [2, 100],
  ]);
});

test("a read that waits for its turn takes along what is asked for meanwhile, and goes first once it is wanted", async () => {
  const release: (() => void)[] = [];
  const { log, asked } = watchedLog(async ({ length }) => {
    await new Promise<void>((resolve) => release.push(resolve));
    return { found: true, bytes: new Uint8Array(length), size: 10_000, storeTimeMs: 0 };
  });
  const reads = new EntryReads(log, new ColdLane(1, 4));
  const all = [reads.read(1, { position: 0, length: 10 }, "ahead")];
  await Promise.resolve();
  all.push(reads.read(2, { position: 0, length: 10 }, "ahead"), reads.read(3, { position: 0, length: 10 }, "ahead"));
  await Promise.resolve();
  all.push(reads.read(3, { position: 10, length: 10 }, "wanted"), reads.read(4, { position: 0, length: 1 }, "tail"));
  const done = Promise.all(all);
  for (let turn = 0; turn < 20; turn++) {
    await Promise.resolve();
    release.shift()?.();
  }
  await done;
  expect(asked.map(({ seq, length }) => [seq, length])).toEqual([
    [1, 10],
    [4, 1],
    [3, 20],
    [2, 10],
  ]);
});

test("an entry that is missing or ends early is damage for all who asked, and the place in the lane is free again", async () => {
  let missing = true;
  const { log } = watchedLog(({ length }) =>
    Promise.resolve(
      missing
        ? { found: false, storeTimeMs: 0 }
        : { found: true, bytes: new Uint8Array(length - 1), size: 19, storeTimeMs: 0 },
    ),
  );
  const reads = new EntryReads(log, new ColdLane(1, 4));
  const two = (): Promise<PromiseSettledResult<Uint8Array>[]> =>
    Promise.allSettled([
      reads.read(1, { position: 0, length: 10 }, "wanted"),
      reads.read(1, { position: 10, length: 10 }, "wanted"),
    ]);
  const damage = { status: "rejected", reason: expect.objectContaining({ code: "LOG_DAMAGED" }) as unknown };
  expect(await two()).toEqual([damage, damage]);
  missing = false;
  expect(await two()).toEqual([damage, damage]);
});
