import type * as fs from "node:fs/promises";
import { errnoOf } from "./file-io.ts";

/** The calls that say what a folder is on; `node:fs/promises` fits. */
export type FolderFacts = Pick<typeof fs, "readdir" | "readlink" | "stat" | "statfs">;

/** `statfs` types. ext2, ext3 and ext4 share one. */
const EXT = 0xef53;
const XFS = 0x58465342;

/**
 * Whether the file system of a folder makes its changes durable in the order in which they were made: blocks and size of
 * a file that was written unbuffered before a name that it was given later, even when nobody asks for either.
 *
 * - XFS: every change goes through one log, and each write of the log first flushes the disk's cache.
 * - ext4: the same holds for its journal, if it has one. The `statfs` type does not tell: ext4 can be made without a
 *   journal and ext2 never has one, and there blocks, size and name reach the disk in any order. The kernel lists running
 *   journals; one within the file system is `<device>-<inode>`. One on another disk is `<device>` alone, and its commits
 *   need not flush the disk that holds the data, so that does not count.
 *
 * Anything else, and anything that cannot be found out, counts as no.
 */
export async function hasOrderedJournal(facts: FolderFacts, folder: string): Promise<boolean> {
  try {
    const { type } = await facts.statfs(folder);
    if (type === XFS) return true;
    if (type !== EXT) return false;
    const { dev } = await facts.stat(folder, { bigint: true });
    const device = (await facts.readlink(`/sys/dev/block/${majorOf(dev)}:${minorOf(dev)}`)).split("/").at(-1) ?? "";
    const journals = await facts.readdir("/proc/fs/jbd2");
    return journals.some((name) => name.startsWith(`${device}-`) && /^\d+$/.test(name.slice(device.length + 1)));
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}

/** Linux puts the low bits of both numbers first, for programs from when there were no more. */
function majorOf(device: bigint): bigint {
  return ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n);
}

function minorOf(device: bigint): bigint {
  return (device & 0xffn) | ((device >> 12n) & 0xffffff00n);
}
