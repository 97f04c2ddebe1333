import type { BigIntStats } from "node:fs";

/** What identifies the content of a file: an object is never changed in place, so a new content is a new file. */
export interface FileVersion {
  readonly etag: string;
  readonly size: number;
  readonly modifiedMs: number;
  /** When the system last changed its inode, linking it to a name included; by the system's own clock. */
  readonly changedMs: number;
}

/**
 * The version of a file. Inode numbers are used again and the kernel's clock ticks only every few milliseconds, so the
 * time in the etag is one that the store set itself ({@link UniqueTimes}).
 */
export function versionOf(stats: BigIntStats): FileVersion {
  const { ino, mtimeNs, ctimeNs, size } = stats;
  const etag = `"${ino.toString(16)}-${mtimeNs.toString(16)}-${size.toString(16)}"`;
  return {
    etag,
    size: Number(size),
    modifiedMs: Number(mtimeNs / 1_000_000n),
    changedMs: Number(ctimeNs / 1_000_000n),
  };
}

/** Times for new files that never repeat within a process, as the system takes them: seconds, exact to a microsecond. */
export class UniqueTimes {
  #lastMicros = 0;

  next(nowMs: number): number {
    this.#lastMicros = Math.max(Math.floor(nowMs * 1_000), this.#lastMicros + 1);
    return this.#lastMicros / 1_000_000;
  }
}
