import type { Client, NewTopic } from "@streambed/client";
import { hasCode, uuidToBase64 } from "@streambed/kernel";
import { allOk } from "../arguments.ts";
import { parseProperties } from "../properties.ts";
import type { Terminal } from "../terminal.ts";
import { describeText } from "./describe.ts";
import { type Action, type TopicsOptions, usage } from "./options.ts";
import { topicFilter } from "./topic-filter.ts";

/** What an action works with. */
export interface ActionParts {
  readonly client: Client;
  readonly options: TopicsOptions;
  readonly terminal: Terminal;
}

/** The five actions of `kafka-topics`. */
export const RUN: Readonly<Record<Action, (parts: ActionParts) => Promise<void>>> = {
  async list(parts) {
    await parts.terminal.write(`${(await matching(parts)).join("\n")}\n`);
  },
  async describe(parts) {
    const { client, options, terminal } = parts;
    const names = options.topicId === undefined ? await matching(parts) : await withId(parts, options.topicId);
    mustExist(names, options);
    await terminal.write(await describeText(client, names, options));
  },
  create,
  async alter(parts) {
    const { client, options } = parts;
    const names = await matching(parts);
    mustExist(names, options);
    if (options.config !== undefined)
      throw usage("--config can be used with --create only; use `streambed topics alter`.");
    const totalCount = options.partitions ?? 0;
    allOk(await client.admin.createPartitions(names.map((name) => ({ name, totalCount }))));
  },
  async delete(parts) {
    const names = await matching(parts);
    mustExist(names, parts.options);
    allOk(await parts.client.admin.deleteTopics(names));
  },
};

async function create({ client, options, terminal }: ActionParts): Promise<void> {
  const { partitions, replicationFactor, topic: name = "" } = options;
  if (replicationFactor !== undefined && (replicationFactor < 1 || replicationFactor > 32_767)) {
    throw usage("The replication factor must be between 1 and 32767 inclusive");
  }
  if (partitions !== undefined && partitions < 1) throw usage("The partitions must be greater than 0");
  if (/[._]/.test(name)) {
    const warning =
      "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore ('_') could collide. To avoid issues it is best to use either, but not both.";
    await terminal.write(`${warning}\n`);
  }
  const topic: NewTopic = {
    name,
    configs: parseProperties(options.config ?? [], "--config"),
    ...(partitions === undefined ? {} : { numPartitions: partitions }),
    ...(replicationFactor === undefined ? {} : { replicationFactor }),
    ...(options.replicaAssignment === undefined ? {} : { assignments: assignments(options.replicaAssignment) }),
  };
  const [result] = await client.admin.createTopics([topic]);
  if (result === undefined || result.ok) return terminal.write(`Created topic ${name}.\n`);
  if (options.ifNotExists === true && hasCode(result.error, "TOPIC_ALREADY_EXISTS")) return;
  throw result.error;
}

/** Names that match `--topic`, sorted. */
async function matching({ client, options }: ActionParts): Promise<readonly string[]> {
  const matches = topicFilter(options.topic);
  const topics = await client.admin.listTopics();
  return topics
    .filter((topic) => matches(topic.name) && !(options.excludeInternal === true && topic.internal))
    .map((topic) => topic.name)
    .toSorted();
}

async function withId({ client }: ActionParts, id: string): Promise<readonly string[]> {
  const topics = await client.admin.listTopics();
  return topics.filter((topic) => uuidToBase64(topic.topicId) === id).map((topic) => topic.name);
}

function mustExist(names: readonly string[], options: TopicsOptions): void {
  if (names.length > 0 || options.ifExists === true) return;
  if (options.topicId !== undefined) throw usage(`TopicId '${options.topicId}' does not exist as expected`);
  if (options.topic !== undefined && options.topic !== "") {
    throw usage(`Topic '${options.topic}' does not exist as expected`);
  }
}

/** `1:2,2:3` means: partition 0 on brokers 1 and 2, partition 1 on 2 and 3. */
function assignments(text: string): readonly { readonly partition: number; readonly brokerIds: readonly number[] }[] {
  return text.split(",").map((list, partition) => {
    const brokerIds = list.split(":").map((id) => Number(id.trim()));
    if (brokerIds.some((id) => !Number.isSafeInteger(id))) throw usage(`Not a list of broker ids: ${list}`);
    return { partition, brokerIds };
  });
}
