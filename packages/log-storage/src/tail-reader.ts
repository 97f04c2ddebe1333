import { decodeEntry, sectionLength } from "./entry-codec.ts";
import type { Entry } from "./entry.ts";
import type { FoldedLog } from "./folded-log.ts";
import { inParallel } from "./in-parallel.ts";
import { COLD_START_READS_AT_ONCE, HEADER_READ_BYTES, LIST_KEYS_MAX } from "./limits.ts";
import type { LogStore } from "./ports/log-store.ts";

/** An entry, or that there is none, as the store answered at its time. */
export interface EntryRead {
  readonly entry: Entry | undefined;
  readonly storeTimeMs: number;
}

/** Reads an entry's header section. Throws `LOG_DAMAGED`. */
export async function readHeader(log: Pick<LogStore, "read">, seq: number): Promise<EntryRead> {
  const first = await log.read(seq, { offset: 0, length: HEADER_READ_BYTES });
  const { storeTimeMs } = first;
  if (!first.found) return { entry: undefined, storeTimeMs };
  const length = sectionLength(first.bytes, seq);
  if (length <= first.bytes.length) return { entry: decodeEntry(first.bytes.subarray(0, length), seq), storeTimeMs };
  const whole = await log.read(seq, { offset: 0, length });
  return { entry: whole.found ? decodeEntry(whole.bytes, seq) : undefined, storeTimeMs: whole.storeTimeMs };
}

/** Numbers of the entries behind a checkpoint, as one listing showed them. */
export type TailListing = Awaited<ReturnType<LogStore["list"]>>;

/** The entries behind a checkpoint. */
export interface Tail {
  readonly reads: readonly EntryRead[];
  readonly listing: TailListing;
}

/** Reads the headers of all entries that a listing showed behind `after`, many at a time. */
export async function readTail(log: Pick<LogStore, "read">, listing: TailListing, after: number): Promise<Tail> {
  const seqs = listing.seqs.filter((seq) => seq > after);
  return { listing, reads: await inParallel(seqs, COLD_START_READS_AT_ONCE, (seq) => readHeader(log, seq)) };
}

/**
 * Folds a tail. The listing showed everything up to its time, so nothing more is asked when it has no hole and was
 * whole; otherwise the log is followed one by one, and what is behind a hole is looked at.
 */
export async function foldTail(folded: FoldedLog, { reads, listing }: Tail): Promise<void> {
  const { state } = folded;
  for (const { entry, storeTimeMs } of reads) {
    await folded.confirmRead(storeTimeMs, state.seq);
    if (entry?.header.seq !== state.seq + 1) break;
    folded.apply(entry);
  }
  const isWhole = listing.seqs.length < LIST_KEYS_MAX && (listing.seqs.at(-1) ?? -1) <= state.seq;
  if (isWhole) {
    await folded.confirmRead(listing.storeTimeMs, state.seq);
    folded.noteTail(listing.storeTimeMs);
    return;
  }
  await folded.catchUp();
  await folded.assertNoGap();
}
