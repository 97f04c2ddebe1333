import { randomUuid } from "@streambed/kernel";
import type { Topic } from "@streambed/log-storage";
import type { ApiTypes } from "@streambed/protocol";
import type { BrokerCore } from "../broker-core.ts";
import { code, itemError } from "../kafka-error.ts";
import type { ItemError } from "../kafka-error.ts";
import type { ClusterBroker } from "../ports/cluster-view.ts";
import { createTopic, isItemError, topicProblem } from "../topics/create-topic.ts";
import type { TopicSpec } from "../topics/create-topic.ts";
import { CONFIG_SOURCE } from "../topics/broker-configs.ts";
import { describeTopicConfigs } from "../topics/describe-configs.ts";
import { assignmentProblem } from "../topics/replica-assignment.ts";
import type { AnyHandler } from "./handler.ts";
import { handler } from "./handler.ts";

type Wanted = ApiTypes["CreateTopics"]["request"]["topics"][number];
type Result = ApiTypes["CreateTopics"]["responseInput"]["topics"][number];

/** CreateTopics: each topic on its own; one bad topic does not fail the others. */
export const createTopicsHandler: AnyHandler = handler({
  name: "CreateTopics",
  async handle(request, { broker }) {
    await broker.log.verifyTail([]);
    const names = request.topics.map(({ name }) => name);
    const topics = await Promise.all(
      distinctByName(request.topics).map((wanted) => {
        const repeated = names.filter((name) => name === wanted.name).length > 1;
        if (repeated) return failed(wanted, itemError("INVALID_REQUEST", "Duplicate topic name."));
        return create(broker, wanted, request.validateOnly);
      }),
    );
    return { topics };
  },
});

async function create(broker: BrokerCore, wanted: Wanted, validateOnly: boolean): Promise<Result> {
  const spec = specOf(wanted, broker.cluster.brokers);
  if ("errorCode" in spec) return failed(wanted, spec);
  if (validateOnly) {
    const problem = topicProblem(broker, spec);
    return problem === undefined ? validated(broker, wanted, spec) : failed(wanted, problem);
  }
  const outcome = await createTopic(broker, spec);
  return isItemError(outcome) ? failed(wanted, outcome) : created(broker, outcome, wanted.replicationFactor);
}

/** Manual assignments say how many partitions and replicas; where they are has no meaning here. */
function specOf(wanted: Wanted, brokers: readonly ClusterBroker[]): TopicSpec | ItemError {
  const configs = new Map<string, string>();
  for (const { name, value } of wanted.configs) {
    if (value === null) return itemError("INVALID_CONFIG", `Null value not supported for topic configs: ${name}`);
    configs.set(name, value);
  }
  const { name, numPartitions: partitions, replicationFactor, assignments } = wanted;
  if (assignments.length === 0) return { name, partitions, replicationFactor, configs };
  if (partitions !== -1 || replicationFactor !== -1) {
    const message = "Both numPartitions or replicationFactor and a manual assignment were set; set one or the other.";
    return itemError("INVALID_REQUEST", message);
  }
  const indexes = assignments.map(({ partitionIndex }) => partitionIndex).toSorted((left, right) => left - right);
  if (indexes.some((index, at) => index !== at)) {
    return itemError("INVALID_REPLICA_ASSIGNMENT", "Partition numbers must be consecutive and begin at 0.");
  }
  const replicas = assignments.map(({ brokerIds }) => brokerIds);
  const problem = assignmentProblem(replicas, brokers);
  return problem ?? { name, partitions: assignments.length, replicationFactor: 1, configs };
}

/** A name that comes twice is answered once. */
function distinctByName(topics: readonly Wanted[]): Wanted[] {
  return [...new Map(topics.map((wanted) => [wanted.name, wanted])).values()];
}

function failed(wanted: Wanted, error: ItemError): Result {
  return {
    name: wanted.name,
    ...error,
    numPartitions: -1,
    replicationFactor: -1,
    configs: [],
    topicConfigErrorCode: code("NONE"),
  };
}

function created(broker: BrokerCore, topic: Topic, replicationFactor: number): Result {
  return {
    name: topic.name,
    topicId: topic.topicId,
    errorCode: code("NONE"),
    errorMessage: null,
    numPartitions: topic.partitions.length,
    replicationFactor: Math.max(replicationFactor, 1),
    configs: resultConfigs(broker, topic.configs),
  };
}

function validated(broker: BrokerCore, wanted: Wanted, spec: TopicSpec): Result {
  const numPartitions = spec.partitions === -1 ? broker.settings.numPartitions : spec.partitions;
  const replicationFactor = Math.max(spec.replicationFactor, 1);
  const configs = resultConfigs(broker, spec.configs);
  const shape = { numPartitions, replicationFactor, configs };
  return {
    name: wanted.name,
    topicId: randomUuid(broker.random),
    errorCode: code("NONE"),
    errorMessage: null,
    ...shape,
  };
}

function resultConfigs(
  { settings }: BrokerCore,
  overrides: ReadonlyMap<string, string>,
): NonNullable<Result["configs"]> {
  return describeTopicConfigs(overrides, settings).map(({ name, value, source }) => ({
    name,
    value,
    readOnly: false,
    configSource: CONFIG_SOURCE[source],
    isSensitive: false,
  }));
}
