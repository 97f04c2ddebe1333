import type { LogState } from "../../log-state.ts";
import type { Partition } from "../../partition.ts";
import type { HousekeepingSettings } from "../settings.ts";
import { policyOf } from "../topic-policy.ts";

/** Entries whose runs are to be packed: all with live runs up to `throughSeq`. */
export interface FlushPlan {
  /** Numbers of the entries, ascending. */
  readonly entries: readonly number[];
  readonly throughSeq: number;
  /** Bytes of their live runs. */
  readonly bytes: number;
}

/** Entries that still hold records, ascending, with the bytes of their live runs. */
export type UnpackedEntries = ReadonlyMap<number, number>;

/** Looks through the run index for what lies in entries. */
export function unpackedEntries(state: LogState): UnpackedEntries {
  const bytes = new Map<number, number>();
  for (const { runs } of state.rows.partitions) {
    for (let index = runs.length - 1; index >= 0; index--) {
      const run = runs.at(index);
      // Runs in packs come first.
      if (run === undefined || run.source < 0) break;
      bytes.set(run.source, (bytes.get(run.source) ?? 0) + run.length);
    }
  }
  return new Map([...bytes].toSorted(([left], [right]) => left - right));
}

/**
 * How old the oldest unpacked entry may get. Only what is packed is compacted, so a compacted topic that wants small
 * segments, or a short lag, is packed as soon as Kafka would close its segment.
 */
export function flushMsFor(state: LogState, settings: HousekeepingSettings): number {
  let { flushMs } = settings;
  for (const topic of state.topics.values()) {
    const { compacts, segmentMs, segmentBytes, maxCompactionLagMs } = policyOf(topic, settings);
    if (!compacts) continue;
    for (const partition of topic.partitions) {
      const bytes = unpackedBytes(partition);
      if (bytes >= segmentBytes) return 0;
      if (bytes > 0) flushMs = Math.min(flushMs, segmentMs, maxCompactionLagMs);
    }
  }
  return flushMs;
}

function unpackedBytes({ runs }: Partition): number {
  let bytes = 0;
  for (let index = runs.length - 1; ; index--) {
    const run = runs.at(index);
    if (run === undefined || run.source < 0) return bytes;
    bytes += run.length;
  }
}

/**
 * What to pack now: the oldest entries that fill a pack; or all of them, when the oldest has waited long enough.
 *
 * @param oldestAgeMs age of the oldest unpacked entry
 */
export function planFlush(
  unpacked: UnpackedEntries,
  oldestAgeMs: number,
  settings: Pick<HousekeepingSettings, "flushBytes" | "flushMs">,
): FlushPlan | undefined {
  const entries: number[] = [];
  let bytes = 0;
  for (const [seq, entryBytes] of unpacked) {
    entries.push(seq);
    bytes += entryBytes;
    if (bytes >= settings.flushBytes) break;
  }
  const throughSeq = entries.at(-1);
  if (throughSeq === undefined || (bytes < settings.flushBytes && oldestAgeMs < settings.flushMs)) return undefined;
  return { entries, throughSeq, bytes };
}
