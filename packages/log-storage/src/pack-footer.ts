import { ByteReader, ByteWriter, concatBytes, crc32c, malformed } from "@streambed/kernel";
import { PACK_FOOTER_BYTES_MAX, PARTS_PER_INSTALL_MAX } from "./limits.ts";

/*
 * A pack on storage, big-endian:
 *
 *   0  magic "SBP1"   4  version (1)   5  reserved (0)
 *   8  the batches of all parts, one part behind the other, parts sorted by topic id, partition and offset
 *      the footer: the parts, and for each of them a sparse index by offset and by time
 *      the trailer, the last 20 bytes: CRC-32C of the footer, its position (8 bytes), its length, magic "SBPF"
 *
 * Batches carry their final base offset and leader epoch, sealed (`batch-seal.ts`). Positions are not stored where they
 * follow from lengths.
 */
const MAGIC = 0x53425031;
const VERSION = 1;
const TRAILER_MAGIC = 0x53425046;
export const PACK_HEADER_BYTES = 8;
export const PACK_TRAILER_BYTES = 20;

/** Bytes of one part and of one index point in a footer, at the least. */
const PART_BYTES_MIN = 6;
const POINT_BYTES_MIN = 3;

/** A place in a part from which it can be read: the start of a batch. */
export interface IndexPoint {
  readonly baseOffset: number;
  /** Bytes from the start of the pack. */
  readonly position: number;
  /** Largest timestamp of the batches up to the next point. */
  readonly maxTimestampMs: number;
}

/** The batches of one partition in a pack. */
export interface PackPart {
  readonly topicId: string;
  readonly partition: number;
  /** The range of offsets that the part stands for; not each of them need be there. */
  readonly baseOffset: number;
  readonly endOffset: number;
  readonly position: number;
  readonly length: number;
  /** At least one; the first is the start of the part. */
  readonly points: readonly IndexPoint[];
}

/** First bytes of a pack. */
export function packHeader(): Uint8Array {
  const bytes = new Uint8Array(PACK_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC);
  view.setUint8(4, VERSION);
  return bytes;
}

/** Footer and trailer of a pack whose batches end at `position`. Parts must be in the order of their positions. */
export function encodeFooter(parts: readonly PackPart[], position: number): Uint8Array {
  const writer = new ByteWriter(4096);
  const topics = new Map<string, number>();
  for (const { topicId } of parts) if (!topics.has(topicId)) topics.set(topicId, topics.size);
  writer.unsignedVarint(topics.size);
  for (const topicId of topics.keys()) writer.uuid(topicId);
  writer.unsignedVarint(parts.length);
  for (const part of parts) writePart(writer, part, topics.get(part.topicId) ?? 0);
  const footer = writer.finish();
  const trailer = new Uint8Array(PACK_TRAILER_BYTES);
  const view = new DataView(trailer.buffer);
  view.setUint32(0, crc32c(footer));
  view.setBigInt64(4, BigInt(position));
  view.setUint32(12, footer.length);
  view.setUint32(16, TRAILER_MAGIC);
  return concatBytes([footer, trailer]);
}

function writePart(writer: ByteWriter, part: PackPart, topic: number): void {
  writer.unsignedVarint(topic);
  writer.unsignedVarint(part.partition);
  writer.varlong(part.baseOffset);
  writer.varlong(part.endOffset - part.baseOffset);
  writer.unsignedVarint(part.length);
  writer.unsignedVarint(part.points.length);
  let before: IndexPoint = { baseOffset: part.baseOffset, position: part.position, maxTimestampMs: 0 };
  for (const point of part.points) {
    writer.varlong(point.baseOffset - before.baseOffset);
    writer.unsignedVarint(point.position - before.position);
    writer.varlong(point.maxTimestampMs - before.maxTimestampMs);
    before = point;
  }
}

/**
 * Parses the last bytes of a pack, footer and trailer.
 *
 * @param bytes from the footer's position to the end of the object
 * @throws kind `corrupt`, code `MALFORMED_BYTES`
 */
