import { ZERO_UUID } from "@streambed/kernel";
import type { Partition, PartitionPlace } from "@streambed/log-storage";
import { decodeBatchHeader, iterateRecords } from "@streambed/protocol";
import type { ApiTypes } from "@streambed/protocol";
import type { BrokerCore } from "../broker-core.ts";
import { code, storageError } from "../kafka-error.ts";
import { DECOMPRESSED_BYTES_MIN_CAP, DECOMPRESSION_RATIO_MAX } from "../limits.ts";
import { findTopic } from "../topics/find-topic.ts";
import { leaderProblem } from "../topics/leadership.ts";
import type { AnyHandler } from "./handler.ts";
import { handler } from "./handler.ts";

type Wanted = ApiTypes["ListOffsets"]["request"]["topics"][number]["partitions"][number];
type Result = ApiTypes["ListOffsets"]["responseInput"]["topics"][number]["partitions"][number];

/** Special timestamps, and the first version that knows each. */
const LATEST = -1;
const EARLIEST = -2;
const MAX_TIMESTAMP = -3;
const EARLIEST_LOCAL = -4;
const LATEST_TIERED = -5;
const EARLIEST_PENDING_UPLOAD = -6;
const SPECIAL_FROM_VERSION: ReadonlyMap<number, number> = new Map([
  [LATEST, 1],
  [EARLIEST, 1],
  [MAX_TIMESTAMP, 7],
  [EARLIEST_LOCAL, 8],
  [LATEST_TIERED, 9],
  [EARLIEST_PENDING_UPLOAD, 11],
]);

/** First version whose answers carry a leader epoch. */
const LEADER_EPOCH_FROM_VERSION = 4;

/** An offset that was found; -1 stands for none. */
interface Found {
  readonly offset: number;
  readonly timestamp: number;
}

const NOTHING: Found = { offset: -1, timestamp: -1 };

/** ListOffsets: by special timestamp, or the first record at or after a time. Ends are given out from a verified tail. */
export const listOffsetsHandler: AnyHandler = handler({
  name: "ListOffsets",
  async handle(request, { broker, version }) {
    if (leadsAny(broker, request)) await verifyPartitions(broker, request);
    const topics = request.topics.map(async ({ name, partitions }) => {
      const { topic } = findTopic(broker, { name, topicId: ZERO_UUID });
      const distinct = [...new Map(partitions.map((wanted) => [wanted.partitionIndex, wanted])).values()];
      const results = distinct.map((wanted) => {
        const repeated = partitions.filter(({ partitionIndex }) => partitionIndex === wanted.partitionIndex).length > 1;
        if (repeated) return failure(wanted, code("INVALID_REQUEST"));
        return listOffset(broker, topic?.partitions[wanted.partitionIndex], wanted, version);
      });
      return { name, partitions: await Promise.all(results) };
    });
    return { topics: await Promise.all(topics) };
  },
});

/** A broker that leads none of the partitions will only say so. An unknown topic may have been created elsewhere. */
function leadsAny({ cluster, log }: BrokerCore, { topics }: ApiTypes["ListOffsets"]["request"]): boolean {
  return topics.some(({ name, partitions }) => {
    const topic = log.view.topicNamed(name);
    if (topic === undefined) return true;
    return partitions.some(({ partitionIndex }) => cluster.roleOf(topic.topicId, partitionIndex) === "leader");
  });
}

async function listOffset(
  broker: BrokerCore,
  partition: Partition | undefined,
  wanted: Wanted,
  version: number,
): Promise<Result> {
  if (partition === undefined) return failure(wanted, code("UNKNOWN_TOPIC_OR_PARTITION"));
  const problem = leaderProblem(broker, partition, wanted.currentLeaderEpoch);
  if (problem !== 0) return failure(wanted, problem);
  const timestamp = Number(wanted.timestamp);
  const since = timestamp < 0 ? SPECIAL_FROM_VERSION.get(timestamp) : 1;
  if (since === undefined || version < since) return failure(wanted, code("UNSUPPORTED_VERSION"));
  try {
    const found = await find(broker, partition, timestamp);
    return {
      partitionIndex: wanted.partitionIndex,
      errorCode: code("NONE"),
      timestamp: BigInt(found.timestamp),
      offset: BigInt(found.offset),
      ...(version >= LEADER_EPOCH_FROM_VERSION && found.offset !== -1
        ? { leaderEpoch: epochOf(broker, partition) }
        : {}),
    };
  } catch (error) {
    return failure(wanted, storageError(error).errorCode);
  }
}

function epochOf({ log }: BrokerCore, { topicId, number }: Partition): number {
  return log.view.epochOf(topicId, number);
}

/** Where a topic is not known here, anything may have been written to it elsewhere. */
function verifyPartitions({ log }: BrokerCore, { topics }: ApiTypes["ListOffsets"]["request"]): Promise<void> {
  const places: PartitionPlace[] = [];
  for (const { name, partitions } of topics) {
    const topicId = log.view.topicNamed(name)?.topicId;
    if (topicId === undefined) return log.verifyTail();
    for (const { partitionIndex: partition } of partitions) places.push({ topicId, partition });
  }
  return log.verifyTail(places);
}

function find(broker: BrokerCore, partition: Partition, timestamp: number): Found | Promise<Found> {
  switch (timestamp) {
    case LATEST:
      return { offset: partition.endOffset, timestamp: -1 };
    case EARLIEST:
    case EARLIEST_LOCAL:
      return { offset: partition.logStartOffset, timestamp: -1 };
    case LATEST_TIERED:
    case EARLIEST_PENDING_UPLOAD:
      return NOTHING;
    case MAX_TIMESTAMP:
      return findFirst(broker, partition, partition.runs.maxTimestampMs());
    default:
      return findFirst(broker, partition, timestamp);
  }
}

/** The batch's largest timestamp finds the batch; the record inside is found by looking at each. */
async function findFirst(broker: BrokerCore, partition: Partition, timestamp: number): Promise<Found> {
  if (timestamp < 0) return NOTHING;
  const batch = await broker.log.findByTime(partition, timestamp);
  if (batch === undefined) return NOTHING;
  const outputBytesMax = Math.max(DECOMPRESSED_BYTES_MIN_CAP, batch.length * DECOMPRESSION_RATIO_MAX);
  for (const record of iterateRecords(batch, decodeBatchHeader(batch), { codecs: broker.codecs, outputBytesMax })) {
    if (record.timestamp >= timestamp && record.offset >= partition.logStartOffset) {
      return { offset: record.offset, timestamp: record.timestamp };
    }
  }
  return NOTHING;
}

function failure(wanted: Wanted, errorCode: number): Result {
  return { partitionIndex: wanted.partitionIndex, errorCode, timestamp: -1n, offset: -1n };
}
