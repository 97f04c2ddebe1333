import { hasCode, malformed } from "@streambed/kernel";
import type { Logger } from "@streambed/kernel";
import type { CheckpointBase } from "./checkpoint.ts";
import { decodePageObject, decodeRoot } from "./checkpoint-root.ts";
import { inParallel } from "./in-parallel.ts";
import { checkpointPageKey, checkpointPrefix, checkpointRootKey } from "./keys.ts";
import { CHECKPOINTS_TRIED_MAX, COLD_START_READS_AT_ONCE } from "./limits.ts";
import type { LogState } from "./log-state.ts";
import { PageLoader } from "./page-codec.ts";
import type { ObjectStore } from "./ports/object-store.ts";
import { assertComplete } from "./state-codec.ts";

/** A state from a checkpoint. */
export interface RestoredState {
  readonly state: LogState;
  readonly base: CheckpointBase;
}

/** What reading checkpoints needs. */
export interface CheckpointSource {
  readonly store: Pick<ObjectStore, "get" | "list">;
  readonly shard: number;
  readonly logger: Logger;
  readonly makeState: () => LogState;
}

/**
 * Restores the state of the checkpoint at `seq` in two dependent round trips: root, then pages. Undefined when it is
 * missing, broken or of another version: a checkpoint only saves time.
 */
export async function readCheckpoint(source: CheckpointSource, seq: number): Promise<RestoredState | undefined> {
  try {
    const answer = await source.store.get(checkpointRootKey(source.shard, seq));
    return answer.found ? await restore(source, seq, answer.bytes) : undefined;
  } catch (error) {
    if (!hasCode(error, "MALFORMED_BYTES")) throw error;
    source.logger.log("warn", "checkpoint-unreadable", { shard: source.shard, seq, error: error.message });
    return undefined;
  }
}

async function restore(source: CheckpointSource, seq: number, rootBytes: Uint8Array): Promise<RestoredState> {
  const { store, shard } = source;
  const root = decodeRoot(rootBytes);
  const state = source.makeState();
  const sum = root.restore(state);
  const loader = new PageLoader(state);
  await inParallel(root.pages, COLD_START_READS_AT_ONCE, async (reference) => {
    const answer = await store.get(checkpointPageKey(shard, reference.seq, reference.page));
    if (!answer.found) throw malformed(`Checkpoint ${seq} lists page ${reference.page}, which is missing`);
    loader.add(decodePageObject(answer.bytes, reference), reference.page, reference.seq);
  });
  loader.finish();
  assertComplete(state, sum);
  return { state, base: { seq, pages: root.pages } };
}

/** Finds the newest readable checkpoint without a pointer. */
export async function searchCheckpoint(source: CheckpointSource): Promise<RestoredState | undefined> {
  for (const seq of (await listCheckpoints(source)).slice(0, CHECKPOINTS_TRIED_MAX)) {
    const restored = await readCheckpoint(source, seq);
    if (restored !== undefined) return restored;
  }
  return undefined;
}

/** Entries of all checkpoints that have a root, newest first. */
async function listCheckpoints({ store, shard }: CheckpointSource): Promise<number[]> {
  const prefix = checkpointPrefix(shard);
  const seqs: number[] = [];
  let after: string | undefined;
  do {
    const page = await store.list({ prefix, ...(after === undefined ? {} : { after }) });
    for (const { key } of page.objects) {
      const match = /\/([0-9a-f]{16})\/root$/.exec(key);
      if (match?.[1] !== undefined) seqs.push(Number.parseInt(match[1], 16));
    }
    after = page.next;
  } while (after !== undefined);
  return seqs.toReversed();
}
