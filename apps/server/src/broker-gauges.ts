import type { Broker } from "@streambed/broker";
import type { ShardLog } from "@streambed/log-storage";
import type { MetricRegistry } from "@streambed/metrics";

/** Levels of the broker and its shards, which may become more; read when somebody asks for the metrics, never before. */
export function watchBroker(metrics: MetricRegistry, { core }: Broker, shards: readonly ShardLog[]): void {
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
    setShardGauges(metrics, shards);
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

const SHARD_GAUGES = [
  "streambed_log_epoch",
  "streambed_log_tail_sequence",
  "streambed_log_checkpoint_sequence",
  "streambed_log_owner",
];

/** A cluster of one shard has no label that says so. */
function setShardGauges(metrics: MetricRegistry, shards: readonly ShardLog[]): void {
  for (const name of SHARD_GAUGES) metrics.clear(name);
  const reads = { hot: 0, cold: 0, store: 0 };
  for (const [number, { ownership, internals }] of shards.entries()) {
    const labels = shards.length === 1 ? {} : { shard: String(number) };
    metrics.set("streambed_log_epoch", ownership.epoch, labels);
    metrics.set("streambed_log_tail_sequence", ownership.tailSeq, labels);
    metrics.set("streambed_log_checkpoint_sequence", internals.checkpoints.newestSeq, labels);
    metrics.set("streambed_log_owner", ownership.isOurs ? 1 : 0, labels);
    const { hot, cold, store } = internals.folded.reader.cacheReads;
    reads.hot += hot;
    reads.cold += cold;
    reads.store += store;
  }
  for (const [cache, count] of Object.entries(reads)) metrics.set("streambed_log_cache_reads_total", count, { cache });
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
