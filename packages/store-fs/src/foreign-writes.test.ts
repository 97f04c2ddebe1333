import * as fs from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { folderStore } from "./folder-store.ts";
import { temporaryFolder, withHandles } from "./folder.fixture.ts";
import { CLOCK_TICK_MS_MAX } from "./limits.ts";

test("what another process linked is given out only after it and its directory were synced, and synced once", async () => {
  await using folder = await temporaryFolder();
  const synced: string[] = [];
  const io = withHandles((handle, { path, flags }) => ({
    sync: async () => {
      await handle.sync();
      if (flags === "r") synced.push(path);
    },
  }));
  await using writer = folderStore({ directory: folder.path });
  await writer.put("log/1", [new Uint8Array(10)]);
  await using store = folderStore({ directory: folder.path, io });
  await store.get("log/1");
  expect(synced).toContain(join(folder.path, "log"));
  // Times of files advance in ticks; what was linked within one tick of the last sync is not known to be older.
  await pause(CLOCK_TICK_MS_MAX * 2);
  await store.get("log/1");
  await pause(CLOCK_TICK_MS_MAX * 2);
  const before = synced.length;
  await store.get("log/1");
  expect(synced.length).toBe(before);
  const path = join(folder.path, "log", "2");
  // As a process does that stops between link and sync.
  await fs.writeFile(path, new Uint8Array(10));
  expect((await store.get("log/2")).found).toBe(true);
  expect(synced.slice(before).sort()).toEqual([join(folder.path, "log"), path]);
});
