import * as fs from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { FileIo } from "./file-io.ts";
import { folderStore } from "./folder-store.ts";
import { leftovers, systemError, temporaryFolder, withHandles } from "./folder.fixture.ts";

const absent = { condition: { kind: "absent" } } as const;
const body = [new Uint8Array(1_000).fill(7)];
const refuse = (code: string) => () => Promise.reject(systemError(code));

/** A disk that fails with `code` at one step while `broken` says so. */
function failingDisk(step: string, code: string, broken: () => boolean): FileIo {
  const io = withHandles((handle) => {
    if (step !== "writev") return {};
    return {
      writev: async <Chunks extends readonly NodeJS.ArrayBufferView[]>(chunks: Chunks) => {
        if (broken()) throw systemError(code);
        return handle.writev(chunks);
      },
    };
  });
  if (step === "writev") return io;
  const real = Reflect.get(fs, step) as (...given: unknown[]) => Promise<unknown>;
  return { ...io, [step]: async (...given: unknown[]) => (broken() ? refuse(code)() : real(...given)) };
}

describe("a full disk", () => {
  test.each(["writev", "open", "link", "mkdir"])(
    "is reported when %s fails; then nothing is left and work goes on",
    async (step) => {
      await using folder = await temporaryFolder();
      let full = false;
      await using store = folderStore({ directory: folder.path, io: failingDisk(step, "ENOSPC", () => full) });
      await store.put("log/1", body, absent);
      full = true;
      const put = store.put("new/2", body, absent);
      await expect(put).rejects.toMatchObject({ kind: "limit", code: "STORE_FULL", retriable: false });
      expect(await leftovers(folder.path)).toEqual([]);
      full = false;
      expect(await store.head("new/2")).toMatchObject({ found: false });
      expect(await store.put("new/2", body, absent)).toMatchObject({ outcome: "written" });
      expect(await store.get("log/1")).toMatchObject({ found: true, size: 1_000 });
    },
  );

  test("leaves a swap undone", async () => {
    await using folder = await temporaryFolder();
    let full = false;
    await using store = folderStore({ directory: folder.path, io: failingDisk("symlink", "EDQUOT", () => full) });
    const first = await store.put("ptr/0", body);
    const condition = { kind: "etag", etag: first.outcome === "written" ? first.etag : "" } as const;
    full = true;
    await expect(store.put("ptr/0", [], { condition })).rejects.toMatchObject({ code: "STORE_FULL" });
    expect(await leftovers(folder.path)).toEqual([]);
    full = false;
    expect(await store.put("ptr/0", [], { condition })).toMatchObject({ outcome: "written" });
  });
});

describe("a folder that cannot be written", () => {
  test.each(["EROFS", "EACCES", "EPERM"])("is denied with a remedy (%s)", async (code) => {
    await using folder = await temporaryFolder();
    const io = failingDisk("open", code, () => true);
    await using store = folderStore({ directory: folder.path, io });
    const message = expect.stringContaining("choose another folder") as string;
    await expect(store.put("key", body)).rejects.toMatchObject({ kind: "denied", code: "STORE_READ_ONLY", message });
  });

  test("is found out when it is prepared or first written, and a later call tries again", async () => {
    await using folder = await temporaryFolder();
    let broken = true;
    await using store = folderStore({ directory: folder.path, io: failingDisk("mkdir", "EACCES", () => broken) });
    await expect(store.prepare()).rejects.toMatchObject({ kind: "denied", code: "STORE_READ_ONLY" });
    await expect(store.put("key", body)).rejects.toMatchObject({ kind: "denied", code: "STORE_READ_ONLY" });
    broken = false;
    expect(await store.put("key", body)).toMatchObject({ outcome: "written" });
  });

  test("is read, listed and not changed by that", async () => {
    await using folder = await temporaryFolder();
    {
      await using writer = folderStore({ directory: folder.path });
      await writer.put("log/1", body);
    }
    await fs.rm(join(folder.path, ".streambed"), { recursive: true });
    const denied = refuse("EROFS");
    const io = { ...withHandles(() => ({})), mkdir: denied, link: denied, unlink: denied, rename: denied };
    await using store = folderStore({ directory: folder.path, io });
    expect(await store.get("log/1")).toMatchObject({ found: true, size: 1_000 });
    expect(await store.head("log/1")).toMatchObject({ found: true });
    expect((await store.list({ prefix: "" })).objects).toMatchObject([{ key: "log/1" }]);
    expect(await fs.readdir(folder.path)).toEqual(["log"]);
  });

  test("is not made by looking for it", async () => {
    await using folder = await temporaryFolder();
    const directory = join(folder.path, "data");
    await using store = folderStore({ directory });
    expect(await store.get("key")).toMatchObject({ found: false });
    expect((await store.list({ prefix: "" })).objects).toEqual([]);
    await store.delete(["key"]);
    expect(await fs.readdir(folder.path)).toEqual([]);
  });

  test("is told apart from a file", async () => {
    await using folder = await temporaryFolder();
    const directory = join(folder.path, "file");
    await fs.writeFile(directory, "");
    const invalid = { kind: "invalid", code: "STORE_FOLDER_INVALID" };
    await expect(folderStore({ directory }).head("key")).rejects.toMatchObject(invalid);
    const below = folderStore({ directory: join(directory, "below") });
    await expect(below.head("key")).rejects.toMatchObject(invalid);
  });

  test("is missed when it disappears", async () => {
    await using folder = await temporaryFolder();
    const directory = join(folder.path, "data");
    await using store = folderStore({ directory });
    await store.put("key", body);
    await fs.rm(directory, { recursive: true });
    await expect(store.put("key", body)).rejects.toMatchObject({ kind: "not-found", code: "BUCKET_NOT_FOUND" });
  });
});

describe("an fsync that fails", () => {
  test.each([
    ["the file", (path: string) => path.includes(".streambed")],
    ["the directory", (path: string) => path.endsWith("/log")],
    ["the directory above a new one", (path: string) => path.endsWith("/data")],
  ])("of %s says that durability is unknown", async (_, isBroken) => {
    await using folder = await temporaryFolder();
    const directory = join(folder.path, "data");
    await fs.mkdir(directory);
    const io = withHandles((handle, { path }) => ({
      sync: () => (isBroken(path) ? refuse("EIO")() : handle.sync()),
    }));
    await using store = folderStore({ directory, io });
    const failed = { kind: "internal", code: "STORE_FSYNC_FAILED", retriable: false };
    await expect(store.put("log/1", body, absent)).rejects.toMatchObject(failed);
  });
});
