import { ZERO_UUID } from "@streambed/kernel";
import type { FetchRequestInput, FetchResponse } from "@streambed/protocol";
import type { StreambedError } from "@streambed/kernel";
import type { MetadataCache } from "../cluster/metadata-cache.ts";
import { byTopic } from "../cluster/per-leader.ts";
import { codeError, namedError } from "../errors.ts";
import type { BodyOf } from "../net/broker-connection.ts";
import type { IsolationLevel, TopicPartition } from "../types.ts";
import type { FetchedBytes } from "./record-stream.ts";

/** First version that names topics by id only. */
const TOPIC_IDS_FROM = 13;

/** One partition of a fetch. */
export interface FetchItem extends TopicPartition {
  readonly offset: number;
  readonly maxBytes: number;
}

/** What every fetch says. */
export interface FetchBounds {
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly isolationLevel: IsolationLevel;
}

/** Builds a fetch without a session (KIP-227: session id 0, epoch -1). */
export function fetchCall(
  items: readonly FetchItem[],
  bounds: FetchBounds,
  metadata: MetadataCache,
): { readonly body: BodyOf<FetchRequestInput>; readonly maxVersion: number | undefined } {
  const topics = byTopic(items).map(([topic, members]) => ({
    topic,
    topicId: metadata.topic(topic)?.topicId ?? ZERO_UUID,
    partitions: members.map((item) => ({
      partition: item.partition,
      currentLeaderEpoch: metadata.partition(item)?.leaderEpoch ?? -1,
      fetchOffset: BigInt(item.offset),
      partitionMaxBytes: item.maxBytes,
    })),
  }));
  const idsKnown = topics.every(({ topicId }) => topicId !== ZERO_UUID);
  return {
    maxVersion: idsKnown ? undefined : TOPIC_IDS_FROM - 1,
    body: (version) => ({
      // Since version 15 the replica id is a tagged field that only followers set (KIP-903).
      ...(version < 15 && { replicaId: -1 }),
      maxWaitMs: bounds.maxWaitMs,
      minBytes: bounds.minBytes,
      maxBytes: bounds.maxBytes,
      isolationLevel: bounds.isolationLevel === "read_committed" ? 1 : 0,
      ...(version >= 7 && { sessionId: 0, sessionEpoch: -1 }),
      topics: topics.map(({ topic, topicId, partitions }) =>
        version >= TOPIC_IDS_FROM ? { topicId, partitions } : { topic, partitions },
      ),
    }),
  };
}

/** What a broker said of one partition. */
export type FetchOutcome =
  | {
      readonly ok: true;
      readonly fetched: FetchedBytes;
      readonly highWatermark: number;
      readonly lastStableOffset: number;
      readonly logStartOffset: number;
    }
  | {
      readonly ok: false;
      readonly error: StreambedError;
      /** The answer named the new leader, so nobody has to be asked for it. */
      readonly leaderKnown: boolean;
    };

const EMPTY = new Uint8Array(0);

/** Finds the answer for one partition. Takes leader hints into the metadata (KIP-951). */
export function fetchOutcome(
  item: FetchItem,
  response: FetchResponse,
  parts: { readonly metadata: MetadataCache; readonly isolationLevel: IsolationLevel },
): FetchOutcome {
  const { metadata, isolationLevel } = parts;
  const context = `Fetch from ${item.topic}-${item.partition} at offset ${item.offset}`;
  if (response.errorCode !== 0) {
    return { ok: false, error: codeError(response.errorCode, context), leaderKnown: false };
  }
  const topicId = metadata.topic(item.topic)?.topicId;
  const answer = response.responses
    .find((entry) => entry.topic === item.topic || (entry.topic === "" && entry.topicId === topicId))
    ?.partitions.find(({ partitionIndex }) => partitionIndex === item.partition);
  // Metadata may have moved on to another topic id while the fetch waited.
  if (answer === undefined) {
    const error = namedError("UNKNOWN_TOPIC_ID", context, "the answer lacks the partition");
    return { ok: false, error, leaderKnown: false };
  }
  if (answer.errorCode !== 0) {
    for (const { nodeId, host, port, rack } of response.nodeEndpoints)
      metadata.noteBroker({ nodeId, host, port, rack });
    const leaderKnown = metadata.noteLeader(item, answer.currentLeader);
    return { ok: false, error: codeError(answer.errorCode, context), leaderKnown };
  }
  const aborted = (answer.abortedTransactions ?? []).map(({ producerId, firstOffset }) => ({
    producerId: Number(producerId),
    firstOffset: Number(firstOffset),
  }));
  return {
    ok: true,
    fetched: {
      topic: item.topic,
      partition: item.partition,
      bytes: answer.records?.[0] ?? EMPTY,
      fetchOffset: item.offset,
      aborted: isolationLevel === "read_committed" ? aborted : null,
    },
    highWatermark: Number(answer.highWatermark),
    lastStableOffset: Number(answer.lastStableOffset),
    logStartOffset: Number(answer.logStartOffset),
  };
}
