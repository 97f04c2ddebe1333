import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fromUtf8, utf8 } from "@streambed/kernel";
import { folderStore } from "@streambed/store-fs";
import { expect, test } from "vitest";

const swapper = fileURLToPath(new URL("folder-swapper.ts", import.meta.url));

async function runSwapper(directory: string, additions: number): Promise<number> {
  const args = ["--conditions=@streambed/source", swapper, directory, `${additions}`];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? -1;
}

test(
  "swaps of several processes on one folder lose nothing and leave nothing behind",
  { timeout: 60_000 },
  async () => {
    const directory = await mkdtemp(join(tmpdir(), "streambed-processes-"));
    try {
      {
        await using store = folderStore({ directory });
        await store.put("counter", [utf8("0")]);
        const codes = await Promise.all(Array.from({ length: 3 }, () => runSwapper(directory, 40)));
        expect(codes).toEqual([0, 0, 0]);
        const counter = await store.get("counter");
        expect(counter.found ? fromUtf8(counter.bytes) : undefined).toBe("120");
        expect((await store.list({ prefix: "marks/" })).objects).toHaveLength(120);
      }
      for (const own of ["tmp", "swaps"]) expect(await readdir(join(directory, ".streambed", own))).toEqual([]);
    } finally {
      await rm(directory, { recursive: true });
    }
  },
);
