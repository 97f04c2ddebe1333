import { byteLength, messageOf } from "@streambed/kernel";
import type { Partition } from "@streambed/log-storage";
import type { ApiTypes } from "@streambed/protocol";
import type { BrokerCore } from "../broker-core.ts";
import { code, storageError } from "../kafka-error.ts";
import { meterFetched } from "../request-meter.ts";
import { FETCH_WAIT_MS_MAX } from "../limits.ts";
import { findTopic } from "../topics/find-topic.ts";
import { isLed, LeaderHints, leaderProblem } from "../topics/leadership.ts";
import { untilLed } from "../topics/until-led.ts";
import type { AnyHandler, RequestContext } from "./handler.ts";
import { handler } from "./handler.ts";

type Request = ApiTypes["Fetch"]["request"];
type Response = ApiTypes["Fetch"]["responseInput"];
type PartitionData = Response["responses"][number]["partitions"][number];
type Wanted = Request["topics"][number]["partitions"][number];

/** Epochs of full fetches: the first of a session, and one outside of any. */
const INITIAL_EPOCH = 0;
const FINAL_EPOCH = -1;
/** First version that names topics by id only. */
const IDS_FROM_VERSION = 13;
/** First version that says where else to go (KIP-951). */
const LEADER_HINTS_FROM_VERSION = 16;
const READ_COMMITTED = 1;

/**
 * Fetch. Sessions are not kept: every answer says session 0, which clients understand as "send everything each time"
 * (KIP-227). Waits until `minBytes` can be read or `maxWaitMs` has passed.
 */
export const fetchHandler: AnyHandler = handler({
  name: "Fetch",
  async handle(request, context): Promise<Response> {
    if (request.sessionEpoch !== INITIAL_EPOCH && request.sessionEpoch !== FINAL_EPOCH) {
      return { errorCode: code("FETCH_SESSION_ID_NOT_FOUND"), responses: [] };
    }
    const { broker } = context;
    await verifyUnknown(broker, request);
    const deadlineMs = broker.clock.elapsed() + Math.min(Math.max(request.maxWaitMs, 0), FETCH_WAIT_MS_MAX);
    for (;;) {
      const growth = watchGrowth(broker, request);
      try {
        await untilLed(broker, () => isAnyLed(broker, growth.partitions), context.signal);
        const round = await fetchRound(broker, request, context.version);
        const leftMs = deadlineMs - broker.clock.elapsed();
        const enough = round.bytes >= Math.min(request.minBytes, maxResponseBytes(broker, request));
        if (enough || round.failed || growth.partitions.length === 0 || leftMs <= 0 || context.signal.aborted) {
          meterFetched(broker.meter, round.response);
          return round.response;
        }
        await growth.wait(leftMs, context);
      } finally {
        growth.stop();
      }
    }
  },
});

function maxResponseBytes(broker: BrokerCore, request: Request): number {
  return Math.min(request.maxBytes, broker.settings.fetchMaxBytes);
}

/** Topics and offsets that we do not know may have been written by others: look before refusing them. */
async function verifyUnknown(broker: BrokerCore, request: Request): Promise<void> {
  const unknown = request.topics.some((topic) => {
    const found = findTopic(broker, { name: topic.topic, topicId: topic.topicId });
    return topic.partitions.some(({ partition, fetchOffset }) => {
      const known = found.topic?.partitions[partition];
      return known === undefined || fetchOffset > BigInt(known.endOffset);
    });
  });
  // When the store cannot be reached, what we know is answered; offsets beyond it then get a retriable error below.
  if (unknown)
    await broker.log
      .verifyTail()
      .catch((error: unknown) => broker.logger.log("warn", "tail-unverified", { error: messageOf(error) }));
}

interface Round {
  readonly response: Response;
  readonly bytes: number;
  readonly failed: boolean;
}

