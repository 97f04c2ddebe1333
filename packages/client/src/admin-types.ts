import type { StreambedError } from "@streambed/kernel";
import type { CommittedOffset, IsolationLevel, TopicPartition, TopicPartitionOffset } from "./types.ts";

/** One item of a batch call: calls do not reject because one item failed. */
export type ItemResult<T> =
  | ({ readonly ok: true } & T)
  | ({ readonly ok: false; readonly error: StreambedError } & Pick<
      T,
      Extract<keyof T, "name" | "topic" | "partition" | "groupId">
    >);

/** A broker as metadata names it. */
export interface BrokerDescription {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

/** The cluster as one broker sees it. */
export interface ClusterDescription {
  readonly clusterId: string | null;
  /** -1 when there is none. */
  readonly controllerId: number;
  readonly brokers: readonly BrokerDescription[];
}

/** A topic in a listing. */
export interface TopicListing {
  readonly name: string;
  /** Canonical UUID; zero when the broker knows none. */
  readonly topicId: string;
  readonly internal: boolean;
  readonly partitionCount: number;
}

/** One partition of a described topic. Node ids; leader -1 when there is none. */
export interface PartitionDescription {
  readonly partition: number;
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
  readonly offlineReplicas: readonly number[];
}

/** A described topic. */
export interface TopicDescription {
  readonly name: string;
  readonly topicId: string;
  readonly internal: boolean;
  readonly partitions: readonly PartitionDescription[];
}

/** A topic to be created. */
export interface NewTopic {
  readonly name: string;
  /** Broker's default when absent. */
  readonly numPartitions?: number;
  /** Broker's default when absent. */
  readonly replicationFactor?: number;
  /** Partition number to broker ids; instead of the two numbers above. */
  readonly assignments?: readonly { readonly partition: number; readonly brokerIds: readonly number[] }[];
  readonly configs?: Readonly<{ [name: string]: string }>;
}

/** A topic as created. Counts are -1 when the broker does not tell. */
export interface CreatedTopic {
  readonly name: string;
  readonly topicId: string;
  readonly numPartitions: number;
  readonly replicationFactor: number;
}

/** What configs belong to. */
export interface ConfigResource {
  readonly type: "topic" | "broker" | "group";
  /** Topic name, broker id as text (empty: cluster default), or group id. */
  readonly name: string;
}

/** Where a value comes from, in Kafka's words. */
export type ConfigSource =
  | "UNKNOWN"
  | "DYNAMIC_TOPIC_CONFIG"
  | "DYNAMIC_BROKER_CONFIG"
  | "DYNAMIC_DEFAULT_BROKER_CONFIG"
  | "STATIC_BROKER_CONFIG"
  | "DEFAULT_CONFIG"
  | "DYNAMIC_BROKER_LOGGER_CONFIG"
  | "CLIENT_METRICS_CONFIG"
  | "GROUP_CONFIG";

/** One described config. */
export interface ConfigEntry {
  readonly name: string;
  /** Null when sensitive or unset. */
  readonly value: string | null;
  readonly source: ConfigSource;
  readonly readOnly: boolean;
  readonly sensitive: boolean;
  readonly documentation: string | null;
  /** Kafka's ConfigType number, 0 when unknown. */
  readonly type: number;
  readonly synonyms: readonly { readonly name: string; readonly value: string | null; readonly source: ConfigSource }[];
}

/** All configs of one resource. */
export interface ResourceConfigs {
  readonly type: ConfigResource["type"];
  readonly name: string;
  readonly configs: readonly ConfigEntry[];
}

/** One incremental change. `delete` returns to the default; append and subtract are for lists. */
export interface ConfigChange {
  readonly name: string;
  readonly operation: "set" | "delete" | "append" | "subtract";
  readonly value?: string | null;
}

/** `earliest`, `latest`, `max-timestamp`, `earliest-local`, `latest-tiered`, or milliseconds since 1970. */
export type OffsetSpec = "earliest" | "latest" | "max-timestamp" | "earliest-local" | "latest-tiered" | number;

/** An answer of listOffsets. Offset -1 when nothing is at or after the time. */
export interface ListedOffset extends TopicPartitionOffset {
  readonly timestamp: number;
  readonly leaderEpoch: number;
}

/** A group in a listing. */
export interface GroupListing {
  readonly groupId: string;
  readonly protocolType: string;
  /** Kafka's state name, e.g. `Stable`; empty when the broker does not tell. */
  readonly state: string;
  /** `classic`, `consumer`, `share`; empty when the broker does not tell. */
  readonly type: string;
}

/** A member of a described group. */
export interface GroupMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly assignment: readonly TopicPartition[];
}

