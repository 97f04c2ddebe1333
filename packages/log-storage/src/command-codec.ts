import { ByteReader, ByteWriter, malformed, utf8 } from "@streambed/kernel";
import type { Command } from "./command.ts";
import { decodeForgetPacks, decodeInstall, encodeForgetPacks, encodeInstall } from "./install-codec.ts";

/**
 * Numbers on storage; never reused. 9 to 31 are reserved: install of packs (9), reference
 * upload (10), transaction steps (11 to 19), shard growth (20).
 */
const KIND_NUMBERS = {
  "create-topic": 1,
  "delete-topic": 2,
  "create-partitions": 3,
  "alter-configs": 4,
  "allocate-producer-ids": 5,
  takeover: 6,
  "advance-start": 7,
  install: 9,
  "forget-packs": 21,
  release: 8,
} as const;

function writeText(writer: ByteWriter, text: string): void {
  const bytes = utf8(text);
  writer.unsignedVarint(bytes.length);
  writer.bytes(bytes);
}

function readText(reader: ByteReader): string {
  return reader.text(reader.unsignedVarint());
}

function readPairs<Value>(reader: ByteReader, readValue: () => Value): Map<string, Value> {
  const pairs = new Map<string, Value>();
  const count = reader.unsignedVarint();
  if (count > reader.remaining) throw malformed(`A command claims ${count} configs in ${reader.remaining} bytes`);
  for (let index = 0; index < count; index++) {
    const name = readText(reader);
    pairs.set(name, readValue());
  }
  return pairs;
}

/** Writes a command with its kind and length, so that a reader can tell what it does not know. */
export function encodeCommand(writer: ByteWriter, command: Command): void {
  const body = new ByteWriter();
  encodeBody(body, command);
  writer.int8(KIND_NUMBERS[command.kind]);
  writer.unsignedVarint(body.length);
  for (const chunk of body.chunks()) writer.bytes(chunk);
}

function encodeBody(body: ByteWriter, command: Command): void {
  switch (command.kind) {
    case "create-topic":
      body.uuid(command.topicId);
      writeText(body, command.name);
      body.unsignedVarint(command.partitions);
      body.unsignedVarint(command.configs.size);
      for (const [name, value] of command.configs) {
        writeText(body, name);
        writeText(body, value);
      }
      return;
    case "delete-topic":
      return body.uuid(command.topicId);
    case "create-partitions":
      body.uuid(command.topicId);
      return body.unsignedVarint(command.partitions);
    case "alter-configs":
      body.uuid(command.topicId);
      body.unsignedVarint(command.changes.size);
      for (const [name, value] of command.changes) {
        writeText(body, name);
        body.boolean(value !== null);
        if (value !== null) writeText(body, value);
      }
      return;
    case "allocate-producer-ids":
      return body.unsignedVarint(command.count);
    case "takeover":
      body.uuid(command.writerId);
      return body.int32(command.nodeId);
    case "release":
      return body.uuid(command.writerId);
    case "advance-start":
      body.uuid(command.topicId);
      body.unsignedVarint(command.partition);
      return body.safeInt64(command.offset);
    case "install":
      return encodeInstall(body, command);
    case "forget-packs":
      return encodeForgetPacks(body, command);
  }
}

/** Reads one command. An unknown kind is an error: a fold that skips what it does not know would diverge. */
export function decodeCommand(reader: ByteReader): Command {
  const kind = reader.uint8();
  const body = new ByteReader(reader.take(reader.unsignedVarint()));
  switch (kind) {
    case KIND_NUMBERS["create-topic"]:
      return {
        kind: "create-topic",
        topicId: body.uuid(),
        name: readText(body),
        partitions: body.unsignedVarint(),
        configs: readPairs(body, () => readText(body)),
      };
    case KIND_NUMBERS["delete-topic"]:
      return { kind: "delete-topic", topicId: body.uuid() };
    case KIND_NUMBERS["create-partitions"]:
      return { kind: "create-partitions", topicId: body.uuid(), partitions: body.unsignedVarint() };
    case KIND_NUMBERS["alter-configs"]:
      return {
        kind: "alter-configs",
        topicId: body.uuid(),
        changes: readPairs(body, () => (body.boolean() ? readText(body) : null)),
      };
    case KIND_NUMBERS["allocate-producer-ids"]:
      return { kind: "allocate-producer-ids", count: body.unsignedVarint() };
    case KIND_NUMBERS.takeover:
      return { kind: "takeover", writerId: body.uuid(), nodeId: body.int32() };
    case KIND_NUMBERS.release:
      return { kind: "release", writerId: body.uuid() };
    case KIND_NUMBERS["advance-start"]:
      return {
        kind: "advance-start",
        topicId: body.uuid(),
        partition: body.unsignedVarint(),
        offset: body.safeInt64(),
      };
    case KIND_NUMBERS.install:
      return decodeInstall(body);
    case KIND_NUMBERS["forget-packs"]:
      return decodeForgetPacks(body);
    default:
      throw malformed(`An entry holds a command of kind ${kind}, which this version does not know; upgrade Streambed`);
  }
}
