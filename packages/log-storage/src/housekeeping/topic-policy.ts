import type { Topic } from "../partition.ts";
import type { HousekeepingSettings } from "./settings.ts";

/** What a topic's configs say about how long its records live. Times in milliseconds, -1 without limit. */
export interface TopicPolicy {
  readonly deletes: boolean;
  readonly compacts: boolean;
  readonly retentionMs: number;
  readonly retentionBytes: number;
  readonly deleteRetentionMs: number;
  readonly minCleanableDirtyRatio: number;
  readonly minCompactionLagMs: number;
  readonly maxCompactionLagMs: number;
  /** How much may be deleted or compacted at once, and how soon it can be. */
  readonly segmentMs: number;
  readonly segmentBytes: number;
}

const HOUR_MS = 3_600_000;
const COMPACTED_CLASS = 0;
const UNLIMITED_CLASS = 1;
const FIRST_TIMED_CLASS = 2;

/** The topic's own configs, else the broker's. A text that is no number counts as not given. */
export function policyOf(topic: Pick<Topic, "configs">, settings: HousekeepingSettings): TopicPolicy {
  const policies = (topic.configs.get("cleanup.policy") ?? settings.logCleanupPolicy).split(",");
  const number = (name: string, fallback: number): number => {
    const text = topic.configs.get(name)?.trim();
    const value = text === undefined || text === "" ? Number.NaN : Number(text);
    return Number.isNaN(value) ? fallback : value;
  };
  return {
    deletes: policies.some((policy) => policy.trim() === "delete"),
    compacts: policies.some((policy) => policy.trim() === "compact"),
    retentionMs: number("retention.ms", brokerRetentionMs(settings)),
    retentionBytes: number("retention.bytes", settings.logRetentionBytes),
    deleteRetentionMs: number("delete.retention.ms", settings.logCleanerDeleteRetentionMs),
    minCleanableDirtyRatio: number("min.cleanable.dirty.ratio", settings.logCleanerMinCleanableRatio),
    minCompactionLagMs: number("min.compaction.lag.ms", settings.logCleanerMinCompactionLagMs),
    maxCompactionLagMs: number("max.compaction.lag.ms", settings.logCleanerMaxCompactionLagMs),
    segmentMs: number("segment.ms", settings.logRollMs ?? settings.logRollHours * HOUR_MS),
    segmentBytes: number("segment.bytes", settings.logSegmentBytes),
  };
}

/** The finest unit that was given wins, as in Kafka. */
export function brokerRetentionMs(settings: HousekeepingSettings): number {
  const { logRetentionMs, logRetentionMinutes, logRetentionHours } = settings;
  const minutes = logRetentionMinutes === undefined ? undefined : logRetentionMinutes * 60_000;
  const retentionMs = logRetentionMs ?? minutes ?? logRetentionHours * HOUR_MS;
  return retentionMs < 0 ? -1 : retentionMs;
}

/**
 * Partitions of one class share packs: what is deleted after about the same time lies together, so that whole packs
 * expire. Within a class the times differ by less than a factor of two.
 */
export function retentionClassOf(policy: TopicPolicy): number {
  if (policy.compacts) return COMPACTED_CLASS;
  if (!policy.deletes || policy.retentionMs < 0) return UNLIMITED_CLASS;
  return FIRST_TIMED_CLASS + Math.floor(Math.log2(1 + policy.retentionMs / HOUR_MS));
}
