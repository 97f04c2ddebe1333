import type { BigIntStats, TimeLike } from "node:fs";
import type * as fs from "node:fs/promises";

/** What the store does with an open file; a `FileHandle` fits. */
export interface OpenedFile {
  writev(chunks: readonly Uint8Array[]): Promise<{ readonly bytesWritten: number }>;
  read(bytes: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
  sync(): Promise<void>;
  utimes(accessed: TimeLike, modified: TimeLike): Promise<void>;
  stat(options: { readonly bigint: true }): Promise<BigIntStats>;
  /** Waits for the calls under way. */
  close(): Promise<void>;
}

/** A file that is written past the page cache: every write takes aligned memory and whole sectors, or fails with EINVAL. */
export interface UnbufferedFile extends OpenedFile {
  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }>;
  truncate(length: number): Promise<void>;
}

/** Writing past the page cache. */
export interface UnbufferedIo {
  /** Creates a file. */
  create(path: string): Promise<UnbufferedFile>;
  /** Whether what is done to files of a folder becomes durable in the order in which it was done. */
  keepsOrder(folder: string): Promise<boolean>;
}

/** The file system calls that the store makes; `node:fs/promises` fits. Tests put a failing disk here. */
export interface FileIo extends Pick<
  typeof fs,
  "lstat" | "mkdir" | "readdir" | "readlink" | "rename" | "rmdir" | "stat" | "symlink"
> {
  open(path: string, flags: string): Promise<OpenedFile>;
  link(existing: string, path: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Absent where the platform has no such thing. */
  readonly unbuffered?: UnbufferedIo;
  /**
   * Makes a file of which every write is durable when it returns, with all that it takes to read it; its `sync` has
   * nothing to do, and its times may be lost. Absent where the platform has no such thing.
   */
  createSynced?(path: string): Promise<OpenedFile>;
}

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
