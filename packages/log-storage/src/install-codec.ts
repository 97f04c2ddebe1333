import { malformed } from "@streambed/kernel";
import type { ByteReader, ByteWriter } from "@streambed/kernel";
import type { ForgetPacksCommand, InstallCommand, InstallPart } from "./install-command.ts";
import { FORGET_PACKS_MAX, PACK_LEVEL_MAX, PACK_OBJECT_BYTES_MAX, PACKS_PER_INSTALL_MAX } from "./limits.ts";
import { PARTS_PER_INSTALL_MAX } from "./limits.ts";
import type { PackDescription } from "./pack-table.ts";

/** Bytes of one part and of one pack, at the least. */
const PART_BYTES_MIN = 10;
const PACK_BYTES_MIN = 20;

/** Writes the body of an install. Topic ids are written once. */
export function encodeInstall(body: ByteWriter, command: InstallCommand): void {
  body.safeInt64(command.createdAtMs);
  body.unsignedVarint(command.packs.length);
  for (const pack of command.packs) {
    body.uuid(pack.packId);
    body.unsignedVarint(pack.level);
    body.unsignedVarint(pack.bytes);
    body.unsignedVarint(pack.footerPosition);
    body.unsignedVarint(pack.retentionClass);
  }
  const topics = new Map<string, number>();
  for (const { topicId } of command.parts) if (!topics.has(topicId)) topics.set(topicId, topics.size);
  body.unsignedVarint(topics.size);
  for (const topicId of topics.keys()) body.uuid(topicId);
  body.unsignedVarint(command.parts.length);
  for (const part of command.parts) encodePart(body, part, topics.get(part.topicId) ?? 0);
}

function encodePart(body: ByteWriter, part: InstallPart, topic: number): void {
  body.unsignedVarint(part.pack + 1);
  body.unsignedVarint(topic);
  body.unsignedVarint(part.partition);
  body.varlong(part.baseOffset);
  body.varlong(part.endOffset - part.baseOffset);
  body.varlong(part.expectedRevision);
  body.unsignedVarint(part.position);
  body.unsignedVarint(part.length);
  body.varlong(part.maxTimestampMs);
  body.varlong(part.cleanedThrough);
}

/** Reads the body of an install. */
export function decodeInstall(body: ByteReader): InstallCommand {
  const createdAtMs = body.safeInt64();
  const packCount = bounded(body.unsignedVarint(), PACKS_PER_INSTALL_MAX, body.remaining / PACK_BYTES_MIN);
  const packs = Array.from({ length: packCount }, () => decodePack(body));
  const topicCount = bounded(body.unsignedVarint(), PARTS_PER_INSTALL_MAX, body.remaining / 16);
  const topicIds = Array.from({ length: topicCount }, () => body.uuid());
  const partCount = bounded(body.unsignedVarint(), PARTS_PER_INSTALL_MAX, body.remaining / PART_BYTES_MIN);
  const parts = Array.from({ length: partCount }, () => decodePart(body, topicIds, packCount));
  return { kind: "install", createdAtMs, packs, parts };
}

function decodePack(body: ByteReader): PackDescription {
  const pack = {
    packId: body.uuid(),
    level: bounded(body.unsignedVarint(), PACK_LEVEL_MAX),
    bytes: bounded(body.unsignedVarint(), PACK_OBJECT_BYTES_MAX),
    footerPosition: body.unsignedVarint(),
    retentionClass: body.unsignedVarint(),
  };
  if (pack.footerPosition > pack.bytes) throw malformed(`An install names a footer behind the end of its pack`);
  return pack;
}

function decodePart(body: ByteReader, topicIds: readonly string[], packCount: number): InstallPart {
  const pack = bounded(body.unsignedVarint(), packCount) - 1;
  const topicId = topicIds[body.unsignedVarint()];
  if (topicId === undefined) throw malformed("An install names a topic that is not in its table");
  const partition = body.unsignedVarint();
  const baseOffset = body.varlong();
  return {
    pack,
    topicId,
    partition,
    baseOffset,
    endOffset: baseOffset + body.varlong(),
    expectedRevision: body.varlong(),
    position: body.unsignedVarint(),
    length: body.unsignedVarint(),
    maxTimestampMs: body.varlong(),
    cleanedThrough: body.varlong(),
  };
}

/** Writes the body of a forget. */
export function encodeForgetPacks(body: ByteWriter, { numbers }: ForgetPacksCommand): void {
  body.unsignedVarint(numbers.length);
  for (const number of numbers) body.varlong(number);
}

/** Reads the body of a forget. */
export function decodeForgetPacks(body: ByteReader): ForgetPacksCommand {
  const length = bounded(body.unsignedVarint(), FORGET_PACKS_MAX, body.remaining);
  return { kind: "forget-packs", numbers: Array.from({ length }, () => body.varlong()) };
}

function bounded(value: number, max: number, room: number = max): number {
  if (value > max || value > room) throw malformed(`A command claims ${value} where at most ${max} can be`);
  return value;
}
