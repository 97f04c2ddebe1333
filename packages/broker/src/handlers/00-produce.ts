import { concatBytes } from "@streambed/kernel";
import type { BatchInput, BatchOutcome } from "@streambed/log-storage";
import type { ApiTypes } from "@streambed/protocol";
import type { BrokerCore } from "../broker-core.ts";
import { code, itemError, storageError } from "../kafka-error.ts";
import { meterProduced } from "../request-meter.ts";
import { saysTransactional, validateBatch } from "../produce/validate-batch.ts";
import type { AcceptedBatch, BatchProblem } from "../produce/validate-batch.ts";
import { findTopic } from "../topics/find-topic.ts";
import { isLed, LeaderHints, notLeader } from "../topics/leadership.ts";
import { INTERNAL_TOPICS } from "../topics/topic-name.ts";
import { untilLed } from "../topics/until-led.ts";
import type { AnyHandler, RequestContext } from "./handler.ts";
import { handler } from "./handler.ts";

type Request = ApiTypes["Produce"]["request"];
type TopicData = Request["topicData"][number];
type PartitionResponse = ApiTypes["Produce"]["responseInput"]["responses"][number]["partitionResponses"][number];

const ACKS_NONE = 0;
/** First version that names topics by id only. */
const IDS_FROM_VERSION = 13;
/** First version that says where else to go (KIP-951). */
const LEADER_HINTS_FROM_VERSION = 10;
/** Name under which Kafka's own admin tools may write to internal topics. */
const ADMIN_CLIENT = "__admin_client";

/** What became of one partition's records before anything is stored. */
type Checked = { readonly index: number; readonly topicId?: string } & (
  | { readonly accepted: AcceptedBatch }
  | { readonly problem: BatchProblem }
);

/**
 * Produce. Everything up to the queueing in the log happens before the first `await`, so that requests of a connection
 * reach the log in order of arrival. Listed from version 0 because librdkafka before 2.11.1 otherwise sends everything
 * uncompressed (KAFKA-18659); the codecs begin at 3.
 */
export const produceHandler: AnyHandler = handler({
  name: "Produce",
  versions: { min: 0 },
  handle(request, context) {
    const unauthorized = unauthorizedTransaction(request);
    const checked = request.topicData.map((topic) => ({
      topic,
      partitions: unauthorized?.(topic) ?? checkTopic(request, topic, context),
    }));
    const accepted = checked.flatMap(({ partitions }) =>
      partitions.flatMap((each) => ("accepted" in each ? [each.accepted] : [])),
    );
    const appending = accepted.length === 0 ? Promise.resolve([]) : appendByShard(context.broker, request, accepted);
    return answer(context, checked, appending, request.acks === ACKS_NONE);
  },
});

function checkTopic(request: Request, data: TopicData, context: RequestContext): Checked[] {
  const { broker, version, clientId } = context;
  const isById = version >= IDS_FROM_VERSION;
  const found = findTopic(broker, { name: data.name, topicId: data.topicId, isById });
  return data.partitionData.map(({ index, records }): Checked => {
    const refused = (problem: BatchProblem): Checked => ({ index, problem });
    if (request.acks < -1 || request.acks > 1)
      return refused(itemError("INVALID_REQUIRED_ACKS", `Invalid acks: ${request.acks}; use -1, 0 or 1`));
    if (found.topic === undefined)
      return refused({ errorCode: found.errorCode, errorMessage: "This server does not host this topic-partition." });
    const { topic } = found;
    if (topic.partitions[index] === undefined)
      return refused(itemError("UNKNOWN_TOPIC_OR_PARTITION", "This server does not host this topic-partition."));
    const { topicId } = topic;
    if (broker.cluster.roleOf(topicId, index) !== "leader") return { index, topicId, problem: notLeader() };
    if (INTERNAL_TOPICS.has(topic.name) && clientId !== ADMIN_CLIENT) {
      return refused(itemError("INVALID_TOPIC_EXCEPTION", `Cannot append to internal topic ${topic.name}`));
    }
    if (records === null || records.length === 0) {
      return refused(
        itemError(
          "INVALID_RECORD",
          `Produce requests with version ${version} must have exactly one record batch per partition`,
        ),
      );
    }
    const outcome = validateBatch(broker, { topic, partition: index, apiVersion: version }, concatBytes(records));
    return "errorCode" in outcome ? refused(outcome) : { index, topicId, accepted: outcome };
  });
}

