import { byteLength, ByteReader, ByteWriter, concatBytes, crc32c, StreambedError } from "@streambed/kernel";
import { decodeCommand, encodeCommand } from "./command-codec.ts";
import type { Command } from "./command.ts";
import type { Entry, EntryBatch, EntryHeader } from "./entry.ts";
import { BATCH_BYTES_MAX, BATCHES_PER_ENTRY_MAX, COMMANDS_PER_ENTRY_MAX, ENTRY_HEADER_BYTES_MAX } from "./limits.ts";

/*
 * An entry on storage, big-endian:
 *
 *   0  magic "SBL1"        4  version (1)   5  flags (0)   6  reserved (0)
 *   8  header length, bytes (commands, batch index and inline batches; from byte 16 on)
 *  12  CRC-32C of the header
 *  16  header, then the payload: the bytes of all batches that are not inline, in index order
 *
 * The header comes first and says how long it is, so a replay never reads payload. Positions are not stored; they
 * follow from the lengths.
 */
const MAGIC = 0x53424c31;
const VERSION = 1;
export const PREFIX_BYTES = 16;

const FLAG_INLINE = 1;
/** Reserved: the batch's bytes are in another object. */
const FLAG_REFERENCE = 2;
const FLAG_PRODUCER = 4;

/** A batch with its bytes, about to be written. */
export type BatchInput = Omit<EntryBatch, "position" | "length"> & { readonly bytes: Uint8Array };

/** An entry ready to be stored: `body` is what goes into the object. */
export interface EncodedEntry {
  readonly entry: Entry;
  readonly body: readonly Uint8Array[];
}

/** Encodes an entry. Batch bytes are referenced, not copied; they must not change until it is stored. */
export function encodeEntry(
  header: EntryHeader,
  commands: readonly Command[],
  batches: readonly BatchInput[],
): EncodedEntry {
  const writer = new ByteWriter(1024);
  writeHeader(writer, header);
  writer.unsignedVarint(commands.length);
  for (const command of commands) encodeCommand(writer, command);
  writeIndex(writer, batches);
  const inline = batches.filter((batch) => batch.inline).map((batch) => batch.bytes);
  const inlineStart = PREFIX_BYTES + writer.length;
  const headerChunks = [...writer.chunks(), ...inline];
  const headerLength = byteLength(headerChunks);
  const prefix = encodePrefix(headerChunks, headerLength);
  const positioned = position(batches, inlineStart, PREFIX_BYTES + headerLength);
  const payload = batches.filter((batch) => !batch.inline).map((batch) => batch.bytes);
  const section = concatBytes([prefix, ...headerChunks]);
  return { entry: { header, commands, batches: positioned, section }, body: [section, ...payload] };
}

function encodePrefix(headerChunks: readonly Uint8Array[], headerLength: number): Uint8Array {
  const prefix = new Uint8Array(PREFIX_BYTES);
  const view = new DataView(prefix.buffer);
  view.setUint32(0, MAGIC);
  view.setUint8(4, VERSION);
  view.setUint32(8, headerLength);
  let crc = 0;
  for (const chunk of headerChunks) crc = crc32c(chunk, crc);
  view.setUint32(12, crc);
  return prefix;
}

function writeHeader(writer: ByteWriter, header: EntryHeader): void {
  writer.int32(header.shard);
  writer.safeInt64(header.seq);
  writer.int32(header.epoch);
  writer.uuid(header.entryId);
  writer.uuid(header.prevEntryId);
  writer.safeInt64(header.committedSeq);
  writer.uuid(header.writerId);
  writer.safeInt64(header.timestampMs);
}

function writeIndex(writer: ByteWriter, batches: readonly BatchInput[]): void {
  const topicNumbers = new Map<string, number>();
  for (const { topicId } of batches) if (!topicNumbers.has(topicId)) topicNumbers.set(topicId, topicNumbers.size);
  writer.unsignedVarint(topicNumbers.size);
  for (const topicId of topicNumbers.keys()) writer.uuid(topicId);
  writer.unsignedVarint(batches.length);
  for (const batch of batches) {
    const idempotent = batch.producerId >= 0;
    writer.int8((batch.inline ? FLAG_INLINE : 0) | (idempotent ? FLAG_PRODUCER : 0));
    writer.unsignedVarint(topicNumbers.get(batch.topicId) ?? 0);
    writer.unsignedVarint(batch.partition);
    writer.unsignedVarint(batch.bytes.length);
    writer.unsignedVarint(batch.recordCount);
    writer.varlong(batch.maxTimestampMs);
    if (!idempotent) continue;
    writer.varlong(batch.producerId);
    writer.unsignedVarint(batch.producerEpoch);
    writer.unsignedVarint(batch.baseSequence);
  }
}

type Unpositioned = Omit<EntryBatch, "position">;

