import { malformed, StreambedError, utf8, type ByteReader, type ByteWriter } from "@streambed/kernel";
import { ARRAY_ELEMENTS_MAX, STRING_BYTES_MAX, TAGGED_FIELDS_MAX } from "./limits.ts";

// What generated codecs call. `flexible` chooses between the old lengths (int16 or int32, -1 for null)
// and the compact ones (unsigned varint of length + 1, 0 for null).

/** Shared by every decoded value that has no elements. */
export const EMPTY: readonly never[] = [];
/** Shared by every decoded value that has no bytes. */
export const EMPTY_BYTES: Uint8Array = new Uint8Array(0);

/** Refuses versions outside the range of a message. Kind `invalid`, code `UNSUPPORTED_VERSION`. */
export function checkVersion(message: string, version: number, min: number, max: number): void {
  if (version >= min && version <= max) return;
  const text = `${message} has versions ${min} to ${max}, not ${version}`;
  throw new StreambedError({ kind: "invalid", code: "UNSUPPORTED_VERSION", message: text });
}

/** A field that matters was set, but the version has no place for it. Kind `invalid`, code `UNSUPPORTED_FIELD`. */
export function absentField(message: string, field: string, version: number): never {
  const text = `${message} version ${version} cannot carry ${field}; use a newer version or leave it out`;
  throw new StreambedError({ kind: "invalid", code: "UNSUPPORTED_FIELD", message: text });
}

/** A field is null in a version that has no null for it. Kind `invalid`, code `UNSUPPORTED_NULL`. */
export function nullField(message: string, field: string, version: number): never {
  const text = `${message} version ${version} does not allow ${field} to be null`;
  throw new StreambedError({ kind: "invalid", code: "UNSUPPORTED_NULL", message: text });
}

/** Element count, -1 for null, never more than the bytes left can hold. */
export function readNullableCount(reader: ByteReader, flexible: boolean, elementBytesMin: number): number {
  const count = flexible ? reader.unsignedVarint() - 1 : reader.int32();
  if (count < -1 || count > ARRAY_ELEMENTS_MAX || count * elementBytesMin > reader.remaining) {
    throw malformed(`An array before ${reader.position} claims ${count} elements in ${reader.remaining} bytes`);
  }
  return count;
}

/** Element count of an array that may not be null. */
export function readCount(reader: ByteReader, flexible: boolean, elementBytesMin: number): number {
  const count = readNullableCount(reader, flexible, elementBytesMin);
  if (count < 0) throw unexpectedNull(reader);
  return count;
}

function unexpectedNull(reader: ByteReader): StreambedError {
  return malformed(`Null before ${reader.position}, where a value has to be`);
}

export function readNullableString(reader: ByteReader, flexible: boolean): string | null {
  const length = flexible ? reader.unsignedVarint() - 1 : reader.int16();
  if (length === -1) return null;
  if (length > STRING_BYTES_MAX) throw malformed(`A text of ${length} bytes before ${reader.position}`);
  return reader.text(length);
}

export function readString(reader: ByteReader, flexible: boolean): string {
  const text = readNullableString(reader, flexible);
  if (text === null) throw unexpectedNull(reader);
  return text;
}

/** A view of the bytes; nothing is copied. */
export function readNullableBytes(reader: ByteReader, flexible: boolean): Uint8Array | null {
  const length = flexible ? reader.unsignedVarint() - 1 : reader.int32();
  return length === -1 ? null : reader.take(length);
}

export function readBytes(reader: ByteReader, flexible: boolean): Uint8Array {
  const bytes = readNullableBytes(reader, flexible);
  if (bytes === null) throw unexpectedNull(reader);
  return bytes;
}

/** Record batches as one view; nothing is copied. */
export function readNullableRecords(reader: ByteReader, flexible: boolean): readonly Uint8Array[] | null {
  const bytes = readNullableBytes(reader, flexible);
  return bytes === null ? null : [bytes];
}

export function readRecords(reader: ByteReader, flexible: boolean): readonly Uint8Array[] {
  return [readBytes(reader, flexible)];
}

export function readInt8Array(reader: ByteReader, flexible: boolean): readonly number[] {
  const count = readCount(reader, flexible, 1);
  const elements: number[] = [];
  for (let index = 0; index < count; index++) elements.push(reader.int8());
  return elements;
}

export function readInt16Array(reader: ByteReader, flexible: boolean): readonly number[] {
  const count = readCount(reader, flexible, 2);
  const elements: number[] = [];
  for (let index = 0; index < count; index++) elements.push(reader.int16());
  return elements;
}

export function readNullableInt32Array(reader: ByteReader, flexible: boolean): readonly number[] | null {
  const count = readNullableCount(reader, flexible, 4);
  if (count < 0) return null;
  const elements: number[] = [];
  for (let index = 0; index < count; index++) elements.push(reader.int32());
  return elements;
}

export function readInt32Array(reader: ByteReader, flexible: boolean): readonly number[] {
  const elements = readNullableInt32Array(reader, flexible);
  if (elements === null) throw unexpectedNull(reader);
  return elements;
}

export function readInt64Array(reader: ByteReader, flexible: boolean): readonly bigint[] {
  const count = readCount(reader, flexible, 8);
  const elements: bigint[] = [];
  for (let index = 0; index < count; index++) elements.push(reader.int64());
  return elements;
}

