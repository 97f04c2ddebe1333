import * as fs from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { folderStore } from "./folder-store.ts";
import { leftovers, systemError, temporaryFolder, unbufferedDisk } from "./folder.fixture.ts";
import { UNBUFFERED_BYTES_MAX } from "./limits.ts";

const absent = { condition: { kind: "absent" } } as const;
const body = [new Uint8Array(5_000).fill(7), Uint8Array.of(1, 2, 3)];
const sum = 5_003;

/** Whether a promise is still open after everything that does not wait for it has had time to end. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const late = new Promise((resolve) => setTimeout(resolve, 60, "late"));
  return (await Promise.race([promise, late])) === "late";
}

/** A disk on which fsyncs of some paths wait. */
function hangingDisk(hangs: (path: string) => boolean) {
  const gate = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const io = unbufferedDisk({
    beforeSync: async (path) => {
      if (!hangs(path)) return;
      reached.resolve();
      await gate.promise;
    },
  });
  return { io, reached: reached.promise, go: gate.resolve };
}

const isFile = (path: string): boolean => path.includes(".streambed/tmp/") || path.endsWith("log/1");
const isDirectory = (path: string): boolean => path.endsWith("/log");

describe("where the file system keeps the order of things", () => {
  test("a file is written past the page cache, then linked, then synced together with its directory", async () => {
    await using folder = await temporaryFolder();
    const calls: string[] = [];
    await using store = folderStore({ directory: folder.path, io: unbufferedDisk({}, calls) });
    await store.prepare();
    calls.length = 0;
    await store.put("log/1", body, absent);
    const kinds = calls.map((call) => call.replace(/ [0-9a-f]{8}-.*/, " temp"));
    expect(kinds.slice(0, 2)).toEqual(["wrote temp", "linked 1"]);
    expect(kinds.slice(2)).toEqual(expect.arrayContaining(["synced temp", "synced log"]));
    expect(await leftovers(folder.path)).toEqual([]);
  });

  test.each([1, 511, 4_095, 4_096, 4_097, 300_000, UNBUFFERED_BYTES_MAX, UNBUFFERED_BYTES_MAX + 1])(
    "%i bytes are read as they were put",
    async (length) => {
      await using folder = await temporaryFolder();
      await using store = folderStore({ directory: folder.path, io: unbufferedDisk({}) });
      const bytes = new Uint8Array(length).map((_, at) => at % 251);
      // A longer one before, of which nothing may be left in the buffer.
      await store.put("before", [new Uint8Array(length + 50).fill(255)]);
      await store.put("key", [bytes.subarray(0, 1), bytes.subarray(1)], absent);
      expect(Buffer.compare(await fs.readFile(join(folder.path, "key")), bytes)).toBe(0);
    },
  );

  test("what is written behind a body is empty, not the body before it", async () => {
    await using folder = await temporaryFolder();
    const written: Uint8Array[] = [];
    const write = async (bytes: Uint8Array, offset: number, length: number) => {
      written.push(bytes.slice(offset, offset + length));
      return { bytesWritten: length };
    };
    await using store = folderStore({ directory: folder.path, io: unbufferedDisk({ write }) });
    await store.put("log/1", [new Uint8Array(4_096).fill(255)]);
    await store.put("log/2", [Uint8Array.of(1)]);
    expect(written.at(-1)).toEqual(Uint8Array.of(1, ...new Uint8Array(4_095)));
  });

  test.each([
    ["the file", isFile],
    ["the directory", isDirectory],
  ])("nothing is answered while the fsync of %s hangs: not the put, a conflict, or a get", async (_, hangs) => {
    await using folder = await temporaryFolder();
    const { io, reached, go } = hangingDisk(hangs);
    await using store = folderStore({ directory: folder.path, io });
    await using other = folderStore({ directory: folder.path, io });
    await other.prepare();
    const put = store.put("log/1", body, absent);
    await reached;
    expect(await fs.readFile(join(folder.path, "log/1"))).toHaveLength(sum);
    const answers = [
      put,
      store.put("log/1", body, absent),
      store.get("log/1"),
      other.put("log/1", body, absent),
      other.put("log/1", body, { condition: { kind: "etag", etag: '"another"' } }),
      other.get("log/1", { range: { offset: 0, length: 10 } }),
    ];
    expect(await Promise.all(answers.map(isPending))).toEqual(answers.map(() => true));
    go();
    expect(await Promise.all(answers)).toMatchObject([
      { outcome: "written" },
      { outcome: "conflict" },
      { found: true, size: sum },
      { outcome: "conflict" },
      { outcome: "conflict" },
      { found: true, size: sum },
    ]);
  });

  test.each([
    ["the file", isFile],
    ["the directory", isDirectory],
  ])("an fsync of %s that fails after the link says that durability is unknown", async (_, isBroken) => {
    await using folder = await temporaryFolder();
    const beforeSync = async (path: string): Promise<void> => {
      if (isBroken(path)) throw systemError("EIO");
    };
    await using store = folderStore({ directory: folder.path, io: unbufferedDisk({ beforeSync }) });
    const failed = { kind: "internal", code: "STORE_FSYNC_FAILED", retriable: false };
    await expect(store.put("log/1", body, absent)).rejects.toMatchObject(failed);
  });

  test.each(["write", "truncate"] as const)("a disk that is full at the %s gives no name", async (step) => {
    await using folder = await temporaryFolder();
    let full = false;
    const calls: string[] = [];
    const disk = unbufferedDisk({}, calls);
    const create = disk.unbuffered?.create;
    if (disk.unbuffered === undefined || create === undefined) throw new Error("the disk has no unbuffered files");
    const fails = async (path: string) => {
      const file = await create(path);
      return full ? Object.assign(file, { [step]: () => Promise.reject(systemError("ENOSPC")) }) : file;
    };
    const io = { ...disk, unbuffered: { ...disk.unbuffered, create: fails } };
    await using store = folderStore({ directory: folder.path, io });
    await store.put("log/0", body, absent);
    full = true;
    await expect(store.put("log/1", body, absent)).rejects.toMatchObject({ code: "STORE_FULL" });
    expect(await leftovers(folder.path)).toEqual([]);
    expect(await store.head("log/1")).toMatchObject({ found: false });
    full = false;
    expect(await store.put("log/1", body, absent)).toMatchObject({ outcome: "written" });
  });

  test("more puts at a time than there are buffers all arrive", async () => {
    await using folder = await temporaryFolder();
    await using store = folderStore({ directory: folder.path, io: unbufferedDisk({}) });
    const keys = Array.from({ length: 20 }, (_, at) => `log/${at}`);
    await Promise.all(keys.map((key, at) => store.put(key, [new Uint8Array(at * 999).fill(at)], absent)));
    for (const [at, key] of keys.entries()) {
      expect(await store.get(key)).toMatchObject({ bytes: new Uint8Array(at * 999).fill(at) });
    }
    expect(await leftovers(folder.path)).toEqual([]);
  });
});

