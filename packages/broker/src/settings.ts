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
};