export function readUuidArray(reader: ByteReader, flexible: boolean): readonly string[] {
  const count = readCount(reader, flexible, 16);
  const elements: string[] = [];
  for (let index = 0; index < count; index++) elements.push(reader.uuid());
  return elements;
}

export function readNullableStringArray(reader: ByteReader, flexible: boolean): readonly string[] | null {
  const count = readNullableCount(reader, flexible, flexible ? 1 : 2);
  if (count < 0) return null;
  const elements: string[] = [];
  for (let index = 0; index < count; index++) elements.push(readString(reader, flexible));
  return elements;
}

export function readStringArray(reader: ByteReader, flexible: boolean): readonly string[] {
  const elements = readNullableStringArray(reader, flexible);
  if (elements === null) throw unexpectedNull(reader);
  return elements;
}

/** The byte in front of a struct that may be null. */
export function isPresent(reader: ByteReader): boolean {
  return reader.int8() >= 0;
}

export function readTagCount(reader: ByteReader): number {
  const count = reader.unsignedVarint();
  // A tagged field takes at least two bytes: its number and its size.
  if (count > TAGGED_FIELDS_MAX || count * 2 > reader.remaining) {
    throw malformed(
      `${count} tagged fields are announced before ${reader.position}, with ${reader.remaining} bytes left`,
    );
  }
  return count;
}

/** Reads the size of a tagged field; returns the position behind it. */
export function readTagEnd(reader: ByteReader): number {
  const size = reader.unsignedVarint();
  if (size > reader.remaining) throw malformed(`A tagged field of ${size} bytes at ${reader.position} is cut off`);
  return reader.position + size;
}

/** A known tagged field must fill exactly the size it announced. */
export function checkTagEnd(reader: ByteReader, end: number, tag: number): void {
  if (reader.position !== end) throw malformed(`Tagged field ${tag} ends at ${reader.position}, not at ${end}`);
}

/** Skips tagged fields nobody here knows. */
export function skipTags(reader: ByteReader): void {
  for (let tags = readTagCount(reader); tags > 0; tags--) {
    reader.unsignedVarint();
    reader.position = readTagEnd(reader);
  }
}

export function writeCount(writer: ByteWriter, count: number, flexible: boolean): void {
  if (flexible) writer.unsignedVarint(count + 1);
  else writer.int32(count);
}

export function writeNullCount(writer: ByteWriter, flexible: boolean): void {
  if (flexible) writer.unsignedVarint(0);
  else writer.int32(-1);
}

export function writeString(writer: ByteWriter, value: string, flexible: boolean): void {
  const bytes = utf8(value);
  if (bytes.length > STRING_BYTES_MAX) {
    const message = `A text of ${bytes.length} bytes does not fit; at most ${STRING_BYTES_MAX} are possible`;
    throw new StreambedError({ kind: "invalid", code: "STRING_TOO_LONG", message });
  }
  if (flexible) writer.unsignedVarint(bytes.length + 1);
  else writer.int16(bytes.length);
  writer.bytes(bytes);
}

export function writeNullString(writer: ByteWriter, flexible: boolean): void {
  if (flexible) writer.unsignedVarint(0);
  else writer.int16(-1);
}

export function writeBytes(writer: ByteWriter, value: Uint8Array, flexible: boolean): void {
  writeCount(writer, value.length, flexible);
  writer.bytes(value);
}

/** Writes chunks of record batches as one block; long chunks go by reference. */
export function writeRecords(writer: ByteWriter, chunks: readonly Uint8Array[], flexible: boolean): void {
  let length = 0;
  for (const chunk of chunks) length += chunk.length;
  writeCount(writer, length, flexible);
  for (const chunk of chunks) writer.bytes(chunk);
}

export function writeInt8Array(writer: ByteWriter, values: readonly number[], flexible: boolean): void {
  writeCount(writer, values.length, flexible);
  for (const value of values) writer.int8(value);
}

export function writeInt16Array(writer: ByteWriter, values: readonly number[], flexible: boolean): void {
  writeCount(writer, values.length, flexible);
  for (const value of values) writer.int16(value);
}

export function writeInt32Array(writer: ByteWriter, values: readonly number[], flexible: boolean): void {
  writeCount(writer, values.length, flexible);
  for (const value of values) writer.int32(value);
}

export function writeInt64Array(writer: ByteWriter, values: readonly bigint[], flexible: boolean): void {
  writeCount(writer, values.length, flexible);
  for (const value of values) writer.int64(value);
}

export function writeUuidArray(writer: ByteWriter, values: readonly string[], flexible: boolean): void {
  writeCount(writer, values.length, flexible);
  for (const value of values) writer.uuid(value);
}

export function writeStringArray(writer: ByteWriter, values: readonly string[], flexible: boolean): void {
  writeCount(writer, values.length, flexible);
  for (const value of values) writeString(writer, value, flexible);
}

/** Writes one tagged field from what was collected for it. */
export function writeTag(writer: ByteWriter, tag: number, content: ByteWriter): void {
  writer.unsignedVarint(tag);
  writer.unsignedVarint(content.length);
  for (const chunk of content.chunks()) writer.bytes(chunk);
}