function position(
  batches: readonly (BatchInput | Unpositioned)[],
  inlineStart: number,
  payloadStart: number,
): EntryBatch[] {
  let inlineAt = inlineStart;
  let payloadAt = payloadStart;
  return batches.map((batch) => {
    const length = "bytes" in batch ? batch.bytes.length : batch.length;
    const at = batch.inline ? inlineAt : payloadAt;
    if (batch.inline) inlineAt += length;
    else payloadAt += length;
    const { topicId, partition, recordCount, maxTimestampMs, producerId, producerEpoch, baseSequence, inline } = batch;
    return {
      topicId,
      partition,
      recordCount,
      maxTimestampMs,
      producerId,
      producerEpoch,
      baseSequence,
      inline,
      length,
      position: at,
    };
  });
}

/** Bytes of prefix and header section, from the first 16 bytes of an entry. Throws `LOG_DAMAGED`. */
export function sectionLength(bytes: Uint8Array, seq: number): number {
  if (bytes.length < PREFIX_BYTES) throw damaged(seq, `it is only ${bytes.length} bytes long`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0) !== MAGIC) throw damaged(seq, "it is not a log entry");
  const version = view.getUint8(4);
  if (version !== VERSION)
    throw damaged(seq, `it has format version ${version}, this program reads ${VERSION}; upgrade`);
  const headerLength = view.getUint32(8);
  if (headerLength > ENTRY_HEADER_BYTES_MAX) throw damaged(seq, `its header claims ${headerLength} bytes`);
  return PREFIX_BYTES + headerLength;
}

/**
 * Decodes the header section of entry `seq`. `section` is exactly the first {@link sectionLength} bytes.
 * Throws `LOG_DAMAGED` (kind corrupt) when the checksum or the number does not match: a damaged entry is never skipped.
 */
export function decodeEntry(section: Uint8Array, seq: number): Entry {
  const length = sectionLength(section, seq);
  if (section.length !== length) throw damaged(seq, `its header is cut: ${section.length} of ${length} bytes`);
  const stored = new DataView(section.buffer, section.byteOffset).getUint32(12);
  if (crc32c(section.subarray(PREFIX_BYTES)) !== stored)
    throw damaged(seq, "the checksum of its header does not match");
  const reader = new ByteReader(section, PREFIX_BYTES);
  const header = readHeader(reader);
  if (header.seq !== seq) throw damaged(seq, `it says it is number ${header.seq}`);
  const commandCount = bounded(reader.unsignedVarint(), COMMANDS_PER_ENTRY_MAX, seq);
  const commands = Array.from({ length: commandCount }, () => decodeCommand(reader));
  const batches = readIndex(reader, seq);
  return { header, commands, batches: position(batches, reader.position, length), section };
}

/** True when flags and reserved bytes, which readers pass over and no checksum covers, are as {@link encodeEntry} writes them. */
export function hasPlainPrefix(section: Uint8Array): boolean {
  return section.subarray(5, 8).every((byte) => byte === 0);
}

function readHeader(reader: ByteReader): EntryHeader {
  return {
    shard: reader.int32(),
    seq: reader.safeInt64(),
    epoch: reader.int32(),
    entryId: reader.uuid(),
    prevEntryId: reader.uuid(),
    committedSeq: reader.safeInt64(),
    writerId: reader.uuid(),
    timestampMs: reader.safeInt64(),
  };
}

function readIndex(reader: ByteReader, seq: number): Unpositioned[] {
  const topicCount = bounded(reader.unsignedVarint(), reader.remaining / 16, seq);
  const topicIds = Array.from({ length: topicCount }, () => reader.uuid());
  const count = bounded(reader.unsignedVarint(), Math.min(BATCHES_PER_ENTRY_MAX, reader.remaining / 6), seq);
  return Array.from({ length: count }, () => {
    const flags = reader.uint8();
    if (flags & FLAG_REFERENCE)
      throw damaged(seq, "it refers to bytes in another object, which this version cannot read");
    const topicId = topicIds[reader.unsignedVarint()];
    if (topicId === undefined) throw damaged(seq, "a batch names a topic that is not in its table");
    const partition = reader.unsignedVarint();
    const length = bounded(reader.unsignedVarint(), BATCH_BYTES_MAX, seq);
    const recordCount = reader.unsignedVarint();
    const maxTimestampMs = reader.varlong();
    const idempotent = (flags & FLAG_PRODUCER) !== 0;
    return {
      topicId,
      partition,
      length,
      recordCount,
      maxTimestampMs,
      producerId: idempotent ? reader.varlong() : -1,
      producerEpoch: idempotent ? reader.unsignedVarint() : -1,
      baseSequence: idempotent ? reader.unsignedVarint() : -1,
      inline: (flags & FLAG_INLINE) !== 0,
    };
  });
}

function bounded(value: number, max: number, seq: number): number {
  if (value > max) throw damaged(seq, `it claims ${value} items where at most ${Math.floor(max)} can be`);
  return value;
}

/** The log holds something that cannot be: nothing may be served or written until an operator has looked. */
export function damaged(seq: number, what: string): StreambedError {
  return new StreambedError({
    kind: "corrupt",
    code: "LOG_DAMAGED",
    message: `Log entry ${seq} is damaged: ${what}. Restore the object from a backup; nothing was skipped or overwritten.`,
  });
}
