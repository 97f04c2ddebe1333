import type {
  Admin,
  Client,
  CommittedOffset,
  ConfigEntry,
  Consumer,
  ConsumerOptions,
  FetchOptions,
  GroupDescription,
  Producer,
  ProducerRecord,
  Record,
  RecordMetadata,
  TopicPartition,
} from "@streambed/client";
import { type ErrorKind, StreambedError } from "@streambed/kernel";
import type { TestClock } from "./test-clock.ts";

type Topic = { partitions: Record[][]; configs: Map<string, string> };

/** An error as the client words it. */
export function kafkaError(code: string, message: string, kind: ErrorKind = "invalid"): StreambedError {
  return new StreambedError({ kind, code, message });
}

const unknown = (): StreambedError =>
  kafkaError("UNKNOWN_TOPIC_OR_PARTITION", "This server does not host this topic-partition.", "not-found");

const DEFAULTS = new Map([
  ["cleanup.policy", "delete"],
  ["retention.ms", "604800000"],
]);

const nameOf = ({ topic, partition }: TopicPartition): string => `${topic}-${partition}`;

/** A cluster in memory behind the client's interface. Groups have one member, which reads every partition. */
export class FakeCluster {
  readonly clock: TestClock;
  readonly topics = new Map<string, Topic>();
  readonly committed = new Map<string, Map<string, CommittedOffset>>();
  readonly groups = new Map<string, GroupDescription>();
  readonly consumers: FakeConsumer[] = [];
  /** Fails the next call of that name. */
  readonly failures = new Map<string, StreambedError>();
  autoCreate = false;

  constructor(clock: TestClock) {
    this.clock = clock;
  }

  create(name: string, partitions: number): void {
    this.topics.set(name, { partitions: Array.from({ length: partitions }, () => []), configs: new Map() });
  }

  fail(call: string, error: StreambedError): void {
    this.failures.set(call, error);
  }

  check(call: string): void {
    const error = this.failures.get(call);
    this.failures.delete(call);
    if (error !== undefined) throw error;
  }

  log({ topic, partition }: TopicPartition): Record[] | undefined {
    return this.topics.get(topic)?.partitions[partition];
  }

  append(topic: string, record: ProducerRecord): RecordMetadata {
    if (!this.topics.has(topic) && this.autoCreate) this.create(topic, 1);
    const partition = record.partition ?? 0;
    const log = this.log({ topic, partition });
    if (log === undefined) return { ok: false, topic, partition, error: unknown() };
    if ((record.value?.length ?? 0) > 1_000_000) {
      return {
        ok: false,
        topic,
        partition,
        error: kafkaError("RECORD_TOO_LARGE", "The record is too large.", "limit"),
      };
    }
    const timestamp = record.timestamp ?? this.clock.now();
    const { key = null, value, headers = [] } = record;
    log.push({ topic, partition, offset: log.length, timestamp, key, value, headers });
    return { ok: true, topic, partition, offset: log.length - 1, timestamp };
  }

  client(): Client {
    const fakes: Pick<Client, "admin" | "producer" | "consumer" | "fetch"> = {
      admin: this.#admin() as Admin,
      producer: () => this.#producer() as Producer,
      consumer: (options = {}) => {
        const consumer = new FakeConsumer(this, options);
        this.consumers.push(consumer);
        return consumer as unknown as Consumer;
      },
      fetch: async ({ topic, partition, offset, maxWaitMs = 0 }: FetchOptions) => {
        this.check("fetch");
        const log = this.log({ topic, partition });
        if (log === undefined) throw unknown();
        if (offset < 0 || offset > log.length) throw kafkaError("OFFSET_OUT_OF_RANGE", "Out of range.");
        if (offset === log.length) this.clock.advance(maxWaitMs);
        const records = log.slice(offset);
        return {
          records,
          nextOffset: log.length,
          highWatermark: log.length,
          lastStableOffset: log.length,
          logStartOffset: 0,
        };
      },
    };
    return fakes as Client;
  }

