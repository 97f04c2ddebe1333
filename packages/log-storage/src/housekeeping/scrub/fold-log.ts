import { hasCode, messageOf, type Logger, silentLogger } from "@streambed/kernel";
import { readCheckpoint, searchCheckpoint } from "../../checkpoint-reader.ts";
import type { Entry } from "../../entry.ts";
import { ALL_GUARDS } from "../../guards.ts";
import { inParallel } from "../../in-parallel.ts";
import { COLD_START_READS_AT_ONCE, LIST_KEYS_MAX } from "../../limits.ts";
import { LogState } from "../../log-state.ts";
import { objectLogStore } from "../../object-log-store.ts";
import { floorOfLog, type PointerRead, readPointer } from "../../pointer.ts";
import type { LogStore } from "../../ports/log-store.ts";
import type { ObjectStore } from "../../ports/object-store.ts";
import { readHeader } from "../../tail-reader.ts";

/** A shard that is only looked at. */
export interface ScrubSource {
  readonly store: ObjectStore;
  /** Where entries are; objects of `store` when left out. */
  readonly log?: LogStore;
  readonly shard?: number;
  readonly logger?: Logger;
}

/** An entry that is there and cannot be read or folded. */
export interface DamagedEntry {
  readonly seq: number;
  readonly message: string;
}

/** The fold, as a process that starts now would have it. */
export interface FoldedShard {
  readonly state: LogState;
  readonly pointer: PointerRead;
  /** Entry of the checkpoint it began with; -1: none. */
  readonly checkpointSeq: number;
  /** Entries up to this one may be gone; -1: none. */
  readonly gcFloor: number;
  /** The fold ends before the first of them. */
  readonly damages: readonly DamagedEntry[];
}

/** Folds everything that is in the bucket up to the first entry that cannot be folded, without writing a thing. */
export async function foldShard(source: ScrubSource): Promise<FoldedShard> {
  const { store, shard = 0, logger = silentLogger } = source;
  const log = source.log ?? objectLogStore(store, shard);
  const makeState = (): LogState => new LogState([], ALL_GUARDS, { shard, knowsOthers: true });
  const checkpoints = { store, shard, logger, makeState };
  const pointer = await readPointer(store, shard);
  const pointed = pointer.pointer?.checkpointSeq;
  const restored =
    (pointed === undefined ? undefined : await readCheckpoint(checkpoints, pointed)) ??
    (await searchCheckpoint(checkpoints));
  const { state, base } = restored ?? { state: makeState(), base: undefined };
  const gcFloor = pointer.pointer?.gcFloor ?? (await floorOfLog(log));
  return { state, pointer, checkpointSeq: base?.seq ?? -1, gcFloor, damages: await foldTail(log, state) };
}

/** Folds page by page what is listed behind the state. Returns the damaged entries of the page on which it had to stop. */
async function foldTail(log: LogStore, state: LogState): Promise<readonly DamagedEntry[]> {
  for (;;) {
    const { seqs } = await log.list(state.seq);
    const reads = await inParallel(seqs, COLD_START_READS_AT_ONCE, (seq) => readOrDamage(log, seq));
    const damages: DamagedEntry[] = [];
    for (const read of reads) {
      // Behind a damaged entry nothing can be folded, but others may be damaged, too.
      const isFoldable = damages.length === 0 && !("message" in read);
      const damage = isFoldable ? foldOrDamage(state, read.entry) : read;
      if (damage !== undefined && "message" in damage) damages.push(damage);
    }
    const goesOn = seqs.length >= LIST_KEYS_MAX && state.seq === seqs.at(-1) && damages.length === 0;
    if (!goesOn) return damages;
  }
}

async function readOrDamage(log: LogStore, seq: number): Promise<{ readonly entry: Entry | undefined } | DamagedEntry> {
  try {
    return await readHeader(log, seq);
  } catch (error) {
    return damageOf(seq, error);
  }
}

function foldOrDamage(state: LogState, entry: Entry | undefined): DamagedEntry | undefined {
  if (entry?.header.seq !== state.seq + 1) return undefined;
  try {
    state.apply(entry);
    return undefined;
  } catch (error) {
    return damageOf(entry.header.seq, error);
  }
}

/** A store that does not answer is no damage. */
function damageOf(seq: number, error: unknown): DamagedEntry {
  if (!hasCode(error, "LOG_DAMAGED") && !hasCode(error, "MALFORMED_BYTES")) throw error;
  return { seq, message: messageOf(error) };
}
