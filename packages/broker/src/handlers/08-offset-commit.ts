import type { GroupRecord } from "@streambed/consumer-coordinator";
import { limits, offsetRecord } from "@streambed/consumer-coordinator";
import type { ApiTypes, ErrorName } from "@streambed/protocol";
import { utf8 } from "@streambed/kernel";
import { code } from "../kafka-error.ts";
import type { FoundTopic } from "../topics/find-topic.ts";
import { findTopic } from "../topics/find-topic.ts";
import type { AnyHandler, RequestContext } from "./handler.ts";
import { handler } from "./handler.ts";

type Request = ApiTypes["OffsetCommit"]["request"];
type PartitionRequest = Request["topics"][number]["partitions"][number];

/** The first version whose clients know GROUP_ID_NOT_FOUND. */
const GROUP_ID_NOT_FOUND_VERSION = 9;
const NO_RETENTION = -1n;

/** An offset that can be stored, or why not. */
type Checked = { readonly partitionIndex: number } & (
  | { readonly record: GroupRecord }
  | { readonly errorCode: number }
);

/** OffsetCommit: what is wrong with one partition concerns it alone, what is wrong with the member concerns all. */
export const offsetCommitHandler: AnyHandler = handler({
  name: "OffsetCommit",
  async handle(request, context) {
    const topics = request.topics.map((topic) => {
      const found = findTopic(context.broker, topic);
      return { topic, partitions: topic.partitions.map((each) => check(request, { found, each }, context)) };
    });
    const partitions = topics.flatMap(({ partitions: checked }) => checked);
    const records = partitions.flatMap((each) => ("record" in each ? [each.record] : []));
    const error = await commit(request, { records, isVain: partitions.length > 0 && records.length === 0 }, context);
    return {
      topics: topics.map(({ topic, partitions: checked }) => ({
        name: topic.name,
        topicId: topic.topicId,
        partitions: checked.map((each) => ({
          partitionIndex: each.partitionIndex,
          errorCode: "errorCode" in each ? each.errorCode : code(error),
        })),
      })),
    };
  },
});

async function commit(
  request: Request,
  { records, isVain }: { readonly records: readonly GroupRecord[]; readonly isVain: boolean },
  { broker, version }: RequestContext,
): Promise<ErrorName> {
  if (isVain) return "NONE";
  if (records.length > limits.OFFSETS_PER_COMMIT_MAX) return "INVALID_COMMIT_OFFSET_SIZE";
  if (broker.groups.offsetCount + records.length > limits.COMMITTED_OFFSETS_MAX) return "COORDINATOR_NOT_AVAILABLE";
  const { error } = await broker.groups.request<"commit">(request.groupId, {
    kind: "commit",
    generation: request.generationIdOrMemberEpoch,
    memberId: request.memberId,
    instanceId: request.groupInstanceId,
    records,
    knowsGroupIdNotFound: version >= GROUP_ID_NOT_FOUND_VERSION,
  });
  return error;
}

function check(
  request: Request,
  { found, each }: { readonly found: FoundTopic; readonly each: PartitionRequest },
  { broker }: RequestContext,
): Checked {
  const { partitionIndex, committedLeaderEpoch: leaderEpoch } = each;
  const refused = (error: ErrorName): Checked => ({ partitionIndex, errorCode: code(error) });
  if (found.topic === undefined) return { partitionIndex, errorCode: found.errorCode };
  if (found.topic.partitions[partitionIndex] === undefined) return refused("UNKNOWN_TOPIC_OR_PARTITION");
  const metadata = each.committedMetadata ?? "";
  if (utf8(metadata).length > broker.settings.offsetMetadataMaxBytes) return refused("OFFSET_METADATA_TOO_LARGE");
  const offset = Number(each.committedOffset);
  if (!Number.isSafeInteger(offset)) return refused("OFFSET_OUT_OF_RANGE");
  const commitTimestampMs = broker.clock.now();
  const { retentionTimeMs } = request;
  const expireTimestampMs = retentionTimeMs === NO_RETENTION ? -1 : commitTimestampMs + Number(retentionTimeMs);
  if (!Number.isSafeInteger(expireTimestampMs)) return refused("INVALID_REQUEST");
  const topicPartition = { topic: found.topic.name, partition: partitionIndex };
  const value = { offset, leaderEpoch, metadata, commitTimestampMs, expireTimestampMs };
  return { partitionIndex, record: offsetRecord(request.groupId, topicPartition, value) };
}
