import type { ApiTypes } from "@streambed/protocol";
import type { BrokerCore } from "../broker-core.ts";
import { code, controllerError, itemError } from "../kafka-error.ts";
import type { ItemError } from "../kafka-error.ts";
import { PARTITIONS_PER_TOPIC_MAX } from "../limits.ts";
import { assignmentProblem } from "../topics/replica-assignment.ts";
import type { AnyHandler } from "./handler.ts";
import { handler } from "./handler.ts";

type Wanted = ApiTypes["CreatePartitions"]["request"]["topics"][number];

/** CreatePartitions: topics only grow. Every topic asked for is answered. */
export const createPartitionsHandler: AnyHandler = handler({
  name: "CreatePartitions",
  async handle(request, { broker }) {
    await broker.log.verifyTail([]);
    const names = request.topics.map(({ name }) => name);
    const distinct = [...new Map(request.topics.map((wanted) => [wanted.name, wanted])).values()];
    const results = distinct.map(async (wanted) => {
      const repeated = names.filter((name) => name === wanted.name).length > 1;
      const outcome = repeated
        ? itemError("INVALID_REQUEST", "Duplicate topic name.")
        : await grow(broker, wanted, request.validateOnly);
      return { name: wanted.name, errorCode: code("NONE"), errorMessage: null, ...outcome };
    });
    return { throttleTimeMs: 0, results: await Promise.all(results) };
  },
});

async function grow(broker: BrokerCore, wanted: Wanted, validateOnly: boolean): Promise<ItemError | undefined> {
  const topic = broker.log.view.topicNamed(wanted.name);
  if (topic === undefined) return itemError("UNKNOWN_TOPIC_OR_PARTITION", `Topic '${wanted.name}' does not exist.`);
  const current = topic.partitions.length;
  if (wanted.count === current) return itemError("INVALID_PARTITIONS", `Topic already has ${current} partition(s).`);
  if (wanted.count < current) {
    const message = `The topic ${wanted.name} currently has ${current} partition(s); ${wanted.count} would not be an increase.`;
    return itemError("INVALID_PARTITIONS", message);
  }
  if (wanted.count > PARTITIONS_PER_TOPIC_MAX) {
    return itemError("INVALID_PARTITIONS", `A topic may have at most ${PARTITIONS_PER_TOPIC_MAX} partitions.`);
  }
  if (wanted.assignments !== null && wanted.assignments.length !== wanted.count - current) {
    const message = `Increasing the number of partitions by ${wanted.count - current} but ${wanted.assignments.length} assignments provided.`;
    return itemError("INVALID_REPLICA_ASSIGNMENT", message);
  }
  const replicas = wanted.assignments?.map(({ brokerIds }) => brokerIds) ?? [];
  const problem = assignmentProblem(replicas, broker.cluster.brokers);
  if (problem !== undefined || validateOnly) return problem;
  try {
    await broker.log.command({ kind: "create-partitions", topicId: topic.topicId, partitions: wanted.count });
    return undefined;
  } catch (error) {
    return controllerError(error);
  }
}
