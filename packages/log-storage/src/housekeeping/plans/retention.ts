import type { Partition } from "../../partition.ts";
import type { TopicPolicy } from "../topic-policy.ts";

/**
 * Where the log of a partition should start by now; undefined when it should stay. Kafka's rules, with runs in the
 * place of segments: from the oldest on, a run goes when its newest record is older than `retention.ms`, and when
 * what remains without it still holds `retention.bytes`.
 */
export function planRetention(partition: Partition, policy: TopicPolicy, nowMs: number): number | undefined {
  if (!policy.deletes) return undefined;
  const bySize = startBySize(partition, policy.retentionBytes);
  const byTime = policy.retentionMs < 0 ? -1 : startByTime(partition, nowMs - policy.retentionMs);
  const start = Math.max(bySize, byTime);
  return start > partition.logStartOffset ? start : undefined;
}

function startBySize({ runs, bytes }: Partition, retentionBytes: number): number {
  let start = -1;
  let excess = bytes - retentionBytes;
  if (retentionBytes < 0) return start;
  for (let index = 0; ; index++) {
    const run = runs.at(index);
    if (run === undefined || excess < run.length) return start;
    excess -= run.length;
    start = run.endOffset;
  }
}

function startByTime({ runs }: Partition, oldestMs: number): number {
  let start = -1;
  for (let index = 0; ; index++) {
    const run = runs.at(index);
    if (run === undefined || run.maxTimestampMs >= oldestMs) return start;
    // Records without a time say nothing about their age; they go with the next that has one.
    if (run.maxTimestampMs >= 0) start = run.endOffset;
  }
}
