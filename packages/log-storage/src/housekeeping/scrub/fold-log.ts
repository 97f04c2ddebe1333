import { type Logger, silentLogger } from "@streambed/kernel";
import { coldStart } from "../../cold-start.ts";
import { ALL_GUARDS } from "../../guards.ts";
import { LogState } from "../../log-state.ts";
import { objectLogStore } from "../../object-log-store.ts";
import type { PointerRead } from "../../pointer.ts";
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

/** The fold, as a process that starts now would have it. */
export interface FoldedShard {
  readonly state: LogState;
  readonly pointer: PointerRead;
  /** Entry of the checkpoint it began with; -1: none. */
  readonly checkpointSeq: number;
}

/** Folds everything that is in the bucket, without writing a thing. Throws `LOG_DAMAGED`. */
export async function foldShard(source: ScrubSource): Promise<FoldedShard> {
  const { store, shard = 0, logger = silentLogger } = source;
  const log = source.log ?? objectLogStore(store, shard);
  const { state, base, pointer, tail } = await coldStart({
    store,
    log,
    shard,
    logger,
    makeState: () => new LogState([], ALL_GUARDS, { shard, knowsOthers: true }),
  });
  for (const { entry } of tail.reads) {
    if (entry?.header.seq !== state.seq + 1) break;
    state.apply(entry);
  }
  for (;;) {
    const { entry } = await readHeader(log, state.seq + 1);
    if (entry === undefined) return { state, pointer, checkpointSeq: base?.seq ?? -1 };
    state.apply(entry);
  }
}
