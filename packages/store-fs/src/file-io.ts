import type * as fs from "node:fs/promises";

/** The file system calls that the store makes; `node:fs/promises` fits. Tests put a failing disk here. */
export type FileIo = Pick<
  typeof fs,
  "link" | "lstat" | "mkdir" | "open" | "readdir" | "readlink" | "rename" | "rmdir" | "stat" | "symlink" | "unlink"
>;

/** The system's name of a failure (`ENOENT`), or undefined for anything that is no system error. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Waits for `operation`; the given failures count as an answer, undefined. */
export async function unless<Value>(errnos: readonly string[], operation: Promise<Value>): Promise<Value | undefined> {
  try {
    return await operation;
  } catch (error) {
    if (errnos.includes(errnoOf(error) ?? "")) return undefined;
    throw error;
  }
}

/** What the system says when there is no such file, or a part of its path is no directory. */
export const MISSING: readonly string[] = ["ENOENT", "ENOTDIR"];
