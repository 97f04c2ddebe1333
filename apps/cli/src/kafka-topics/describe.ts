import type { Client, ConfigEntry, PartitionDescription, TopicDescription } from "@streambed/client";
import { uuidToBase64, ZERO_UUID } from "@streambed/kernel";
import { allOk } from "../arguments.ts";
import type { TopicsOptions } from "./options.ts";

/** Text of `--describe` for these topics, in the format of Kafka's tool. */
export async function describeText(client: Client, names: readonly string[], options: TopicsOptions): Promise<string> {
  if (names.length === 0) return "";
  const [topics, configs, cluster] = await Promise.all([
    client.admin.describeTopics(names),
    client.admin.describeConfigs(names.map((name) => ({ type: "topic", name }))),
    client.admin.describeCluster(),
  ]);
  const live = new Set(cluster.brokers.map((broker) => broker.nodeId));
  const entries = new Map(allOk(configs).map((resource) => [resource.name, resource.configs]));
  return allOk(topics)
    .map((topic) => topicText({ topic, configs: entries.get(topic.name) ?? [], live, options }))
    .join("");
}

/** What one topic's text is made from. */
export interface DescribedTopic {
  readonly topic: TopicDescription;
  readonly configs: readonly ConfigEntry[];
  /** Node ids of the brokers that are there. */
  readonly live: ReadonlySet<number>;
  readonly options: TopicsOptions;
}

/** The lines of one topic. */
export function topicText(described: DescribedTopic): string {
  const { topic, configs, options } = described;
  const changed = configs.filter((config) => config.source !== "DEFAULT_CONFIG");
  const partitions = topic.partitions.toSorted((left, right) => left.partition - right.partition);
  const reports = reportsAsked(options);
  const head = reports ? "" : headLine(topic, partitions[0]?.replicas.length ?? 0, changed);
  if (options.topicsWithOverrides === true) return changed.length === 0 ? "" : head;
  const shown = reports ? partitions.filter((partition) => isReported(partition, described)) : partitions;
  return head + shown.map((partition) => partitionLine(topic.name, partition)).join("");
}

function reportsAsked(options: TopicsOptions): boolean {
  return (
    options.underReplicatedPartitions === true ||
    options.unavailablePartitions === true ||
    options.underMinIsrPartitions === true ||
    options.atMinIsrPartitions === true
  );
}

function isReported(partition: PartitionDescription, { options, live, configs }: DescribedTopic): boolean {
  const minIsr = Number(configs.find((config) => config.name === "min.insync.replicas")?.value ?? 1);
  const inSync = partition.isr.length;
  return (
    (options.underReplicatedPartitions === true && partition.replicas.length > inSync) ||
    (options.unavailablePartitions === true && !live.has(partition.leader)) ||
    (options.underMinIsrPartitions === true && (partition.leader < 0 || inSync < minIsr)) ||
    (options.atMinIsrPartitions === true && inSync === minIsr)
  );
}

function headLine(topic: TopicDescription, replicationFactor: number, changed: readonly ConfigEntry[]): string {
  const configs = changed.map((config) => `${config.name}=${config.value ?? "null"}`).join(",");
  return line([
    `Topic: ${topic.name}`,
    ...(topic.topicId === ZERO_UUID ? [] : [`TopicId: ${uuidToBase64(topic.topicId)}`]),
    `PartitionCount: ${topic.partitions.length}`,
    `ReplicationFactor: ${replicationFactor}`,
    `Configs: ${configs}`,
  ]);
}

/** Eligible leader replicas are N/A: this client asks for metadata, which does not carry them. */
function partitionLine(topic: string, partition: PartitionDescription): string {
  return line([
    "",
    `Topic: ${topic}`,
    `Partition: ${partition.partition}`,
    `Leader: ${partition.leader < 0 ? "none" : partition.leader}`,
    `Replicas: ${partition.replicas.join(",")}`,
    `Isr: ${partition.isr.join(",")}`,
    "Elr: N/A",
    "LastKnownElr: N/A",
  ]);
}

function line(fields: readonly string[]): string {
  return `${fields.join("\t")}\n`;
}