async function fetchRound(broker: BrokerCore, request: Request, version: number): Promise<Round> {
  const budget = maxResponseBytes(broker, request);
  const isCommitted = request.isolationLevel === READ_COMMITTED;
  const isFollower = Math.max(request.replicaId, request.replicaState.replicaId) >= 0;
  const topics = await Promise.all(
    request.topics.map(async (topic) => {
      const isById = version >= IDS_FROM_VERSION;
      const found = findTopic(broker, { name: topic.topic, topicId: topic.topicId, isById });
      const reads = topic.partitions.map((wanted) => {
        const partition = found.topic?.partitions[wanted.partition];
        // Kafka answers these before it looks into the log, with an empty list instead of none.
        if (found.topic === undefined) return failure(wanted, found.errorCode, []);
        if (partition === undefined) return failure(wanted, code("UNKNOWN_TOPIC_OR_PARTITION"), []);
        if (isFollower) return failure(wanted, code("NOT_LEADER_OR_FOLLOWER"));
        return readPartition(broker, partition, wanted, { budget, isCommitted });
      });
      return { topic, topicId: found.topic?.topicId, partitions: await Promise.all(reads) };
    }),
  );
  let bytes = 0;
  let failed = false;
  const hints = new LeaderHints(broker, version >= LEADER_HINTS_FROM_VERSION);
  const responses = topics.map(({ topic, topicId, partitions }) => ({
    topic: topic.topic,
    topicId: topic.topicId,
    partitions: partitions.map((data, at) => {
      failed ||= data.errorCode !== code("NONE");
      const limit = Math.min(topic.partitions[at]?.partitionMaxBytes ?? 0, budget - bytes);
      const records = trim(data.records ?? [], limit, bytes === 0);
      bytes += byteLength(records);
      return { ...data, ...hints.of(data.errorCode, topicId, data.partitionIndex), records };
    }),
  }));
  return { response: { responses, ...hints.endpoints() }, bytes, failed };
}

/** Limits are soft for the first batch of the first partition that has one, so that a large record cannot block a reader. */
function trim(batches: readonly Uint8Array[], limit: number, isFirst: boolean): readonly Uint8Array[] {
  let bytes = 0;
  let count = 0;
  for (const batch of batches) {
    bytes += batch.length;
    if (bytes > limit && !(isFirst && count === 0)) break;
    count++;
  }
  return count === batches.length ? batches : batches.slice(0, count);
}

async function readPartition(
  broker: BrokerCore,
  partition: Partition,
  wanted: Wanted,
  { budget, isCommitted }: { readonly budget: number; readonly isCommitted: boolean },
): Promise<PartitionData> {
  const problem = leaderProblem(broker, partition, wanted.currentLeaderEpoch);
  if (problem !== 0) return failure(wanted, problem);
  const offset = Number(wanted.fetchOffset);
  if (offset < partition.logStartOffset || offset > partition.endOffset)
    return failure(wanted, code("OFFSET_OUT_OF_RANGE"));
  try {
    const { logStartOffset, endOffset } = partition;
    const records =
      offset === endOffset ? [] : await broker.log.read(partition, offset, Math.min(wanted.partitionMaxBytes, budget));
    return {
      partitionIndex: wanted.partition,
      errorCode: code("NONE"),
      highWatermark: BigInt(endOffset),
      lastStableOffset: BigInt(endOffset),
      logStartOffset: BigInt(logStartOffset),
      abortedTransactions: isCommitted ? [] : null,
      records,
    };
  } catch (error) {
    broker.logger.log("warn", "fetch-failed", { error: messageOf(error) });
    return failure(wanted, storageError(error).errorCode);
  }
}

function failure(wanted: Wanted, errorCode: number, abortedTransactions: [] | null = null): PartitionData {
  return {
    partitionIndex: wanted.partition,
    errorCode,
    highWatermark: -1n,
    lastStableOffset: -1n,
    logStartOffset: -1n,
    abortedTransactions,
    records: [],
  };
}

interface Growth {
  /** What is watched: those that are asked for and exist. */
  readonly partitions: readonly Partition[];
  wait(ms: number, context: RequestContext): Promise<void>;
  stop(): void;
}

/** One that is led must not wait for others. */
function isAnyLed(broker: BrokerCore, partitions: readonly Partition[]): boolean {
  return partitions.length === 0 || partitions.some((partition) => isLed(broker, partition));
}

/** Notices commits from before the first read on, so that none between read and wait is missed. */
function watchGrowth(broker: BrokerCore, request: Request): Growth {
  const partitions = request.topics.flatMap((topic) => {
    const found = findTopic(broker, { name: topic.topic, topicId: topic.topicId });
    return topic.partitions.flatMap(({ partition }) => found.topic?.partitions[partition] ?? []);
  });
  let grown = false;
  let wake: () => void = () => undefined;
  const notice = (): void => {
    grown = true;
    wake();
  };
  const unwatch = broker.log.watch(partitions, notice);
  // Who waits here must not miss that the records now come to another broker.
  const unlisten = broker.cluster.onChange(notice);
  return {
    partitions,
    stop: () => {
      unwatch();
      unlisten();
    },
    wait: (ms, { signal }) =>
      new Promise((resolve) => {
        if (grown) return resolve();
        const cancel = broker.clock.schedule(ms, () => done());
        const done = (): void => {
          cancel();
          signal.removeEventListener("abort", done);
          resolve();
        };
        wake = done;
        signal.addEventListener("abort", done, { once: true });
      }),
  };
}
