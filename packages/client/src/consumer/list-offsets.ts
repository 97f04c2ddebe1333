import { LIST_OFFSETS } from "../apis/reader-apis.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { type Answered, askLeaders, byTopic } from "../cluster/per-leader.ts";
import { codeError, namedError } from "../errors.ts";
import type { IsolationLevel, TopicPartition } from "../types.ts";

/** Timestamps with a meaning of their own. */
export const LATEST: bigint = -1n;
export const EARLIEST: bigint = -2n;
export const MAX_TIMESTAMP: bigint = -3n;
export const EARLIEST_LOCAL: bigint = -4n;
export const LATEST_TIERED: bigint = -5n;

/** First version of ListOffsets that knows a special timestamp. */
const KNOWN_FROM: ReadonlyMap<bigint, number> = new Map([
  [MAX_TIMESTAMP, 7],
  [EARLIEST_LOCAL, 8],
  [LATEST_TIERED, 9],
]);

/** One partition and the time asked for. */
export interface OffsetQuery extends TopicPartition {
  readonly timestamp: bigint;
}

/** What the leader said. Offset -1 when nothing is at or after the time. */
export interface OffsetAnswer {
  readonly offset: number;
  readonly timestamp: number;
  readonly leaderEpoch: number;
}

/** How to ask. */
export interface OffsetOptions {
  readonly isolationLevel?: IsolationLevel | undefined;
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Asks the leaders for offsets by time. Answers come in the order of the queries. */
export function listOffsets(
  cluster: Cluster,
  queries: readonly OffsetQuery[],
  options: OffsetOptions = {},
): Promise<readonly Answered<OffsetAnswer>[]> {
  const { requestTimeoutMs, defaultApiTimeoutMs } = cluster.settings;
  const { signal, timeoutMs = defaultApiTimeoutMs } = options;
  return askLeaders<OffsetQuery, OffsetAnswer>(
    cluster,
    queries,
    async (members, nodeId) => {
      const connection = await cluster.connection({ leader: nodeId }, "main", signal);
      const limits = { timeoutMs: requestTimeoutMs, signal };
      const response = await connection.request(
        LIST_OFFSETS,
        (version) => requestBody(members, options.isolationLevel, version),
        limits,
      );
      return members.map((query) => {
        const answer = response.topics
          .find(({ name }) => name === query.topic)
          ?.partitions.find(({ partitionIndex }) => partitionIndex === query.partition);
        const context = `Offsets of ${query.topic}-${query.partition}`;
        if (answer === undefined) return { ok: false, error: namedError("UNKNOWN_SERVER_ERROR", context) };
        if (answer.errorCode !== 0) return { ok: false, error: codeError(answer.errorCode, context) };
        const { leaderEpoch } = answer;
        return { ok: true, value: { offset: Number(answer.offset), timestamp: Number(answer.timestamp), leaderEpoch } };
      });
    },
    { what: "ListOffsets", timeoutMs, signal },
  );
}

function requestBody(
  queries: readonly OffsetQuery[],
  isolationLevel: IsolationLevel | undefined,
  version: number,
): Parameters<typeof LIST_OFFSETS.encodeRequest>[1] {
  for (const { timestamp } of queries) {
    const from = KNOWN_FROM.get(timestamp);
    if (from !== undefined && version < from) {
      throw namedError("UNSUPPORTED_VERSION", "ListOffsets", `the broker does not know the timestamp ${timestamp}`);
    }
  }
  return {
    replicaId: -1,
    ...(isolationLevel === "read_committed" && { isolationLevel: 1 }),
    topics: byTopic(queries).map(([name, members]) => ({
      name,
      partitions: members.map(({ partition, timestamp }) => ({ partitionIndex: partition, timestamp })),
    })),
  };
}
