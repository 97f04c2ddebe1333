import { malformed } from "@streambed/kernel";
import {
  decodeOffsetCommitValue,
  decodeVersioned,
  encodeOffsetCommitKey,
  encodeOffsetCommitValue,
  encodeRecordKey,
  encodeVersioned,
  OFFSET_COMMIT_KEY_TYPE,
} from "@streambed/protocol";
import type { GroupRecord } from "../group/event.ts";
import type { CommittedOffset, TopicPartition } from "./committed-offset.ts";

/** What Kafka writes today; every tool that reads `__consumer_offsets` knows it. */
const VALUE_VERSION = 3;
/** The only version with a time of expiry. */
const VALUE_VERSION_WITH_EXPIRY = 1;

/** A commit as a record of `__consumer_offsets`. */
export function offsetRecord(
  groupId: string,
  { topic, partition }: TopicPartition,
  commit: CommittedOffset,
): GroupRecord {
  const { offset, leaderEpoch, metadata, commitTimestampMs, expireTimestampMs } = commit;
  const value = {
    offset: BigInt(offset),
    leaderEpoch,
    metadata,
    commitTimestamp: BigInt(commitTimestampMs),
    expireTimestamp: BigInt(expireTimestampMs),
  };
  const version = expireTimestampMs < 0 ? VALUE_VERSION : VALUE_VERSION_WITH_EXPIRY;
  return {
    topic,
    key: offsetKey(groupId, { topic, partition }),
    value: encodeVersioned(encodeOffsetCommitValue, value, version),
  };
}

/** The record that removes a committed offset. */
export function offsetTombstone(groupId: string, topicPartition: TopicPartition): GroupRecord {
  return { key: offsetKey(groupId, topicPartition), value: null };
}

/** The value of an offset record. Throws kind `corrupt` or `invalid` for what Kafka never wrote. */
export function readOffset(value: Uint8Array): CommittedOffset {
  const decoded = decodeVersioned(decodeOffsetCommitValue, value);
  return {
    offset: safe(decoded.offset),
    leaderEpoch: decoded.leaderEpoch,
    metadata: decoded.metadata,
    commitTimestampMs: safe(decoded.commitTimestamp),
    expireTimestampMs: safe(decoded.expireTimestamp),
  };
}

function safe(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw malformed(`An offset record holds ${value}, which cannot be counted`);
  return number;
}

function offsetKey(groupId: string, { topic, partition }: TopicPartition): Uint8Array {
  return encodeRecordKey(encodeOffsetCommitKey, { group: groupId, topic, partition }, OFFSET_COMMIT_KEY_TYPE);
}