describe("a file is synced before it gets its name", () => {
  /** What was done to one put's file, in order, after the store was opened. */
  async function orderOf(disk: Parameters<typeof unbufferedDisk>[0]): Promise<readonly string[]> {
    await using folder = await temporaryFolder();
    const calls: string[] = [];
    await using store = folderStore({ directory: folder.path, io: unbufferedDisk(disk, calls) });
    await store.prepare();
    calls.length = 0;
    await store.put("key", body, absent);
    expect(await fs.readFile(join(folder.path, "key"))).toHaveLength(sum);
    expect(await leftovers(folder.path)).toEqual([]);
    return calls.map((call) => call.replace(/ [0-9a-f]{8}-.*/, " temp")).filter((call) => !call.startsWith("wrote"));
  }
  const before = ["synced temp", "linked key"];

  test("where the order of things is not kept", async () => {
    expect((await orderOf({ keepsOrder: false })).slice(0, 2)).toEqual(before);
  });

  test("where no memory is aligned well enough", async () => {
    const write = () => Promise.reject(systemError("EINVAL"));
    expect((await orderOf({ write })).slice(0, 2)).toEqual(before);
  });

  test("where the trial fails for any other reason", async () => {
    const write = () => Promise.reject(systemError("EROFS"));
    expect((await orderOf({ write })).slice(0, 2)).toEqual(before);
  });

  test("when the disk takes only a part of an unbuffered write", async () => {
    const write = async (_: Uint8Array, _offset: number, length: number) => ({
      bytesWritten: Math.min(length, 4_096),
    });
    expect((await orderOf({ write })).slice(0, 2)).toEqual(before);
  });
});
