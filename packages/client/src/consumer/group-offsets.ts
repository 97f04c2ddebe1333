import type { StreambedError } from "@streambed/kernel";
import { OFFSET_COMMIT, OFFSET_FETCH } from "../apis/group-apis.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { byTopic } from "../cluster/per-leader.ts";
import { codeError } from "../errors.ts";
import type { CommittedOffset, TopicPartition, TopicPartitionOffset } from "../types.ts";

/** Who commits: a member of a generation, or nobody in particular. */
export interface Committer {
  readonly generationId: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
}

/** A consumer without group management, or an administrator. */
export const NO_MEMBER: Committer = { generationId: -1, memberId: "", groupInstanceId: null };

/** How to reach the coordinator. */
export interface GroupCall {
  readonly groupId: string;
  readonly lane?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** An offset to commit. */
export interface OffsetToCommit extends TopicPartitionOffset {
  readonly metadata?: string;
  readonly leaderEpoch?: number;
}

/** One answer per offset, in their order; null where it went well. Retriable errors have been retried. */
export async function commitOffsets(
  cluster: Cluster,
  call: GroupCall & { readonly committer: Committer },
  offsets: readonly OffsetToCommit[],
): Promise<readonly (StreambedError | null)[]> {
  if (offsets.length === 0) return [];
  const { groupId, committer } = call;
  const errors = (response: ReturnType<typeof OFFSET_COMMIT.decodeResponse>): readonly (StreambedError | null)[] =>
    offsets.map(({ topic, partition }) => {
      const answer = response.topics
        .find(({ name }) => name === topic)
        ?.partitions.find(({ partitionIndex }) => partitionIndex === partition);
      const code = answer?.errorCode ?? -1;
      return code === 0 ? null : codeError(code, `Committing ${topic}-${partition} for group ${groupId}`);
    });
  const response = await cluster.call({
    api: OFFSET_COMMIT,
    to: { coordinatorOf: groupId },
    ...callLimits(call),
    body: (version) => ({
      groupId,
      generationIdOrMemberEpoch: committer.generationId,
      memberId: committer.memberId,
      ...(version >= 7 && { groupInstanceId: committer.groupInstanceId }),
      topics: byTopic(offsets).map(([name, members]) => ({
        name,
        partitions: members.map(({ partition, offset, metadata = "", leaderEpoch = -1 }) => ({
          partitionIndex: partition,
          committedOffset: BigInt(offset),
          ...(version >= 6 && { committedLeaderEpoch: leaderEpoch }),
          committedMetadata: metadata,
        })),
      })),
    }),
    check: (answer) => {
      // An unknown topic stays unknown; everything else that may pass is worth another try.
      const again = errors(answer).find(
        (error) => error?.retriable === true && error.code !== "UNKNOWN_TOPIC_OR_PARTITION",
      );
      if (again !== undefined && again !== null) throw again;
    },
  });
  return errors(response);
}

/** Committed offsets; partitions without one are left out. `all`: of every partition the group committed. */
export async function fetchOffsets(
  cluster: Cluster,
  call: GroupCall,
  partitions: readonly TopicPartition[] | "all",
): Promise<readonly CommittedOffset[]> {
  if (partitions.length === 0) return [];
  const { groupId } = call;
  const topics =
    partitions === "all"
      ? null
      : byTopic(partitions).map(([name, members]) => ({
          name,
          partitionIndexes: members.map((item) => item.partition),
        }));
  const response = await cluster.call({
    api: OFFSET_FETCH,
    to: { coordinatorOf: groupId },
    ...callLimits(call),
    body: (version) =>
      version >= 8
        ? { groups: [{ groupId, topics }], requireStable: true }
        : { groupId, topics, ...(version >= 7 && { requireStable: true }) },
    check: (answer) => {
      const { errorCode } = answer.groups[0] ?? answer;
      if (errorCode !== 0) throw codeError(errorCode, `Offsets of group ${groupId}`);
      for (const topic of topicsOf(answer)) {
        for (const item of topic.partitions) {
          // UNSTABLE_OFFSET_COMMIT: a transaction is about to commit here; retried (KIP-447).
          if (item.errorCode !== 0) {
            throw codeError(item.errorCode, `Offset of ${topic.name}-${item.partitionIndex} for group ${groupId}`);
          }
        }
      }
    },
  });
  return topicsOf(response).flatMap(({ name, partitions: items }) =>
    items
      .filter(({ committedOffset }) => committedOffset >= 0n)
      .map(({ partitionIndex, committedOffset, committedLeaderEpoch, metadata }) => ({
        topic: name,
        partition: partitionIndex,
        offset: Number(committedOffset),
        metadata,
        leaderEpoch: committedLeaderEpoch,
      })),
  );
}

type Answer = ReturnType<typeof OFFSET_FETCH.decodeResponse>;

function topicsOf(answer: Answer): Answer["topics"] {
  return answer.groups[0]?.topics ?? answer.topics;
}

function callLimits(call: GroupCall): { lane: string; timeoutMs?: number; signal?: AbortSignal | undefined } {
  const { lane = "main", timeoutMs, signal } = call;
  return { lane, signal, ...(timeoutMs !== undefined && { timeoutMs }) };
}
