import { totalmem } from "node:os";

/** Share of the memory, and bytes at most, that are taken without being asked for. */
const MEMORY_SHARE = 1 / 8;
const USUAL_BYTES_MAX = 1024 ** 3;

/**
 * Bytes of recent batches that stay in memory, for consumers that are a little behind: what they find there costs no
 * request to the bucket. Kafka leaves this to the page cache, which takes what is free.
 *
 * @param memoryBytes see {@link usableMemoryBytes}
 */
export function usualHotCacheBytes(memoryBytes: number): number {
  return Math.floor(Math.min(USUAL_BYTES_MAX, memoryBytes * MEMORY_SHARE));
}

/** What this process may use: the limit of its container, or else the memory of the machine. */
export function usableMemoryBytes(): number {
  // 0 or more than there is: no limit.
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
