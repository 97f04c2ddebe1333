/** Settings of a broker, named after Kafka's (`num.partitions` is `numPartitions`), with Kafka's defaults. */
export interface BrokerSettings {
  readonly nodeId: number;
  /** Where clients are told to connect. */
  readonly advertisedHost: string;
  readonly advertisedPort: number;
  readonly autoCreateTopicsEnable: boolean;
  readonly numPartitions: number;
  readonly defaultReplicationFactor: number;
  /** Largest record batch, bytes. */
  readonly messageMaxBytes: number;
  /** Largest request, bytes. */
  readonly socketRequestMaxBytes: number;
  /** Largest answer to a fetch, bytes. */
  readonly fetchMaxBytes: number;
  readonly offsetsTopicNumPartitions: number;
  readonly groupInitialRebalanceDelayMs: number;
  readonly groupMinSessionTimeoutMs: number;
  readonly groupMaxSessionTimeoutMs: number;
  readonly groupMaxSize: number;
  readonly offsetsRetentionMinutes: number;
  readonly offsetMetadataMaxBytes: number;
  readonly deleteTopicEnable: boolean;
  /** What topics without a `cleanup.policy` have: `delete`, `compact`, or both with a comma. */
  readonly logCleanupPolicy: string;
  /** Of `log.retention.ms`, `.minutes` and `.hours` the finest that is given counts; -1: without limit. */
  readonly logRetentionMs: number | undefined;
  readonly logRetentionMinutes: number | undefined;
  readonly logRetentionHours: number;
  /** Of each partition; -1: without limit. */
  readonly logRetentionBytes: number;
  /**
   * How much of a partition is deleted at once at most: what `log.roll.ms`, else `log.roll.hours` say, and bytes. Kafka
   * begins a new segment there.
   */
  readonly logRollMs: number | undefined;
  readonly logRollHours: number;
  readonly logSegmentBytes: number;
  /** How often to look whether something can be deleted or compacted. */
  readonly logRetentionCheckIntervalMs: number;
  /** False: topics are not compacted. */
  readonly logCleanerEnable: boolean;
  /** Pause between two looks at what there is to clean. */
  readonly logCleanerBackoffMs: number;
  /** Memory for the keys of one compaction, bytes, and the share of it that is used. */
  readonly logCleanerDedupeBufferSize: number;
  readonly logCleanerIoBufferLoadFactor: number;
  readonly logCleanerMinCleanableRatio: number;
  readonly logCleanerMinCompactionLagMs: number;
  readonly logCleanerMaxCompactionLagMs: number;
  readonly logCleanerDeleteRetentionMs: number;
}

/** Kafka 4.4's defaults. */
export const DEFAULT_SETTINGS: BrokerSettings = {
  nodeId: 1,
  advertisedHost: "localhost",
  advertisedPort: 9092,
  autoCreateTopicsEnable: true,
  numPartitions: 1,
  defaultReplicationFactor: 1,
  messageMaxBytes: 1_048_588,
  socketRequestMaxBytes: 104_857_600,
  fetchMaxBytes: 57_671_680,
  offsetsTopicNumPartitions: 50,
  groupInitialRebalanceDelayMs: 3_000,
  groupMinSessionTimeoutMs: 6_000,
  groupMaxSessionTimeoutMs: 1_800_000,
  groupMaxSize: 2_147_483_647,
  offsetsRetentionMinutes: 10_080,
  offsetMetadataMaxBytes: 4_096,
  deleteTopicEnable: true,
  logCleanupPolicy: "delete",
  logRetentionMs: undefined,
  logRetentionMinutes: undefined,
  logRetentionHours: 168,
  logRetentionBytes: -1,
  logRollMs: undefined,
  logRollHours: 168,
  logSegmentBytes: 1_073_741_824,
  logRetentionCheckIntervalMs: 300_000,
  logCleanerEnable: true,
  logCleanerBackoffMs: 15_000,
  logCleanerDedupeBufferSize: 134_217_728,
  logCleanerIoBufferLoadFactor: 0.9,
  logCleanerMinCleanableRatio: 0.5,
  logCleanerMinCompactionLagMs: 0,
  logCleanerMaxCompactionLagMs: Number.MAX_SAFE_INTEGER,
  logCleanerDeleteRetentionMs: 86_400_000,
};
