import * as fs from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FileIo } from "./file-io.ts";

/** A fresh folder for one test; everything in it goes with it. */
export async function temporaryFolder() {
  const path = await fs.mkdtemp(join(tmpdir(), "streambed-folder-"));
  return { path, [Symbol.asyncDispose]: () => fs.rm(path, { recursive: true, force: true }) };
}

/** What the system says when a call fails. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: simulated`), { code });
}

/** The real file system with other file handles: `change` gets each one and what it was opened for. */
export function withHandles(
  change: (handle: FileHandle, opened: { readonly path: string; readonly flags: string }) => Partial<FileHandle>,
): FileIo {
  return {
    ...fs,
    open: async (path, flags) => {
      const handle = await fs.open(path, flags);
      const changes = change(handle, { path: String(path), flags: String(flags) });
      return new Proxy(handle, {
        get: (target, name) => {
          const value: unknown = Reflect.get(name in changes ? changes : target, name);
          return typeof value === "function" ? value.bind(name in changes ? changes : target) : value;
        },
      });
    },
  };
}

/** Files below the store's own folder: temporary files and tickets that are still there. */
export async function leftovers(root: string): Promise<readonly string[]> {
  const names = await fs.readdir(join(root, ".streambed"), { recursive: true });
  return names.filter((name) => name.includes("/"));
}
