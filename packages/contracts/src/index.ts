export { checkShape } from "./check-shape.ts";
export type { Contract, Shape } from "./check-shape.ts";
export { brokerRegistration, CLUSTER_STATUS_PATH, clusterStatus, clusterStatusQuery } from "./cluster-status.ts";
export type { BrokerRegistration, ClusterStatus, ClusterStatusQuery, ShardStatus } from "./cluster-status.ts";
export { KAFKA_ERROR, KAFKA_REST_ERRORS, KAFKA_RETRIABLE_ERROR, kafkaRestError } from "./kafka-rest-error.ts";
export type { KafkaRestError } from "./kafka-rest-error.ts";
export { restSettings } from "./rest-settings.ts";
export type { RestSettings } from "./rest-settings.ts";
export {
  EMBEDDED_FORMATS,
  v2CommitOffsets,
  v2CreateConsumer,
  v2Partitions,
  v2Positions,
  v2Subscription,
  validFetchMinBytes,
} from "./rest-v2-consumer.ts";
export type { EmbeddedFormat, V2CreateConsumer } from "./rest-v2-consumer.ts";
export { v2ProduceRecord, v2ProduceRequest } from "./rest-v2-produce.ts";
export type { V2PartitionOffset, V2ProduceRecord, V2ProduceRequest } from "./rest-v2-produce.ts";
export { RECORD_TYPES, v3Record, v3RecordBatch, v3RecordData } from "./rest-v3-record.ts";
export type { RecordType, V3Record, V3RecordBatch, V3RecordData } from "./rest-v3-record.ts";
export { v3AlterConfigs, v3CreateTopic, v3PartitionsCount, v3UpdateConfig } from "./rest-v3-topic.ts";
export type { V3CreateTopic } from "./rest-v3-topic.ts";
export { serverSettings } from "./server-settings.ts";
export type { ServerSettings } from "./server-settings.ts";
export * as limits from "./limits.ts";
