import { randomUuid } from "@streambed/kernel";
import type { Topic } from "@streambed/log-storage";
import type { BrokerCore } from "../broker-core.ts";
import { controllerError, itemError } from "../kafka-error.ts";
import type { ItemError } from "../kafka-error.ts";
import { PARTITIONS_PER_TOPIC_MAX } from "../limits.ts";
import type { BrokerSettings } from "../settings.ts";
import { configProblem, configsContradiction } from "./config-problems.ts";
import { CLUSTER_METADATA_TOPIC, collisionKey, topicNameProblem } from "./topic-name.ts";

/** A topic somebody wants. -1 means the broker's default. */
export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly configs: ReadonlyMap<string, string>;
}

/** Number of replicas that may be asked for: the bucket replicates, so the usual 1 to 3 are accepted and mean the same. */
const REPLICATION_FACTOR_MAX = 3;

/** Checks a topic against Kafka's rules without creating it. */
export function topicProblem(broker: Pick<BrokerCore, "log" | "settings">, spec: TopicSpec): ItemError | undefined {
  if (spec.name === CLUSTER_METADATA_TOPIC) {
    return itemError("INVALID_REQUEST", `${spec.name} is reserved and cannot be created.`);
  }
  const nameProblem = topicNameProblem(spec.name);
  if (nameProblem !== undefined) return itemError("INVALID_TOPIC_EXCEPTION", `Topic name is invalid: ${nameProblem}`);
  const { view } = broker.log;
  if (view.topicNamed(spec.name) !== undefined)
    return itemError("TOPIC_ALREADY_EXISTS", `Topic '${spec.name}' already exists.`);
  const collision = collidingName(view.topics.values(), spec.name);
  if (collision !== undefined) {
    return itemError("INVALID_TOPIC_EXCEPTION", `Topic '${spec.name}' collides with existing topic: ${collision}`);
  }
  if (spec.partitions !== -1 && spec.partitions < 1) {
    return itemError("INVALID_PARTITIONS", "Number of partitions was set to an invalid non-positive value.");
  }
  if (spec.partitions > PARTITIONS_PER_TOPIC_MAX) {
    return itemError("POLICY_VIOLATION", `A topic may have at most ${PARTITIONS_PER_TOPIC_MAX} partitions.`);
  }
  return replicationProblem(spec.replicationFactor) ?? configsProblem(spec.configs, broker.settings);
}

function collidingName(topics: Iterable<Topic>, name: string): string | undefined {
  if (!/[._]/.test(name)) return undefined;
  const key = collisionKey(name);
  for (const topic of topics) if (collisionKey(topic.name) === key) return topic.name;
  return undefined;
}

function replicationProblem(factor: number): ItemError | undefined {
  if (factor === -1 || (factor >= 1 && factor <= REPLICATION_FACTOR_MAX)) return undefined;
  if (factor < 1)
    return itemError(
      "INVALID_REPLICATION_FACTOR",
      "Replication factor must be larger than 0, or -1 to use the default value.",
    );
  const message = `Unable to replicate the partition ${factor} time(s): the bucket replicates, so at most ${REPLICATION_FACTOR_MAX} can be asked for.`;
  return itemError("INVALID_REPLICATION_FACTOR", message);
}

function configsProblem(configs: ReadonlyMap<string, string>, settings: BrokerSettings): ItemError | undefined {
  for (const [name, value] of configs) {
    const problem = configProblem(name, value);
    if (problem !== undefined) return itemError("INVALID_CONFIG", problem);
  }
  const contradiction = configsContradiction(configs, settings);
  return contradiction === undefined ? undefined : itemError("INVALID_CONFIG", contradiction);
}

/** Creates a topic. Concurrent calls for one name create it once; the others get TOPIC_ALREADY_EXISTS. */
export async function createTopic(
  broker: Pick<BrokerCore, "log" | "random" | "settings">,
  spec: TopicSpec,
): Promise<Topic | ItemError> {
  const problem = topicProblem(broker, spec);
  if (problem !== undefined) return problem;
  const topicId = randomUuid(broker.random);
  const partitions = spec.partitions === -1 ? broker.settings.numPartitions : spec.partitions;
  try {
    const { name, configs } = spec;
    const outcome = await broker.log.command({ kind: "create-topic", topicId, name, partitions, configs });
    if (outcome.status === "rejected" && outcome.reason !== "topic-exists") {
      return itemError("POLICY_VIOLATION", `Topic '${name}' was refused: ${outcome.reason}.`);
    }
    const topic = broker.log.view.topicNamed(name);
    if (outcome.status === "rejected" || topic === undefined)
      return itemError("TOPIC_ALREADY_EXISTS", `Topic '${name}' already exists.`);
    return topic;
  } catch (error) {
    return controllerError(error);
  }
}

/** Has a topic created by whoever may do it; resolves with what went wrong, if anything. */
export async function createTopicSomewhere(
  broker: Pick<BrokerCore, "log" | "random" | "settings" | "cluster">,
  spec: TopicSpec,
): Promise<ItemError | undefined> {
  const { controller } = broker.cluster;
  const elsewhere = controller === undefined ? "here" : await controller.createTopic(spec);
  if (elsewhere !== "here") return elsewhere;
  const outcome = await createTopic(broker, spec);
  return isItemError(outcome) ? outcome : undefined;
}

/** Tells the two outcomes of {@link createTopic} apart. */
export function isItemError(outcome: Topic | ItemError): outcome is ItemError {
  return "errorCode" in outcome;
}