/** A described group. */
export interface GroupDescription {
  readonly groupId: string;
  readonly state: string;
  readonly protocolType: string;
  /** Assignor's name. */
  readonly protocol: string;
  readonly coordinator: number;
  readonly members: readonly GroupMember[];
}

/** Ends a call early. */
export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** Looks after a cluster. Batch calls answer per item and in the order asked. */
export interface Admin {
  describeCluster(options?: CallOptions): Promise<ClusterDescription>;
  /** All topics, internal ones included. */
  listTopics(options?: CallOptions): Promise<readonly TopicListing[]>;
  describeTopics(names: readonly string[], options?: CallOptions): Promise<readonly ItemResult<TopicDescription>[]>;
  createTopics(
    topics: readonly NewTopic[],
    options?: CallOptions & { readonly validateOnly?: boolean },
  ): Promise<readonly ItemResult<CreatedTopic>[]>;
  deleteTopics(
    names: readonly string[],
    options?: CallOptions,
  ): Promise<readonly ItemResult<{ readonly name: string }>[]>;
  /** Raises the number of partitions to `totalCount`. */
  createPartitions(
    topics: readonly { readonly name: string; readonly totalCount: number }[],
    options?: CallOptions & { readonly validateOnly?: boolean },
  ): Promise<readonly ItemResult<{ readonly name: string }>[]>;
  describeConfigs(
    resources: readonly ConfigResource[],
    options?: CallOptions & { readonly includeSynonyms?: boolean; readonly includeDocumentation?: boolean },
  ): Promise<readonly ItemResult<ResourceConfigs>[]>;
  /** Incremental (IncrementalAlterConfigs). */
  alterConfigs(
    changes: readonly { readonly resource: ConfigResource; readonly changes: readonly ConfigChange[] }[],
    options?: CallOptions & { readonly validateOnly?: boolean },
  ): Promise<readonly ItemResult<{ readonly type: ConfigResource["type"]; readonly name: string }>[]>;
  listOffsets(
    partitions: readonly (TopicPartition & { readonly spec: OffsetSpec })[],
    options?: CallOptions & { readonly isolationLevel?: IsolationLevel },
  ): Promise<readonly ItemResult<ListedOffset>[]>;
  /** Deletes records before the offset; -1 means up to the high watermark. */
  deleteRecords(
    partitions: readonly TopicPartitionOffset[],
    options?: CallOptions,
  ): Promise<readonly ItemResult<TopicPartition & { readonly lowWatermark: number }>[]>;
  listGroups(
    options?: CallOptions & { readonly states?: readonly string[]; readonly types?: readonly string[] },
  ): Promise<readonly GroupListing[]>;
  describeGroups(groupIds: readonly string[], options?: CallOptions): Promise<readonly ItemResult<GroupDescription>[]>;
  deleteGroups(
    groupIds: readonly string[],
    options?: CallOptions,
  ): Promise<readonly ItemResult<{ readonly groupId: string }>[]>;
  /** Committed offsets of a group; without partitions, all of them. Partitions without one are absent. */
  fetchOffsets(
    groupId: string,
    partitions?: readonly TopicPartition[],
    options?: CallOptions,
  ): Promise<readonly CommittedOffset[]>;
  /** Sets offsets of a group without members, or of a `simple` consumer. */
  commitOffsets(
    groupId: string,
    offsets: readonly (TopicPartitionOffset & { readonly metadata?: string })[],
    options?: CallOptions,
  ): Promise<readonly ItemResult<TopicPartition>[]>;
  /** Forgets committed offsets of a group. */
  deleteOffsets(
    groupId: string,
    partitions: readonly TopicPartition[],
    options?: CallOptions,
  ): Promise<readonly ItemResult<TopicPartition>[]>;
}