  #producer(): Pick<Producer, "send" | "close"> {
    return {
      send: async (topic, records) => {
        this.check("send");
        return records.map((record) => this.append(topic, record));
      },
      close: async () => undefined,
    };
  }

  #admin(): Partial<Admin> {
    const brokers = [{ nodeId: 1, host: "localhost", port: 9092, rack: null }];
    return {
      describeCluster: async () => {
        this.check("describeCluster");
        return { clusterId: "cluster-1", controllerId: 1, brokers };
      },
      listTopics: async () => {
        this.check("listTopics");
        return [...this.topics].map(([name, topic]) => ({
          name,
          topicId: "",
          internal: name.startsWith("__"),
          partitionCount: topic.partitions.length,
        }));
      },
      describeTopics: async (names) =>
        names.map((name) => {
          const topic = this.topics.get(name);
          if (topic === undefined) return { ok: false, name, error: unknown() };
          const partitions = topic.partitions.map((_, partition) => ({
            partition,
            leader: 1,
            leaderEpoch: 0,
            replicas: [1],
            isr: [1],
            offlineReplicas: [],
          }));
          return { ok: true, name, topicId: "", internal: name.startsWith("__"), partitions };
        }),
      createTopics: async (topics, options) =>
        topics.map(({ name, numPartitions = 1, configs = {} }) => {
          if (this.topics.has(name)) {
            return { ok: false, name, error: kafkaError("TOPIC_ALREADY_EXISTS", `Topic '${name}' already exists.`) };
          }
          if (options?.validateOnly !== true) {
            this.create(name, numPartitions);
            for (const [config, value] of Object.entries(configs)) this.topics.get(name)?.configs.set(config, value);
          }
          return { ok: true, name, topicId: "", numPartitions, replicationFactor: 1 };
        }),
      deleteTopics: async (names) =>
        names.map((name) => (this.topics.delete(name) ? { ok: true, name } : { ok: false, name, error: unknown() })),
      createPartitions: async (topics) =>
        topics.map(({ name, totalCount }) => {
          const topic = this.topics.get(name);
          if (topic === undefined) return { ok: false, name, error: unknown() };
          const count = topic.partitions.length;
          if (totalCount <= count) {
            return {
              ok: false,
              name,
              error: kafkaError("INVALID_PARTITIONS", `Topic already has ${count} partitions.`),
            };
          }
          while (topic.partitions.length < totalCount) topic.partitions.push([]);
          return { ok: true, name };
        }),
      describeConfigs: async (wanted) =>
        wanted.map(({ type, name }) => {
          if (type === "topic" && !this.topics.has(name)) return { ok: false, type, name, error: unknown() };
          const own = type === "topic" ? this.topics.get(name)?.configs : undefined;
          return { ok: true, type, name, configs: [...DEFAULTS.keys()].map((config) => configEntry(config, own)) };
        }),
      alterConfigs: async (alterations, options) =>
        alterations.map(({ resource, changes }) => {
          const configs = this.topics.get(resource.name)?.configs;
          if (options?.validateOnly !== true) {
            for (const { name, operation, value } of changes) {
              if (operation === "delete") configs?.delete(name);
              else configs?.set(name, value ?? "");
            }
          }
          return { ok: true, ...resource };
        }),
      listOffsets: async (wanted) =>
        wanted.map((place) => {
          const log = this.log(place);
          if (log === undefined) return { ok: false, ...place, error: unknown() };
          const offset = place.spec === "earliest" ? 0 : log.length;
          return { ok: true, topic: place.topic, partition: place.partition, offset, timestamp: -1, leaderEpoch: 0 };
        }),
      listGroups: async () =>
        [...this.groups.values()].map(({ groupId, state, protocolType }) => ({
          groupId,
          state,
          protocolType,
          type: "classic",
        })),
      describeGroups: async (ids) =>
        ids.map((groupId) => {
          const group = this.groups.get(groupId);
          if (group === undefined) {
            return { ok: false, groupId, error: kafkaError("GROUP_ID_NOT_FOUND", "No such group.", "not-found") };
          }
          return { ok: true, ...group };
        }),
      fetchOffsets: async (groupId) => [...(this.committed.get(groupId)?.values() ?? [])],
    };
  }
}

function configEntry(name: string, own: Map<string, string> | undefined): ConfigEntry {
  const fallback = DEFAULTS.get(name) ?? "";
  const value = own?.get(name);
  const source = value === undefined ? "DEFAULT_CONFIG" : "DYNAMIC_TOPIC_CONFIG";
  const synonym = { name, value: fallback, source: "DEFAULT_CONFIG" } as const;
  return {
    name,
    value: value ?? fallback,
    source,
    readOnly: false,
    sensitive: false,
    documentation: null,
    type: 2,
    synonyms: value === undefined ? [synonym] : [{ name, value, source }, synonym],
  };
}

