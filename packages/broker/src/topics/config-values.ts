import type { BrokerSettings } from "../settings.ts";
import { TOPIC_CONFIGS } from "./topic-configs.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const LONG_MAX = "9223372036854775807";

/** What topics fall back to where the broker has a setting for it, by the name of the topic's config. */
const FROM_SETTINGS: Readonly<Record<string, (settings: BrokerSettings) => string>> = {
  "cleanup.policy": ({ logCleanupPolicy }) => logCleanupPolicy,
  "delete.retention.ms": ({ logCleanerDeleteRetentionMs }) => longText(logCleanerDeleteRetentionMs),
  "max.compaction.lag.ms": ({ logCleanerMaxCompactionLagMs }) => longText(logCleanerMaxCompactionLagMs),
  "max.message.bytes": ({ messageMaxBytes }) => String(messageMaxBytes),
  "min.cleanable.dirty.ratio": ({ logCleanerMinCleanableRatio }) => String(logCleanerMinCleanableRatio),
  "min.compaction.lag.ms": ({ logCleanerMinCompactionLagMs }) => longText(logCleanerMinCompactionLagMs),
  "retention.bytes": ({ logRetentionBytes }) => longText(logRetentionBytes),
  "retention.ms": (settings) => longText(retentionMs(settings)),
  "segment.bytes": ({ logSegmentBytes }) => String(logSegmentBytes),
  "segment.ms": ({ logRollMs, logRollHours }) => longText(logRollMs ?? logRollHours * HOUR_MS),
};

/** The value in force: the topic's own, else the broker's, else Kafka's default. */
export function configValue(overrides: ReadonlyMap<string, string>, name: string, settings: BrokerSettings): string {
  return overrides.get(name) ?? topicDefault(name, settings);
}

/** What topics without a value of their own have. Empty for names that are no topic configs. */
export function topicDefault(name: string, settings: BrokerSettings): string {
  return FROM_SETTINGS[name]?.(settings) ?? TOPIC_CONFIGS.get(name)?.defaultValue ?? "";
}

/** How long records live by default, milliseconds; -1: without limit. The finest unit that was given wins. */
function retentionMs({ logRetentionMs, logRetentionMinutes, logRetentionHours }: BrokerSettings): number {
  const minutes = logRetentionMinutes === undefined ? undefined : logRetentionMinutes * MINUTE_MS;
  return Math.max(logRetentionMs ?? minutes ?? logRetentionHours * HOUR_MS, -1);
}

/** A Java `long`: what is beyond our numbers stands for its largest value. */
export function longText(value: number): string {
  return value >= Number.MAX_SAFE_INTEGER ? LONG_MAX : String(value);
}
