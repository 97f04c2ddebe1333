import { messageOf, ZERO_UUID } from "@streambed/kernel";
import type { Topic } from "@streambed/log-storage";
import type { ApiTypes } from "@streambed/protocol";
import type { BrokerCore } from "../broker-core.ts";
import { code } from "../kafka-error.ts";
import { ALL_CLUSTER_OPERATIONS, NOT_REQUESTED } from "../topics/authorized-operations.ts";
import { createTopicSomewhere } from "../topics/create-topic.ts";
import { isLed } from "../topics/leadership.ts";
import { CLUSTER_METADATA_TOPIC, INTERNAL_TOPICS, topicNameProblem } from "../topics/topic-name.ts";
import { untilLed } from "../topics/until-led.ts";
import type { AnyHandler } from "./handler.ts";
import { handler } from "./handler.ts";

type Request = ApiTypes["Metadata"]["request"];
type Wanted = NonNullable<Request["topics"]>[number];
type ResponseTopic = ApiTypes["Metadata"]["responseInput"]["topics"][number];

/** First version that may ask by id. */
const IDS_FROM_VERSION = 12;
/** read, write, create, delete, alter, describe, describe configs, alter configs. */
const ALL_TOPIC_OPERATIONS = [3, 4, 5, 6, 7, 8, 10, 11].reduce((bits, operation) => bits | (1 << operation), 0);

/** Metadata: brokers and topics. Creates topics on demand, and answers with them at once. */
export const metadataHandler: AnyHandler = handler({
  name: "Metadata",
  async handle(request, { broker, version, signal }) {
    const { cluster, clusterId } = broker;
    if (version < IDS_FROM_VERSION && request.topics?.some(hasIdOnly) === true) return refusal(request);
    const found = await findTopics(broker, request, version);
    const areLed = (): boolean => cluster.controllerId !== -1 && found.every((each) => isRefusedOrLed(broker, each));
    await untilLed(broker, areLed, signal);
    const topics = found.map((each) => (isRefused(each) ? each : describe(broker, each, request)));
    return {
      brokers: cluster.brokers,
      clusterId,
      controllerId: cluster.controllerId,
      topics,
      clusterAuthorizedOperations: request.includeClusterAuthorizedOperations ? ALL_CLUSTER_OPERATIONS : NOT_REQUESTED,
    };
  },
});

/** Versions 10 and 11 have a field for ids, but cannot be asked by them. The whole request is refused, as Kafka does. */
function refusal(request: Request): ApiTypes["Metadata"]["responseInput"] {
  const topics = request.topics?.map(({ name, topicId }) => missing("INVALID_REQUEST", name ?? "", topicId)) ?? [];
  return { brokers: [], clusterId: null, controllerId: -1, topics };
}

function hasIdOnly({ name, topicId }: Wanted): boolean {
  return name === null || topicId !== ZERO_UUID;
}

/** Each topic once, however often it is asked for. */
function distinct(topics: readonly Wanted[]): Wanted[] {
  return [...new Map(topics.map((wanted) => [`${wanted.topicId} ${wanted.name ?? ""}`, wanted])).values()];
}

/** A topic, or the refusal of one. */
type Found = Topic | ResponseTopic;

function isRefused(found: Found): found is ResponseTopic {
  return "errorCode" in found;
}

function isRefusedOrLed(broker: BrokerCore, found: Found): boolean {
  return isRefused(found) || found.partitions.every((partition) => isLed(broker, partition));
}

/** Version 0 asks for all topics with an empty list, later ones with null. */
async function findTopics(broker: BrokerCore, request: Request, version: number): Promise<Found[]> {
  const all = request.topics === null || (version === 0 && request.topics.length === 0);
  // Other writers may have created topics; a client that names one expects to see it.
  const known = (wanted: Wanted): boolean =>
    wanted.name === null
      ? broker.log.view.topics.has(wanted.topicId)
      : broker.log.view.topicNamed(wanted.name) !== undefined;
  if (all || request.topics.some((wanted) => !known(wanted))) await verifyForMetadata(broker);
  if (all) return [...broker.log.view.topics.values()];
  return Promise.all(distinct(request.topics).map((wanted) => findWanted(broker, wanted, request, version)));
}

/** In a cluster, where the brokers are is worth more than the newest topics while the store does not answer. */
async function verifyForMetadata({ cluster, log, logger }: BrokerCore): Promise<void> {
  if (cluster.controller === undefined) return log.verifyTail([]);
  await log
    .verifyTail([])
    .catch((error: unknown) => logger.log("warn", "tail-unverified", { error: messageOf(error) }));
}

async function findWanted(broker: BrokerCore, wanted: Wanted, request: Request, version: number): Promise<Found> {
  const { name } = wanted;
  // An id decides, whatever name stands beside it.
  if (name === null || wanted.topicId !== ZERO_UUID) {
    const topic = broker.log.view.topics.get(wanted.topicId);
    return topic ?? missing("UNKNOWN_TOPIC_ID", null, wanted.topicId);
  }
  const topic = broker.log.view.topicNamed(name);
  if (topic !== undefined) return topic;
  if (topicNameProblem(name) !== undefined) return missing("INVALID_TOPIC_EXCEPTION", name);
  const mayCreate = broker.settings.autoCreateTopicsEnable && (version < 4 || request.allowAutoTopicCreation);
  if (!mayCreate || INTERNAL_TOPICS.has(name) || name === CLUSTER_METADATA_TOPIC)
    return missing("UNKNOWN_TOPIC_OR_PARTITION", name);
  const spec = { name, partitions: -1, replicationFactor: -1, configs: new Map() };
  const problem = await createTopicSomewhere(broker, spec);
  const present = broker.log.view.topicNamed(name);
  if (present !== undefined) return present;
  // Without a controller a topic has no leader yet, and every client knows that word.
  const isNobody = problem === undefined || problem.errorCode === code("NOT_CONTROLLER");
  const errorCode = isNobody ? code("LEADER_NOT_AVAILABLE") : problem.errorCode;
  return { ...missing("UNKNOWN_TOPIC_OR_PARTITION", name), errorCode };
}

function missing(error: Parameters<typeof code>[0], name: string | null, topicId: string = ZERO_UUID): ResponseTopic {
  return {
    errorCode: code(error),
    name,
    topicId,
    isInternal: false,
    partitions: [],
    topicAuthorizedOperations: NOT_REQUESTED,
  };
}

function describe(broker: BrokerCore, topic: Topic, request: Request): ResponseTopic {
  return {
    errorCode: code("NONE"),
    name: topic.name,
    topicId: topic.topicId,
    isInternal: INTERNAL_TOPICS.has(topic.name),
    partitions: topic.partitions.map((_, partitionIndex) => {
      const { nodeId, epoch } = broker.cluster.leaderOf(topic.topicId, partitionIndex);
      const replicas = nodeId === -1 ? [] : [nodeId];
      return {
        errorCode: code(nodeId === -1 ? "LEADER_NOT_AVAILABLE" : "NONE"),
        partitionIndex,
        leaderId: nodeId,
        leaderEpoch: epoch,
        replicaNodes: replicas,
        isrNodes: replicas,
        offlineReplicas: [],
      };
    }),
    topicAuthorizedOperations: request.includeTopicAuthorizedOperations ? ALL_TOPIC_OPERATIONS : NOT_REQUESTED,
  };
}
