import { packKey, packPrefix } from "../../keys.ts";
import type { HousekeepingContext } from "../context.ts";
import { deleteAll } from "../objects.ts";
import { orphans } from "../plans/garbage.ts";

/** What a sweep found. */
export interface SweepCounts {
  objects: number;
  deleted: number;
  /** Unknown, too, but not old enough: on their way, or orphans of tomorrow. */
  young: number;
}

/**
 * Deletes pack objects that never became part of the log: their writer died, or their install came too late. Undefined
 * when it is not time, or when the last sweep left nothing behind and nothing has happened since.
 */
export async function sweepOrphans(
  context: HousekeepingContext,
  signal?: AbortSignal,
): Promise<SweepCounts | undefined> {
  const { memory, settings, internals } = context;
  const sinceMs = internals.clock.elapsed() - (memory.sweptAtElapsedMs ?? -Infinity);
  if (sinceMs < settings.sweepIntervalMs || memory.sweptCleanAtSeq === internals.state.seq) return undefined;
  const counts = await sweepPages(context, signal);
  memory.sweptAtElapsedMs = internals.clock.elapsed();
  memory.sweptCleanAtSeq = counts.young === 0 ? internals.state.seq : -1;
  internals.meter.count("streambed_housekeeping_swept_objects_total", counts.deleted);
  return counts;
}

async function sweepPages(context: HousekeepingContext, signal: AbortSignal | undefined): Promise<SweepCounts> {
  const { store, shard, folded, logger } = context.internals;
  const { orphanAgeMs } = context.settings;
  const counts: SweepCounts = { objects: 0, deleted: 0, young: 0 };
  let after: string | undefined;
  do {
    signal?.throwIfAborted();
    const page = await store.list({ prefix: packPrefix(shard), ...(after === undefined ? {} : { after }) });
    after = page.next;
    counts.objects += page.objects.length;
    const knownBefore = knownKeys(context);
    const unknown = page.objects.filter(({ key }) => !knownBefore.has(key));
    const old = orphans(unknown, { storeTimeMs: page.storeTimeMs, orphanAgeMs });
    counts.young += unknown.length - old.length;
    if (old.length === 0) continue;
    // Whatever was listed as that old and ever gets installed, was installed half its age ago. So a fold that has seen
    // all that was in the log after the listing knows every pack among them; one that has slept must look first.
    await folded.catchUp();
    const known = knownKeys(context);
    const keys = old.map(({ key }) => key).filter((key) => !known.has(key));
    if (keys.length > 0) logger.log("info", "orphans-swept", { objects: keys.length });
    await deleteAll(store, keys);
    counts.deleted += keys.length;
  } while (after !== undefined);
  return counts;
}

function knownKeys({ internals }: HousekeepingContext): ReadonlySet<string> {
  const { state, shard } = internals;
  return new Set([...state.packs.values(), ...state.retiredPacks.values()].map((pack) => packKey(shard, pack)));
}
