import { ZERO_UUID } from "@streambed/kernel";
import type { CreatedTopic, ItemResult, NewTopic } from "../admin-types.ts";
import { CREATE_PARTITIONS, CREATE_TOPICS, DELETE_RECORDS, DELETE_TOPICS } from "../apis/admin-apis.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { askLeaders, byTopic } from "../cluster/per-leader.ts";
import { codeError, namedError } from "../errors.ts";
import type { TopicPartition, TopicPartitionOffset } from "../types.ts";

type Signal = { readonly signal?: AbortSignal | undefined };

const NOT_CONTROLLER = 41;

/** Retries the whole request when the broker asked is not the controller. */
function checkController(results: readonly { readonly errorCode: number }[]): void {
  if (results.some(({ errorCode }) => errorCode === NOT_CONTROLLER))
    throw codeError(NOT_CONTROLLER, "Asking the controller");
}

/** Result of an item that only has a name. */
function named(
  name: string,
  answer: { readonly errorCode: number; readonly errorMessage: string | null } | undefined,
  what: string,
): ItemResult<{ readonly name: string }> {
  if (answer?.errorCode === 0) return { ok: true, name };
  const context = `${what} ${name}`;
  const error =
    answer === undefined
      ? namedError("UNKNOWN_SERVER_ERROR", context, "the answer does not mention it")
      : codeError(answer.errorCode, context, answer.errorMessage);
  return { ok: false, name, error };
}

export async function createTopics(
  cluster: Cluster,
  topics: readonly NewTopic[],
  options: Signal & { readonly validateOnly?: boolean },
): Promise<readonly ItemResult<CreatedTopic>[]> {
  if (topics.length === 0) return [];
  const response = await cluster.call({
    api: CREATE_TOPICS,
    to: "controller",
    signal: options.signal,
    body: () => ({
      topics: topics.map((topic) => ({
        name: topic.name,
        numPartitions: topic.assignments === undefined ? (topic.numPartitions ?? -1) : -1,
        replicationFactor: topic.assignments === undefined ? (topic.replicationFactor ?? -1) : -1,
        assignments: (topic.assignments ?? []).map(({ partition, brokerIds }) => ({
          partitionIndex: partition,
          brokerIds,
        })),
        configs: Object.entries(topic.configs ?? {}).map(([name, value]) => ({ name, value })),
      })),
      timeoutMs: cluster.settings.requestTimeoutMs,
      validateOnly: options.validateOnly ?? false,
    }),
    check: (answer) => checkController(answer.topics),
  });
  return topics.map(({ name }): ItemResult<CreatedTopic> => {
    cluster.metadata.expire(name);
    const answer = response.topics.find((topic) => topic.name === name);
    const result = named(name, answer, "Creating topic");
    if (!result.ok || answer === undefined) return result as ItemResult<CreatedTopic>;
    const { topicId, numPartitions, replicationFactor } = answer;
    return { ok: true, name, topicId, numPartitions, replicationFactor };
  });
}

export async function deleteTopics(
  cluster: Cluster,
  names: readonly string[],
  options: Signal,
): Promise<readonly ItemResult<{ readonly name: string }>[]> {
  if (names.length === 0) return [];
  const response = await cluster.call({
    api: DELETE_TOPICS,
    to: "controller",
    signal: options.signal,
    body: (version) => ({
      ...(version >= 6 ? { topics: names.map((name) => ({ name, topicId: ZERO_UUID })) } : { topicNames: names }),
      timeoutMs: cluster.settings.requestTimeoutMs,
    }),
    check: (answer) => checkController(answer.responses),
  });
  return names.map((name) => {
    const result = named(
      name,
      response.responses.find((topic) => topic.name === name),
      "Deleting topic",
    );
    if (result.ok) cluster.metadata.forget(name);
    return result;
  });
}

export async function createPartitions(
  cluster: Cluster,
  topics: readonly { readonly name: string; readonly totalCount: number }[],
  options: Signal & { readonly validateOnly?: boolean },
): Promise<readonly ItemResult<{ readonly name: string }>[]> {
  if (topics.length === 0) return [];
  const response = await cluster.call({
    api: CREATE_PARTITIONS,
    to: "controller",
    signal: options.signal,
    body: () => ({
      topics: topics.map(({ name, totalCount }) => ({ name, count: totalCount, assignments: null })),
      timeoutMs: cluster.settings.requestTimeoutMs,
      validateOnly: options.validateOnly ?? false,
    }),
    check: (answer) => checkController(answer.results),
  });
  return topics.map(({ name }) => {
    cluster.metadata.expire(name);
    return named(
      name,
      response.results.find((topic) => topic.name === name),
      "Creating partitions of topic",
    );
  });
}

export async function deleteRecords(
  cluster: Cluster,
  partitions: readonly TopicPartitionOffset[],
  options: Signal,
): Promise<readonly ItemResult<TopicPartition & { readonly lowWatermark: number }>[]> {
  const { defaultApiTimeoutMs, requestTimeoutMs } = cluster.settings;
  const answers = await askLeaders<TopicPartitionOffset, number>(
    cluster,
    partitions,
    async (members, nodeId) => {
      const connection = await cluster.connection({ leader: nodeId }, "main", options.signal);
      const topics = byTopic(members).map(([name, items]) => ({
        name,
        partitions: items.map(({ partition, offset }) => ({ partitionIndex: partition, offset: BigInt(offset) })),
      }));
      const body = { topics, timeoutMs: requestTimeoutMs };
      const limits = { timeoutMs: requestTimeoutMs, signal: options.signal };
      const response = await connection.request(DELETE_RECORDS, () => body, limits);
      return members.map(({ topic, partition }) => {
        const answer = response.topics
          .find(({ name }) => name === topic)
          ?.partitions.find(({ partitionIndex }) => partitionIndex === partition);
        if (answer?.errorCode === 0) return { ok: true, value: Number(answer.lowWatermark) };
        return { ok: false, error: codeError(answer?.errorCode ?? -1, `Deleting records of ${topic}-${partition}`) };
      });
    },
    { what: "DeleteRecords", timeoutMs: defaultApiTimeoutMs, signal: options.signal },
  );
  return partitions.map(({ topic, partition }, at) => {
    const answer = answers[at];
    if (answer?.ok === true) return { ok: true, topic, partition, lowWatermark: answer.value };
    const error = answer?.error ?? namedError("UNKNOWN_SERVER_ERROR", "DeleteRecords");
    return { ok: false, topic, partition, error };
  });
}
