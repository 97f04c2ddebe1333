import * as fs from "node:fs/promises";
import { join } from "node:path";
import { type Clock, concatBytes } from "@streambed/kernel";
import { describe, expect, test } from "vitest";
import { folderStore } from "./folder-store.ts";
import { leftovers, systemError, temporaryFolder, withHandles } from "./folder.fixture.ts";
import {
  CHUNKS_PER_WRITE_MAX,
  READY_FILE_AGE_MS_MAX,
  READY_FILES,
  READY_FILES_REST_MS,
  SLICE_BYTES,
  WHOLE_BYTES_MAX,
} from "./limits.ts";
import { ReadyFiles, type NewFile } from "./ready-files.ts";

/** Files by name only. */
function makeFiles(isBroken: () => boolean = () => false) {
  let made = 0;
  let nowMs = 0;
  const closed: string[] = [];
  const removed: string[] = [];
  const make = async (): Promise<NewFile> => {
    if (isBroken()) throw systemError("ENOSPC");
    const path = String(++made);
    return { path, handle: { close: async () => void closed.push(path) } as unknown as NewFile["handle"] };
  };
  let timer: (() => void) | undefined;
  const now = (): number => nowMs;
  const schedule: Clock["schedule"] = (_, run) => {
    timer = run;
    return () => (timer = undefined);
  };
  /** Runs the timer, as often as it is set again. */
  const rest = (): void => {
    const run = timer;
    timer = undefined;
    run?.();
  };
  const files = new ReadyFiles({
    clock: { now, elapsed: now, schedule },
    make,
    remove: async (path) => removed.push(path),
  });
  return { files, closed, removed, made: () => made, rest, pass: (ms: number) => void (nowMs += ms) };
}

describe("ReadyFiles", () => {
  test("gives each file once, and has the next ones made", async () => {
    const { files, made } = makeFiles();
    const taken = await Promise.all(Array.from({ length: 10 }, () => files.take()));
    expect(new Set(taken.map(({ path }) => path)).size).toBe(10);
    expect(made()).toBe(10 + READY_FILES);
  });

  test("does not give one that may be swept", async () => {
    const { files, closed, removed, pass } = makeFiles();
    await files.take();
    await files.take();
    pass(READY_FILE_AGE_MS_MAX);
    const { path } = await files.take();
    expect(removed).toEqual(closed);
    expect(removed).toHaveLength(1);
    expect(removed).not.toContain(path);
  });

  test("tells whoever needs a file why there is none, and works again later", async () => {
    let broken = false;
    const { files } = makeFiles(() => broken);
    broken = true;
    for (let round = 0; round < READY_FILES * 2; round++) {
      await expect(files.take()).rejects.toMatchObject({ code: "ENOSPC" });
    }
    broken = false;
    for (let round = 0; round < READY_FILES * 2; round++) expect(await files.take()).toBeDefined();
  });

  test("removes what nobody took, and makes no more", async () => {
    const { files, removed, made } = makeFiles();
    const taken = [await files.take(), await files.take()].map(({ path }) => path);
    await files.close();
    expect(removed).toHaveLength(READY_FILES);
    expect(removed.filter((path) => taken.includes(path))).toEqual([]);
    await files.take();
    expect(made()).toBe(READY_FILES + 3);
  });

  test("has none for puts that come now and then, and lets go of them when puts end", async () => {
    const { files, removed, made, pass, rest } = makeFiles();
    for (let round = 1; round <= 5; round++) {
      await files.take();
      expect(made()).toBe(round);
      pass(READY_FILES_REST_MS);
    }
    await files.take();
    await files.take();
    expect(made()).toBe(7 + READY_FILES);
    pass(READY_FILES_REST_MS / 2);
    await files.take();
    pass(READY_FILES_REST_MS / 2);
    rest();
    await Promise.resolve();
    expect(removed).toEqual([]);
    pass(READY_FILES_REST_MS / 2);
    rest();
    await expect.poll(() => removed.length).toBe(READY_FILES);
  });
});

test("a folder has empty files ready while it is open, none before the first put and none afterwards", async () => {
  await using folder = await temporaryFolder();
  const temps = join(folder.path, ".streambed/tmp");
  {
    await using store = folderStore({ directory: folder.path });
    await store.prepare();
    expect(await fs.readdir(temps)).toEqual([]);
    for (let round = 0; round < 5; round++) await store.put(`key/${round}`, [Uint8Array.of(round)]);
    expect(await leftovers(folder.path)).toEqual([]);
  }
  expect(await fs.readdir(temps)).toEqual([]);
});

test("a body of more chunks than the system takes at once is written in one go", async () => {
  await using folder = await temporaryFolder();
  const writes: number[] = [];
  const io = withHandles((handle) => ({
    writev: (async (chunks: readonly Uint8Array[]) => {
      writes.push(chunks.length);
      return handle.writev(chunks);
    }) as typeof handle.writev,
  }));
  await using store = folderStore({ directory: folder.path, io });
  const body = Array.from({ length: CHUNKS_PER_WRITE_MAX * 3 }, (_, at) => Uint8Array.of(at % 251));
  await store.put("entry", body);
  expect(writes).toEqual([1]);
  await store.put("entry", body.slice(0, CHUNKS_PER_WRITE_MAX));
  expect(writes.at(-1)).toBe(CHUNKS_PER_WRITE_MAX);
  await store.put("entry", body);
  expect(await store.get("entry")).toMatchObject({ found: true, bytes: concatBytes(body) });
});

test("a body larger than an entry reaches the disk slice by slice, others whole", async () => {
  await using folder = await temporaryFolder();
  const steps: (number | "sync")[] = [];
  const io = withHandles((handle, { path }) => {
    if (!path.includes(".streambed/tmp/")) return {};
    return {
      writev: (async (chunks: readonly Uint8Array[]) => {
        steps.push(chunks.reduce((sum, { length }) => sum + length, 0));
        return handle.writev(chunks);
      }) as typeof handle.writev,
      sync: async () => {
        steps.push("sync");
        await handle.sync();
      },
    };
  });
  await using store = folderStore({ directory: folder.path, io });
  const whole = new Uint8Array(WHOLE_BYTES_MAX).fill(1);
  await store.put("entry", [whole]);
  expect(steps).toEqual([WHOLE_BYTES_MAX, "sync"]);
  steps.length = 0;
  const bytes = Uint8Array.from({ length: WHOLE_BYTES_MAX + SLICE_BYTES }, (_, at) => at % 251);
  await store.put("pack", [
    bytes.subarray(0, 10),
    bytes.subarray(10, SLICE_BYTES * 2 + 7),
    bytes.subarray(SLICE_BYTES * 2 + 7),
  ]);
  const slices = Math.ceil(bytes.length / SLICE_BYTES);
  expect(steps.filter((step) => step === "sync")).toHaveLength(slices);
  expect(steps.at(-1)).toBe("sync");
  for (const step of steps) if (step !== "sync") expect(step).toBeLessThanOrEqual(SLICE_BYTES);
  expect(Buffer.compare(await fs.readFile(join(folder.path, "pack")), bytes)).toBe(0);
});
