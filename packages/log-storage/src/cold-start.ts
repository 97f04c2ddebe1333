import type { RestoredState, CheckpointSource } from "./checkpoint-reader.ts";
import { readCheckpoint, searchCheckpoint } from "./checkpoint-reader.ts";
import type { CheckpointBase } from "./checkpoint.ts";
import type { LogState } from "./log-state.ts";
import { readPointer } from "./pointer.ts";
import type { PointerRead } from "./pointer.ts";
import type { ReadSources } from "./read-hedge.ts";
import type { Tail } from "./tail-reader.ts";
import { readTail } from "./tail-reader.ts";

/** What a process needs to know before it can follow a shard. */
export interface ColdStart {
  readonly state: LogState;
  /** The checkpoint that the state is from. */
  readonly base: CheckpointBase | undefined;
  readonly pointer: PointerRead;
  /** What was committed since. */
  readonly tail: Tail;
}

type ColdStartSource = CheckpointSource & ReadSources;

/**
 * Reads a shard in three dependent round trips: the pointer; the root of its checkpoint and a listing of the entries
 * behind it; the pages and the headers of those entries. Without a pointer the newest checkpoint that a listing shows
 * is used, and without a checkpoint that can be read the whole log.
 */
export async function coldStart(source: ColdStartSource): Promise<ColdStart> {
  const pointer = await readPointer(source.store, source.shard);
  const seq = pointer.pointer?.checkpointSeq;
  const start = seq === undefined ? undefined : await startAt(source, seq);
  return { pointer, ...(start ?? (await search(source))) };
}

async function startAt(source: ColdStartSource, seq: number): Promise<Omit<ColdStart, "pointer"> | undefined> {
  const listing = source.log.list(seq);
  const reading = listing.then((listed) => readTail(source.log, listed, seq));
  // A failure counts only if the checkpoint can be used.
  reading.catch(() => undefined);
  const restored = await readCheckpoint(source, seq);
  return restored === undefined ? undefined : { ...restored, tail: await reading };
}

async function search(source: ColdStartSource): Promise<Omit<ColdStart, "pointer">> {
  const [restored, listing] = await Promise.all([searchCheckpoint(source), source.log.list(-1)]);
  const { state, base }: Partial<RestoredState> & { state: LogState } = restored ?? { state: source.makeState() };
  return { state, base, tail: await readTail(source.log, listing, state.seq) };
}
