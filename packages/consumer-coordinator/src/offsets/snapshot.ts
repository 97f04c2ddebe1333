import { ByteReader, ByteWriter, malformed, utf8 } from "@streambed/kernel";
import type { CommittedOffset } from "./committed-offset.ts";
import type { MutableStoredGroup, StoredGroup } from "./group-log-state.ts";

/*
 * version:u8 groups:uv
 *   group: id:text metadata:(0 | length+1:uv bytes) topics:uv
 *     topic: name:text partitions:uv
 *       partition:uv offset:vl leaderEpoch:v metadata:text commitTimestampMs:vl expireTimestampMs:vl
 * uv unsigned varint, v zigzag varint, vl zigzag varlong, text uv length and UTF-8.
 * Everything is in order of its name or number, so equal states have equal bytes.
 */
const SNAPSHOT_VERSION = 1;

/** Groups and offsets in a compact form. */
export function encodeSnapshot(groups: ReadonlyMap<string, StoredGroup>): Uint8Array {
  const writer = new ByteWriter();
  writer.int8(SNAPSHOT_VERSION);
  writer.unsignedVarint(groups.size);
  for (const [groupId, { metadata, offsets }] of inOrder(groups)) {
    text(writer, groupId);
    writer.unsignedVarint(metadata === null ? 0 : metadata.length + 1);
    if (metadata !== null) writer.bytes(metadata);
    writer.unsignedVarint(offsets.size);
    for (const [topic, partitions] of inOrder(offsets)) {
      text(writer, topic);
      writer.unsignedVarint(partitions.size);
      for (const [partition, commit] of [...partitions].sort(([left], [right]) => left - right)) {
        writer.unsignedVarint(partition);
        writeCommit(writer, commit);
      }
    }
  }
  return writer.finish();
}

/** The reverse. Throws kind `corrupt` for anything else. */
export function decodeSnapshot(bytes: Uint8Array): Map<string, MutableStoredGroup> {
  const reader = new ByteReader(bytes);
  const version = reader.uint8();
  if (version !== SNAPSHOT_VERSION) throw malformed(`A snapshot of consumer groups has version ${version}, not 1`);
  const groups = new Map<string, MutableStoredGroup>();
  for (let left = count(reader); left > 0; left--) {
    const groupId = readText(reader);
    const metadataLength = reader.unsignedVarint();
    // A copy, so that the checkpoint does not stay in memory.
    const metadata = metadataLength === 0 ? null : reader.take(metadataLength - 1).slice();
    groups.set(groupId, { metadata, offsets: readOffsets(reader) });
  }
  if (reader.remaining > 0) throw malformed(`${reader.remaining} bytes follow a snapshot of consumer groups`);
  return groups;
}

function readOffsets(reader: ByteReader): MutableStoredGroup["offsets"] {
  const offsets: MutableStoredGroup["offsets"] = new Map();
  for (let topics = count(reader); topics > 0; topics--) {
    const topic = readText(reader);
    const partitions = new Map<number, CommittedOffset>();
    for (let left = count(reader); left > 0; left--) partitions.set(reader.unsignedVarint(), readCommit(reader));
    offsets.set(topic, partitions);
  }
  return offsets;
}

function writeCommit(writer: ByteWriter, commit: CommittedOffset): void {
  writer.varlong(commit.offset);
  writer.varint(commit.leaderEpoch);
  text(writer, commit.metadata);
  writer.varlong(commit.commitTimestampMs);
  writer.varlong(commit.expireTimestampMs);
}

function readCommit(reader: ByteReader): CommittedOffset {
  const offset = reader.varlong();
  const leaderEpoch = reader.varint();
  const metadata = readText(reader);
  return { offset, leaderEpoch, metadata, commitTimestampMs: reader.varlong(), expireTimestampMs: reader.varlong() };
}

function text(writer: ByteWriter, value: string): void {
  const bytes = utf8(value);
  writer.unsignedVarint(bytes.length);
  writer.bytes(bytes);
}

function readText(reader: ByteReader): string {
  return reader.text(reader.unsignedVarint());
}

/** Every element takes at least two bytes. */
function count(reader: ByteReader): number {
  const elements = reader.unsignedVarint();
  if (elements * 2 > reader.remaining) throw malformed(`A snapshot announces ${elements} elements, but it ends before`);
  return elements;
}

function inOrder<Value>(map: ReadonlyMap<string, Value>): readonly [string, Value][] {
  return [...map].sort(([left], [right]) => (left < right ? -1 : 1));
}