/** Transactional records need a transactional id; without one nothing of the request is taken. */
function unauthorizedTransaction(request: Request): ((topic: TopicData) => Checked[]) | undefined {
  if (request.transactionalId !== null) return undefined;
  const isTransactional = request.topicData.some(({ partitionData }) =>
    partitionData.some(({ records }) => records !== null && saysTransactional(concatBytes(records))),
  );
  if (!isTransactional) return undefined;
  const problem = itemError("TRANSACTIONAL_ID_AUTHORIZATION_FAILED", "Transactional records need a transactional id.");
  return ({ partitionData }) => partitionData.map(({ index }) => ({ index, problem }));
}

/** Shards answer for themselves: one whose owner has changed does not take the others' records along. */
async function appendByShard(
  broker: BrokerCore,
  request: Request,
  accepted: readonly AcceptedBatch[],
): Promise<readonly (BatchOutcome | BatchProblem)[]> {
  const shards = accepted.map(({ batch }) => broker.log.shardOf(batch.topicId, batch.partition));
  const distinct = new Set(shards);
  if (distinct.size === 1) return append(broker, request, accepted);
  const outcomes: (BatchOutcome | BatchProblem)[] = [];
  const appending = [...distinct].map(async (shard) => {
    const indexes = [...shards.keys()].filter((at) => shards[at] === shard);
    const those = accepted.filter((_, at) => shards[at] === shard);
    const found = await append(broker, request, those);
    for (const [nth, at] of indexes.entries()) {
      const outcome = found[nth];
      if (outcome !== undefined) outcomes[at] = outcome;
    }
  });
  await Promise.all(appending);
  return outcomes;
}

/** Queues at once; the answer may be a time-out, after which the records may still be stored, as in Kafka. */
async function append(
  broker: BrokerCore,
  request: Request,
  accepted: readonly AcceptedBatch[],
): Promise<readonly (BatchOutcome | BatchProblem)[]> {
  const batches = detached(accepted);
  const appending = broker.log.append(batches);
  appending.then(
    (outcomes) => meterProduced(broker.meter, batches, outcomes),
    () => undefined,
  );
  const stops: (() => void)[] = [];
  // Callbacks, not signals: an abort with its error and its event cost a tenth of the time of a small request.
  const givenUp = new Promise<readonly BatchProblem[]>((resolve) => {
    const giveUp = (problem: BatchProblem): void => resolve(accepted.map(() => problem));
    stops.push(broker.clock.schedule(Math.max(request.timeoutMs, 0), () => giveUp(timedOut())));
    stops.push(whenSuperseded(broker, accepted, () => giveUp(notLeader())));
  });
  try {
    return await Promise.race([appending, givenUp]);
  } catch (error) {
    const problem = storageError(error);
    broker.logger.log("warn", "produce-failed", { error: problem.errorMessage });
    return accepted.map(() => problem);
  } finally {
    for (const stop of stops) stop();
  }
}

function timedOut(): BatchProblem {
  return itemError("REQUEST_TIMED_OUT", "The store did not confirm the records in time.");
}

/**
 * In a cluster, an owner that has lost the store may hear from others that one of them leads now, long before its own
 * log can tell. Waiting on would only keep clients from going there; what is under way may still have been stored.
 * Returns what stops listening.
 */
function whenSuperseded(
  { cluster, settings }: BrokerCore,
  accepted: readonly AcceptedBatch[],
  superseded: () => void,
): () => void {
  const [first] = accepted;
  if (cluster.controller === undefined || first === undefined) return () => undefined;
  const { topicId, partition } = first.batch;
  const { epoch } = cluster.leaderOf(topicId, partition);
  return cluster.onChange(() => {
    const leader = cluster.leaderOf(topicId, partition);
    if (leader.epoch > epoch && leader.nodeId !== settings.nodeId) superseded();
  });
}

/**
 * The log keeps batches in memory for readers. A batch is a view of its request, and a small one would keep all of a
 * large request alive, so it is copied unless the batches that are kept fill most of it.
 */