/** Joins on the second poll, so that tests see what a first read does about it. */
export class FakeConsumer {
  readonly options: ConsumerOptions;
  readonly #cluster: FakeCluster;
  #subscription: { topics: readonly string[] } | { pattern: RegExp } | undefined;
  #assignment: TopicPartition[] = [];
  readonly #positions = new Map<string, number>();
  closed = false;

  constructor(cluster: FakeCluster, options: ConsumerOptions) {
    this.#cluster = cluster;
    this.options = options;
  }

  subscribe(subscription: { topics: readonly string[] } | { pattern: RegExp }): void {
    this.#subscription = subscription;
    this.#assignment = [];
  }

  async unsubscribe(): Promise<void> {
    this.#subscription = undefined;
    this.#assignment = [];
  }

  assign(partitions: readonly TopicPartition[]): void {
    this.#assignment = partitions.map(({ topic, partition }) => ({ topic, partition }));
  }

  assignment(): readonly TopicPartition[] {
    return this.#assignment;
  }

  subscription(): readonly string[] {
    if (this.#subscription === undefined) return [];
    if ("topics" in this.#subscription) return this.#subscription.topics;
    const { pattern } = this.#subscription;
    return [...this.#cluster.topics.keys()].filter((name) => pattern.test(name));
  }

  async poll({ timeoutMs = 1_000, maxBytes = Infinity }: { timeoutMs?: number; maxBytes?: number } = {}): Promise<
    readonly Record[]
  > {
    this.#cluster.check("poll");
    if (this.#subscription !== undefined && timeoutMs > 0) this.#join();
    const found: Record[] = [];
    let bytes = 0;
    for (const place of this.#assignment) {
      const log = this.#cluster.log(place) ?? [];
      while (bytes < maxBytes) {
        const record = log[await this.position(place)];
        if (record === undefined) break;
        found.push(record);
        bytes += (record.key?.length ?? 0) + (record.value?.length ?? 0);
        this.#positions.set(nameOf(place), record.offset + 1);
      }
    }
    if (found.length === 0) this.#cluster.clock.advance(timeoutMs);
    return found;
  }

  #join(): void {
    this.#assignment = this.subscription().flatMap((topic) =>
      (this.#cluster.topics.get(topic)?.partitions ?? []).map((_, partition) => ({ topic, partition })),
    );
  }

  seek(place: TopicPartition, offset: number): void {
    this.#positions.set(nameOf(place), offset);
  }

  async seekToBeginning(places: readonly TopicPartition[]): Promise<void> {
    for (const place of places) this.seek(place, 0);
  }

  async seekToEnd(places: readonly TopicPartition[]): Promise<void> {
    for (const place of places) this.seek(place, this.#cluster.log(place)?.length ?? 0);
  }

  async position(place: TopicPartition): Promise<number> {
    const committed = this.#cluster.committed.get(this.options.groupId ?? "")?.get(nameOf(place))?.offset;
    const reset = this.options.autoOffsetReset === "earliest" ? 0 : (this.#cluster.log(place)?.length ?? 0);
    const position = this.#positions.get(nameOf(place)) ?? committed ?? reset;
    this.#positions.set(nameOf(place), position);
    return position;
  }

  async commit(offsets?: readonly (TopicPartition & { offset: number; metadata?: string })[]): Promise<void> {
    this.#cluster.check("commit");
    const group = this.#cluster.committed.get(this.options.groupId ?? "") ?? new Map<string, CommittedOffset>();
    this.#cluster.committed.set(this.options.groupId ?? "", group);
    const all =
      offsets ??
      (await Promise.all(this.#assignment.map(async (place) => ({ ...place, offset: await this.position(place) }))));
    for (const place of all) {
      const metadata = "metadata" in place ? (place.metadata ?? null) : null;
      group.set(nameOf(place), { ...place, metadata, leaderEpoch: -1 });
    }
  }

  async committed(places: readonly TopicPartition[]): Promise<readonly CommittedOffset[]> {
    const group = this.#cluster.committed.get(this.options.groupId ?? "");
    return places.flatMap((place) => group?.get(nameOf(place)) ?? []);
  }

  async offsetsForTimes(
    times: readonly (TopicPartition & { timestamp: number })[],
  ): Promise<readonly (TopicPartition & { offset: number; timestamp: number })[]> {
    return times.flatMap(({ topic, partition, timestamp }) => {
      const record = this.#cluster.log({ topic, partition })?.find((entry) => entry.timestamp >= timestamp);
      return record === undefined ? [] : [{ topic, partition, offset: record.offset, timestamp: record.timestamp }];
    });
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}
