import { QUEUE_BYTES, STORE_SECONDS } from "./buckets.ts";
import type { MetricSpec } from "./catalog.ts";

/** The write path and what is in memory. */
export const LOG_METRICS: readonly MetricSpec[] = [
  { name: "streambed_log_entries_total", kind: "counter", help: "Entries folded since the start, of any writer." },
  { name: "streambed_log_puts_total", kind: "counter", help: "Attempts to write an entry, repeats included." },
  {
    name: "streambed_log_commit_seconds",
    kind: "histogram",
    buckets: STORE_SECONDS,
    help: "Time the store took to answer the write of one entry.",
  },
  {
    name: "streambed_log_hedges_total",
    kind: "counter",
    help: "Second attempts beside a first that took unusually long; part of the puts.",
  },
  {
    name: "streambed_log_linger_seconds",
    kind: "histogram",
    buckets: STORE_SECONDS,
    help: "How long entries waited behind others for more to gather, as the pace was at each write.",
  },
  {
    name: "streambed_log_conflicts_total",
    kind: "counter",
    help: "Entries that found their key taken by another writer and were proposed anew.",
  },
  {
    name: "streambed_log_void_entries_total",
    kind: "counter",
    help: "Entries without effect: written under an old epoch, or behind another than the last valid one.",
  },
  { name: "streambed_log_claims_total", kind: "counter", help: "Takeovers of a shard that this process tried." },
  {
    name: "streambed_cluster_claims_total",
    kind: "counter",
    help: "Shards that the placement made this broker claim.",
  },
  {
    name: "streambed_log_queue_bytes",
    kind: "histogram",
    buckets: QUEUE_BYTES,
    help: "Bytes that were left waiting when an entry set out; connections are not read while there are too many.",
  },
  {
    name: "streambed_log_entries_in_flight",
    kind: "histogram",
    buckets: [0, 1, 2, 3, 4, 6, 8],
    help: "Entries that were on their way to the store already when another set out.",
  },
  {
    name: "streambed_log_tail_sequence",
    kind: "gauge",
    labels: ["shard"],
    help: "Number of the last entry that was folded here.",
  },
  {
    name: "streambed_log_checkpoint_sequence",
    kind: "gauge",
    labels: ["shard"],
    help: "Entry of the newest checkpoint this process wrote or began with; a start reads what is behind it.",
  },
  {
    name: "streambed_log_epoch",
    kind: "gauge",
    labels: ["shard"],
    help: "Epoch of the shard: grows by one with each takeover; 0 without --cluster, where nobody claims it.",
  },
  {
    name: "streambed_log_owner",
    kind: "gauge",
    labels: ["shard"],
    help: "1 while this process owns the shard, else 0; 0 without --cluster, where nobody claims it.",
  },
  {
    name: "streambed_log_live_bytes",
    kind: "gauge",
    help: "Bytes of batches that the index refers to: what topics hold, without entry headers and garbage.",
  },
  {
    name: "streambed_log_cache_reads_total",
    kind: "counter",
    labels: ["cache"],
    help: "Reads of runs by where they were found: hot (recent), cold (history), store (had to be fetched).",
  },
];
