export type {
  Admin,
  BrokerDescription,
  CallOptions,
  ClusterDescription,
  ConfigChange,
  ConfigEntry,
  ConfigResource,
  ConfigSource,
  CreatedTopic,
  GroupDescription,
  GroupListing,
  GroupMember,
  ItemResult,
  ListedOffset,
  NewTopic,
  OffsetSpec,
  PartitionDescription,
  ResourceConfigs,
  TopicDescription,
  TopicListing,
} from "./admin-types.ts";
export type {
  AssignorName,
  Consumer,
  ConsumerOptions,
  FetchOptions,
  FetchResult,
  PollOptions,
  RebalanceListener,
  Subscription,
} from "./consumer-types.ts";
export { createClient } from "./create-client.ts";
export type { Address, Connection, Transport } from "./ports/transport.ts";
export type { Partitioner, Producer, ProducerOptions, ProducerRecord, RecordMetadata } from "./producer-types.ts";
export { createConsumer, createProducer, createReader } from "./standalone.ts";
export type { Reader } from "./standalone.ts";
export type {
  BrokerChoice,
  Client,
  ClientOptions,
  Codec,
  Codecs,
  CommittedOffset,
  Compression,
  IsolationLevel,
  RawRequest,
  Record,
  RecordHeader,
  TopicPartition,
  TopicPartitionOffset,
} from "./types.ts";
