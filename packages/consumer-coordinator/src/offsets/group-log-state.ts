import { hasCode } from "@streambed/kernel";
import {
  decodeBatchHeader,
  decodeGroupMetadataKey,
  decodeGroupMetadataValue,
  decodeOffsetCommitKey,
  decodeRecordKey,
  decodeVersioned,
  defaultCodecs,
  GROUP_METADATA_KEY_TYPE,
  iterateRecords,
  OFFSET_COMMIT_KEY_TYPE,
  recordKeyType,
} from "@streambed/protocol";
import type { RecordView } from "@streambed/protocol";
import type { CommittedOffset, GroupOffsets, TopicPartition } from "./committed-offset.ts";
import { OFFSETS_TOPIC } from "./group-partition.ts";
import { readOffset } from "./offset-record.ts";
import { decodeSnapshot, encodeSnapshot } from "./snapshot.ts";

/** What the log holds of one group. */
export interface StoredGroup {
  /** The last GroupMetadataValue with its version; null when only offsets were committed. */
  readonly metadata: Uint8Array | null;
  readonly offsets: GroupOffsets;
}

/** {@link StoredGroup} while it is built. */
export interface MutableStoredGroup {
  metadata: Uint8Array | null;
  readonly offsets: Map<string, Map<number, CommittedOffset>>;
}

/** Groups by id. */
export interface StoredGroupMap extends Iterable<readonly [string, StoredGroup]> {
  get(groupId: string): StoredGroup | undefined;
  keys(): Iterable<string>;
}

/** Groups and committed offsets as the log has them; read only. */
export interface StoredGroups {
  readonly groups: StoredGroupMap;
  /** Committed offsets over all groups. */
  readonly offsetCount: number;
}

/** Old logs have offsets under this type, with the same fields. */
const LEGACY_OFFSET_COMMIT_KEY_TYPE = 0;

/**
 * The fold over `__consumer_offsets`: the same batches in the same order give the same state, and the same snapshot,
 * in every process. It has the shape of a state module of the log, so a cold start does not read the topic again.
 */
export class GroupLogState implements StoredGroups {
  readonly name: string = "consumer-groups";
  #groups: Map<string, MutableStoredGroup> = new Map();
  #offsetCount = 0;

  get groups(): ReadonlyMap<string, StoredGroup> {
    return this.#groups;
  }

  get offsetCount(): number {
    return this.#offsetCount;
  }

  /** The committed offset, or undefined. */
  offset(groupId: string, { topic, partition }: TopicPartition): CommittedOffset | undefined {
    return this.#groups.get(groupId)?.offsets.get(topic)?.get(partition);
  }

  /** Takes in a whole v2 batch. Batches of other topics are none of its business. */
  apply(batch: { readonly topic: string; readonly bytes: Uint8Array }): void {
    if (batch.topic !== OFFSETS_TOPIC) return;
    const header = decodeBatchHeader(batch.bytes);
    if (header.isControl) return;
    for (const record of iterateRecords(batch.bytes, header, { codecs: defaultCodecs })) this.#record(record);
  }

  /** Committed offsets of a deleted topic go with it: a topic of the same name starts anew. */
  topicDeleted({ name }: { readonly name: string }): void {
    if (name === OFFSETS_TOPIC) return this.#replace(new Map());
    for (const [groupId, group] of this.#groups) {
      this.#offsetCount -= group.offsets.get(name)?.size ?? 0;
      group.offsets.delete(name);
      this.#forgetIfEmpty(groupId, group);
    }
  }

  snapshot(): Uint8Array {
    return encodeSnapshot(this.#groups);
  }

  /** Throws kind `corrupt` when the bytes are not a snapshot of a known version. */
  restore(bytes: Uint8Array): void {
    this.#replace(decodeSnapshot(bytes));
  }

  #replace(groups: Map<string, MutableStoredGroup>): void {
    this.#groups = groups;
    this.#offsetCount = 0;
    for (const { offsets } of groups.values())
      for (const partitions of offsets.values()) this.#offsetCount += partitions.size;
  }

  #record(record: RecordView): void {
    try {
      if (record.key !== null) this.#keyed(record.key, record.value);
    } catch (error) {
      // Tools may write here too. What cannot be read is skipped by every process alike.
      if (!hasCode(error, "MALFORMED_BYTES") && !hasCode(error, "UNSUPPORTED_VERSION")) throw error;
    }
  }

  #keyed(key: Uint8Array, value: Uint8Array | null): void {
    switch (recordKeyType(key)) {
      case LEGACY_OFFSET_COMMIT_KEY_TYPE:
      case OFFSET_COMMIT_KEY_TYPE: {
        const { group, ...topicPartition } = decodeRecordKey(decodeOffsetCommitKey, key);
        return value === null
          ? this.#removeOffset(group, topicPartition)
          : this.#storeOffset(group, topicPartition, readOffset(value));
      }
      case GROUP_METADATA_KEY_TYPE:
        return this.#storeMetadata(decodeRecordKey(decodeGroupMetadataKey, key).group, value);
    }
  }

  #storeOffset(groupId: string, { topic, partition }: TopicPartition, commit: CommittedOffset): void {
    const { offsets } = this.#group(groupId);
    let partitions = offsets.get(topic);
    if (partitions === undefined) offsets.set(topic, (partitions = new Map()));
    if (!partitions.has(partition)) this.#offsetCount++;
    partitions.set(partition, commit);
  }

  #removeOffset(groupId: string, { topic, partition }: TopicPartition): void {
    const group = this.#groups.get(groupId);
    const partitions = group?.offsets.get(topic);
    if (group === undefined || partitions === undefined || !partitions.delete(partition)) return;
    this.#offsetCount--;
    if (partitions.size === 0) group.offsets.delete(topic);
    this.#forgetIfEmpty(groupId, group);
  }

  #storeMetadata(groupId: string, value: Uint8Array | null): void {
    if (value === null) {
      const group = this.#groups.get(groupId);
      if (group === undefined) return;
      group.metadata = null;
      return this.#forgetIfEmpty(groupId, group);
    }
    // Read once now, so that whoever loads the group later can rely on it.
    decodeVersioned(decodeGroupMetadataValue, value);
    // A copy: the batch is a view of a whole log entry, which must not stay in memory for it.
    this.#group(groupId).metadata = value.slice();
  }

  #group(groupId: string): MutableStoredGroup {
    let group = this.#groups.get(groupId);
    if (group === undefined) this.#groups.set(groupId, (group = { metadata: null, offsets: new Map() }));
    return group;
  }

  #forgetIfEmpty(groupId: string, { metadata, offsets }: StoredGroup): void {
    if (metadata === null && offsets.size === 0) this.#groups.delete(groupId);
  }
}
