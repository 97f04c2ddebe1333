import * as fs from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { FileIo, UnbufferedFile } from "./file-io.ts";

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
      const changes = change(handle, { path, flags });
      return new Proxy(handle, {
        get: (target, name) => {
          const value: unknown = Reflect.get(name in changes ? changes : target, name);
          return typeof value === "function" ? value.bind(name in changes ? changes : target) : value;
        },
      });
    },
  };
}

const SECTOR_BYTES = 512;

/** What a simulated disk does in places. */
export interface UnbufferedDisk {
  /** Before an fsync of a file or directory, by its path or that of its other name. */
  readonly beforeSync?: (path: string) => Promise<void>;
  readonly write?: UnbufferedFile["write"];
  readonly truncate?: UnbufferedFile["truncate"];
  readonly keepsOrder?: boolean;
}

/** A file system that keeps the order of things and has unbuffered files, whatever the tests run on. */
export function unbufferedDisk(disk: UnbufferedDisk, calls: string[] = []): FileIo {
  const note = (call: string, path: string): void => void calls.push(`${call} ${basename(path)}`);
  const syncs = (handle: FileHandle, path: string) => async (): Promise<void> => {
    await disk.beforeSync?.(path);
    await handle.sync();
    note("synced", path);
  };
  const io = withHandles((handle, { path }) => ({ sync: syncs(handle, path) }));
  const link: FileIo["link"] = async (from, to) => {
    await io.link(from, to);
    note("linked", to);
  };
  const create = async (path: string): Promise<UnbufferedFile> => {
    const handle = await fs.open(path, "wx");
    return {
      writev: (chunks) => handle.writev(chunks),
      read: (...given) => handle.read(...given),
      utimes: (...given) => handle.utimes(...given),
      stat: (options) => handle.stat(options),
      close: () => handle.close(),
      sync: syncs(handle, path),
      truncate: disk.truncate ?? ((length) => handle.truncate(length)),
      write: async (bytes, offset, length, position) => {
        if (length % SECTOR_BYTES > 0) throw systemError("EINVAL");
        const written = await (disk.write?.(bytes, offset, length, position) ??
          handle.write(bytes, offset, length, position));
        note("wrote", path);
        return written;
      },
    };
  };
  return { ...io, link, unbuffered: { create, keepsOrder: async () => disk.keepsOrder ?? true } };
}

/** Files below the store's own folder that hold something: temporary files and tickets that are still there. */
export async function leftovers(root: string): Promise<readonly string[]> {
  const own = join(root, ".streambed");
  const names = (await fs.readdir(own, { recursive: true })).filter((name) => name.includes("/"));
  const sizes = await Promise.all(names.map(async (name) => (await fs.lstat(join(own, name))).size));
  // Empty ones wait for the next put.
  return names.filter((_, at) => sizes[at] !== 0);
}