function detached(accepted: readonly AcceptedBatch[]): BatchInput[] {
  let bytes = 0;
  for (const { batch } of accepted) bytes += batch.bytes.length;
  return accepted.map(({ batch }) =>
    bytes * 2 < batch.bytes.buffer.byteLength ? { ...batch, bytes: batch.bytes.slice() } : batch,
  );
}

async function answer(
  { broker, version, signal }: RequestContext,
  checked: readonly { readonly topic: TopicData; readonly partitions: readonly Checked[] }[],
  appending: Promise<readonly (BatchOutcome | BatchProblem)[]>,
  silent: boolean,
): Promise<ApiTypes["Produce"]["responseInput"] | "no-reply" | "close"> {
  const outcomes = await appending;
  let next = 0;
  const answers = checked.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map((each): Answered => {
      const { index, topicId } = each;
      const response =
        "problem" in each ? refusal(index, each.problem) : stored(index, outcomes[next++], each.accepted);
      return { topicId, response };
    }),
  }));
  const all = answers.flatMap(({ partitions }) => partitions);
  if (silent) {
    // Without acknowledgements the only way to report an error is to end the connection.
    return all.some(({ response }) => response.errorCode !== 0) ? "close" : "no-reply";
  }
  // The next leader's name is worth the wait: the client need not look for it. What was stored is not held up by it.
  if (all.every(({ response }) => response.errorCode !== code("NONE")))
    await untilLed(broker, () => !all.some((each) => lacksLeader(broker, each)), signal);
  const hints = new LeaderHints(broker, version >= LEADER_HINTS_FROM_VERSION);
  const responses = answers.map(({ topic: { name, topicId }, partitions }) => ({
    name,
    topicId,
    partitionResponses: partitions.map(({ topicId: id, response }) => {
      return { ...response, ...hints.of(response.errorCode, id, response.index) };
    }),
  }));
  return { responses, ...hints.endpoints() };
}

/** The answer for one partition, and whose it is if it is known. */
interface Answered {
  readonly topicId: string | undefined;
  readonly response: PartitionResponse;
}

function lacksLeader(broker: BrokerCore, { topicId, response: { errorCode, index } }: Answered): boolean {
  if (errorCode !== code("NOT_LEADER_OR_FOLLOWER") || topicId === undefined) return false;
  return !isLed(broker, { topicId, number: index });
}

function stored(
  index: number,
  outcome: BatchOutcome | BatchProblem | undefined,
  { logAppendTimeMs, logStartOffset }: AcceptedBatch,
): PartitionResponse {
  if (outcome === undefined)
    return refusal(index, itemError("UNKNOWN_SERVER_ERROR", "The records were not answered for."));
  if ("errorCode" in outcome) return refusal(index, outcome);
  switch (outcome.status) {
    case "rejected":
      if (outcome.reason === "unknown-partition") return refusal(index, rejection(outcome.reason));
      return refusal(index, { ...rejection(outcome.reason), logStartOffset });
    case "appended":
    case "duplicate": {
      // Of a batch that is there already, Kafka tells the time in any case.
      const appendTime = outcome.status === "duplicate" ? outcome.timestampMs : logAppendTimeMs;
      return {
        index,
        errorCode: code("NONE"),
        baseOffset: BigInt(outcome.baseOffset),
        logAppendTimeMs: BigInt(appendTime),
        logStartOffset: BigInt(outcome.logStartOffset),
      };
    }
  }
}

function rejection(reason: Extract<BatchOutcome, { status: "rejected" }>["reason"]): BatchProblem {
  switch (reason) {
    case "unknown-partition":
      return itemError("UNKNOWN_TOPIC_OR_PARTITION", "The topic was deleted meanwhile.");
    case "out-of-order-sequence":
      return itemError(
        "OUT_OF_ORDER_SEQUENCE_NUMBER",
        "The sequence number does not follow the last one of this producer.",
      );
    case "old-producer-epoch":
      return itemError("INVALID_PRODUCER_EPOCH", "A newer epoch of this producer has written to the partition.");
  }
}

function refusal(index: number, problem: BatchProblem): PartitionResponse {
  const { errorCode, errorMessage, recordErrors = [], logStartOffset = -1 } = problem;
  const offsets = { baseOffset: -1n, logAppendTimeMs: -1n, logStartOffset: BigInt(logStartOffset) };
  return { index, errorCode, errorMessage, recordErrors, ...offsets };
}