export function decodeFooter(bytes: Uint8Array, position: number): readonly PackPart[] {
  const length = bytes.length - PACK_TRAILER_BYTES;
  if (length < 0 || length > PACK_FOOTER_BYTES_MAX) throw malformed(`A pack has a footer of ${length} bytes`);
  const trailer = new ByteReader(bytes, length);
  const crc = trailer.uint32();
  const storedPosition = trailer.safeInt64();
  const storedLength = trailer.uint32();
  if (trailer.uint32() !== TRAILER_MAGIC) throw malformed("The end of a pack is not that of a pack");
  if (storedPosition !== position || storedLength !== length) throw malformed("The footer of a pack is elsewhere");
  const footer = bytes.subarray(0, length);
  if (crc32c(footer) !== crc) throw malformed("The checksum of a pack's footer does not match");
  return readParts(new ByteReader(footer), position);
}

function readParts(reader: ByteReader, footerPosition: number): readonly PackPart[] {
  const topicCount = count(reader, reader.remaining / 16);
  const topicIds = Array.from({ length: topicCount }, () => reader.uuid());
  const partCount = count(reader, Math.min(PARTS_PER_INSTALL_MAX, reader.remaining / PART_BYTES_MIN));
  const parts: PackPart[] = [];
  let position = PACK_HEADER_BYTES;
  for (let index = 0; index < partCount; index++) {
    const part = readPart(reader, topicIds, position);
    parts.push(part);
    position += part.length;
  }
  if (position !== footerPosition) throw malformed("The parts of a pack do not add up to its length");
  return parts;
}

function readPart(reader: ByteReader, topicIds: readonly string[], position: number): PackPart {
  const topicId = topicIds[reader.unsignedVarint()];
  if (topicId === undefined) throw malformed("A part of a pack names a topic that is not in its table");
  const partition = reader.unsignedVarint();
  const baseOffset = reader.varlong();
  const endOffset = baseOffset + reader.varlong();
  const length = reader.unsignedVarint();
  const points: IndexPoint[] = [];
  const pointCount = count(reader, reader.remaining / POINT_BYTES_MIN);
  let before: IndexPoint = { baseOffset, position, maxTimestampMs: 0 };
  for (let index = 0; index < pointCount; index++) {
    before = {
      baseOffset: before.baseOffset + reader.varlong(),
      position: before.position + reader.unsignedVarint(),
      maxTimestampMs: before.maxTimestampMs + reader.varlong(),
    };
    points.push(before);
  }
  if (before.position >= position + length && length > 0) throw malformed("A part of a pack is indexed behind its end");
  return { topicId, partition, baseOffset, endOffset, position, length, points };
}

function count(reader: ByteReader, max: number): number {
  const value = reader.unsignedVarint();
  if (value > max) throw malformed(`A pack claims ${value} items where at most ${Math.floor(max)} can be`);
  return value;
}

/** The part that begins at `position`, or undefined. */
export function partAt(parts: readonly PackPart[], position: number): PackPart | undefined {
  const part = parts[firstIndex(parts.length, (index) => (parts[index]?.position ?? 0) >= position)];
  return part?.position === position ? part : undefined;
}

/** Where to begin reading for the batch that holds `offset`, or for the first one behind it. */
export function pointForOffset({ points }: PackPart, offset: number): IndexPoint | undefined {
  const behind = firstIndex(points.length, (index) => (points[index]?.baseOffset ?? 0) > offset);
  return points[Math.max(0, behind - 1)];
}

/** The first point from which a record at or after `timestampMs` comes before the next, at or after `from`. */
export function pointForTime(part: PackPart, timestampMs: number, from: IndexPoint): IndexPoint | undefined {
  return part.points.find((point) => point.position >= from.position && point.maxTimestampMs >= timestampMs);
}

/** Smallest index for which `holds`; `length` when there is none. Once true it must stay true. */
function firstIndex(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
