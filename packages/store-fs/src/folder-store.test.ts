import * as fs from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { folderStore } from "./folder-store.ts";
import { CLOCK_TICK_MS_MAX } from "./limits.ts";
import { leftovers, systemError, temporaryFolder, withHandles } from "./folder.fixture.ts";

const absent = { condition: { kind: "absent" } } as const;
const body = [Uint8Array.of(1, 2), Uint8Array.of(3, 4)];

describe("folderStore", () => {
  test("the folder looks like the bucket, and nothing else is left in it", async () => {
    await using folder = await temporaryFolder();
    const directory = join(folder.path, "not/there/yet");
    await using store = folderStore({ directory });
    await store.put("log/0/0001", body, absent);
    await store.put("ptr/0", body);
    await store.put("ptr/0", body);
    expect(await fs.readFile(join(directory, "log/0/0001"))).toEqual(Buffer.of(1, 2, 3, 4));
    expect(await leftovers(directory)).toEqual([]);
    expect((await fs.readdir(directory)).sort()).toEqual([".streambed", "log", "ptr"]);
  });

  test("directories go with their last object", async () => {
    await using folder = await temporaryFolder();
    await using store = folderStore({ directory: folder.path });
    await store.put("ckpt/0/0001/root", body);
    await store.put("ckpt/0/0002/root", body);
    await store.delete(["ckpt/0/0001/root"]);
    expect(await fs.readdir(join(folder.path, "ckpt/0"))).toEqual(["0002"]);
    await store.delete(["ckpt/0/0002/root"]);
    expect(await fs.readdir(folder.path)).toEqual([".streambed"]);
  });

  test("a key beside or below which there is another is refused with the reason", async () => {
    await using folder = await temporaryFolder();
    await using store = folderStore({ directory: folder.path });
    await store.put("a/b", body);
    const code = "STORE_KEY_INVALID";
    await expect(store.put("a", body, absent)).rejects.toMatchObject({ kind: "invalid", code });
    await expect(store.put("a/b/c", body, absent)).rejects.toMatchObject({ kind: "invalid", code });
    expect(await store.head("a")).toMatchObject({ found: false });
    expect(await store.head("a/b/c")).toMatchObject({ found: false });
    expect(await leftovers(folder.path)).toEqual([]);
  });

  test("a write that takes only some of the bytes goes on behind them", async () => {
    await using folder = await temporaryFolder();
    const io = withHandles((handle) => ({
      writev: async <Chunks extends readonly NodeJS.ArrayBufferView[]>(chunks: Chunks) => {
        const [first] = chunks;
        const one = new Uint8Array(first?.buffer ?? new ArrayBuffer(0), first?.byteOffset, 1);
        const { bytesWritten } = await handle.write(one);
        return { bytesWritten, buffers: chunks };
      },
    }));
    await using store = folderStore({ directory: folder.path, io });
    await store.put("key", body, absent);
    expect(await store.get("key")).toMatchObject({ bytes: Uint8Array.of(1, 2, 3, 4) });
  });

  test("puts that end together share the fsyncs of their directory", async () => {
    await using folder = await temporaryFolder();
    const gate = Promise.withResolvers<void>();
    const linked = Promise.withResolvers<void>();
    let links = 0;
    let syncs = 0;
    const handles = withHandles((handle, { path }) => ({
      sync: async () => {
        if (path === join(folder.path, "log")) {
          syncs += 1;
          await gate.promise;
        }
        await handle.sync();
      },
    }));
    const link: typeof fs.link = async (from, to) => {
      await fs.link(from, to);
      links += 1;
      if (links === 10) linked.resolve();
    };
    await using store = folderStore({ directory: folder.path, io: { ...handles, link } });
    const puts = Array.from({ length: 10 }, (_, at) => store.put(`log/${at}`, body, absent));
    await linked.promise;
    gate.resolve();
    await Promise.all(puts);
    expect(syncs).toBeLessThanOrEqual(3);
  });

  test("ranges of one object open it once to read and once to sync it, and still see when it is replaced or deleted by others", async () => {
    await using folder = await temporaryFolder();
    let opens = 0;
    const io = withHandles((_, { path }) => {
      if (path.endsWith("big")) opens += 1;
      return {};
    });
    await using store = folderStore({ directory: folder.path, io });
    await using other = folderStore({ directory: folder.path });
    const range = { offset: 1, length: 2 };
    await other.put("big", [Uint8Array.of(1, 2, 3, 4)]);
    // What was linked within one tick of the last sync is synced again.
    await pause(CLOCK_TICK_MS_MAX * 2);
    for (let round = 0; round < 5; round++) await store.get("big", { range });
    expect(opens).toBe(2);
    await other.put("big", [Uint8Array.of(5, 6, 7, 8)]);
    expect(await store.get("big", { range })).toMatchObject({ bytes: Uint8Array.of(6, 7) });
    await other.delete(["big"]);
    expect(await store.get("big", { range })).toMatchObject({ found: false });
  });

  test("what crashed processes left is removed at the start, what running ones use is not", async () => {
    await using folder = await temporaryFolder();
    await using first = folderStore({ directory: folder.path, io: withHandles(() => ({})) });
    await first.put("key", body);
    const temps = join(folder.path, ".streambed/tmp");
    const other = withHandles(() => ({ sync: () => Promise.reject(systemError("EIO")) }));
    const names: string[] = [];
    const unlink: typeof fs.unlink = async (path) => void names.push(String(path));
    await using crashed = folderStore({ directory: folder.path, io: { ...other, unlink } });
    await expect(crashed.put("key", body)).rejects.toMatchObject({ code: "STORE_FSYNC_FAILED" });
    const [own = ""] = await fs.readdir(temps);
    const [host = ""] = own.split("-");
    // No process has this number: it is above what Linux gives out.
    await fs.writeFile(join(temps, `${host}-99999999-dead-1`), "");
    await fs.writeFile(join(temps, "otherhost-1-old-1"), "");
    await fs.utimes(join(temps, "otherhost-1-old-1"), 0, 0);
    await fs.writeFile(join(temps, "otherhost-1-new-1"), "");
    await using next = folderStore({ directory: folder.path });
    await next.prepare();
    expect((await fs.readdir(temps)).sort()).toEqual([own, "otherhost-1-new-1"].sort());
  });
});
