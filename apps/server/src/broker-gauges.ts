import type { Broker } from "@streambed/broker";
import type { MetricRegistry } from "@streambed/metrics";

/** Levels of the broker and its log; read when somebody asks for the metrics, never before. */
export function watchBroker(metrics: MetricRegistry, { core }: Broker): void {
  const { log, groups } = core;
  metrics.onScrape(() => {
    let partitions = 0;
    let liveBytes = 0;
    for (const topic of log.view.topics.values()) {
      partitions += topic.partitions.length;
      for (const { bytes } of topic.partitions) liveBytes += bytes;
    }
    metrics.set("streambed_topics", log.view.topics.size);
    metrics.set("streambed_partitions", partitions);
    metrics.set("streambed_log_live_bytes", liveBytes);
    metrics.set("streambed_log_epoch", log.view.epoch);
    metrics.set("streambed_log_tail_sequence", log.ownership.tailSeq);
    metrics.set("streambed_log_checkpoint_sequence", log.internals.checkpoints.newestSeq);
    metrics.set("streambed_log_owner", log.ownership.isOurs ? 1 : 0);
    const { cacheReads } = log.internals.folded.reader;
    metrics.set("streambed_log_cache_reads_total", cacheReads.hot, { cache: "hot" });
    metrics.set("streambed_log_cache_reads_total", cacheReads.cold, { cache: "cold" });
    metrics.set("streambed_log_cache_reads_total", cacheReads.store, { cache: "store" });
    metrics.clear("streambed_consumer_groups");
    metrics.clear("streambed_consumer_group_lag_records");
    const byState = new Map<string, number>();
    for (const { groupId, state } of groups.list()) {
      byState.set(state, (byState.get(state) ?? 0) + 1);
      for (const [topic, lag] of lagByTopic(core, groupId)) {
        metrics.set("streambed_consumer_group_lag_records", lag, { group: groupId, topic });
      }
    }
    for (const [state, count] of byState) metrics.set("streambed_consumer_groups", count, { state });
  });
}

/** Records between what a group has committed and the ends; a commit below the log start has lost the rest. */
function lagByTopic({ groups, log }: Broker["core"], groupId: string): ReadonlyMap<string, number> {
  const lags = new Map<string, number>();
  for (const [name, offsets] of groups.offsets(groupId)) {
    const topic = log.view.topicNamed(name);
    if (topic === undefined) continue;
    let lag = 0;
    for (const [partition, { offset }] of offsets) {
      const known = topic.partitions[partition];
      if (known !== undefined) lag += Math.max(known.endOffset - Math.max(offset, known.logStartOffset), 0);
    }
    lags.set(name, lag);
  }
  return lags;
}
