import type { Codecs } from "@streambed/protocol";
import type { Guards } from "../guards.ts";
import type { LogInternals } from "../internals.ts";
import type { Partition } from "../partition.ts";
import type { Breather } from "./breather.ts";
import type { HousekeepingSettings } from "./settings.ts";

/** What the steps of housekeeping work with. */
export interface HousekeepingContext {
  readonly internals: LogInternals;
  readonly codecs: Codecs;
  readonly settings: HousekeepingSettings;
  readonly guards: Pick<Guards, "graceBeforeDelete" | "graceFromFloor">;
  /** First offset of the oldest open transaction of a partition, or its end. */
  readonly lastStableOffset: (partition: Partition) => number;
  readonly memory: HousekeepingMemory;
  readonly breather: Breather;
}

/** What a process remembers between two rounds. Losing it costs a few requests. */
export interface HousekeepingMemory {
  /** Time of the oldest entry that is not packed. */
  oldestUnpacked: { readonly seq: number; readonly timestampMs: number } | undefined;
  /** Floor that is known to be published, and a store time at which it was. */
  floor: { readonly floor: number; readonly sinceMs: number } | undefined;
  /** Entries up to this one were deleted by this process. */
  trimmedFloor: number;
  /** Published checkpoint and lowest unpacked entry for which the floor was planned last. */
  floorAsked: string | undefined;
  /** Entry at which there was nothing left to delete or to wait for. */
  garbageFreeSeq: number;
  /** Pointer's checkpoint when checkpoints were pruned last. */
  prunedAtCheckpoint: number;
  /** Number of the next pack when there was nothing to merge. */
  unmergeable: number;
  /** Local time of the last look at retention and garbage by a whole round. */
  checkedAtElapsedMs: number | undefined;
  /** Local time of the last sweep for orphans. */
  sweptAtElapsedMs: number | undefined;
  /** Entry at which a sweep found nothing that may have to be swept later. */
  sweptCleanAtSeq: number;
  /** Partitions whose cleaning failed for good; they are left alone until the process starts again, as in Kafka. */
  readonly uncleanable: WeakSet<Partition>;
  /** When the first tombstone that a cleaning has left may go. Without it, it goes when there is something new. */
  readonly horizons: WeakMap<Partition, number>;
}

/** Memory of a process that has just started. */
export function newMemory(): HousekeepingMemory {
  return {
    oldestUnpacked: undefined,
    floor: undefined,
    trimmedFloor: -1,
    floorAsked: undefined,
    garbageFreeSeq: -1,
    prunedAtCheckpoint: -1,
    unmergeable: 0,
    checkedAtElapsedMs: undefined,
    sweptAtElapsedMs: undefined,
    sweptCleanAtSeq: -1,
    uncleanable: new WeakSet(),
    horizons: new WeakMap(),
  };
}
