import { ByteReader, ByteWriter } from "@streambed/kernel";

/** A generated encode function. */
export type Encode<Value> = (writer: ByteWriter, value: Value, version: number) => void;

/** A generated decode function. */
export type Decode<Value> = (reader: ByteReader, version: number) => Value;

/**
 * The value of an internal record (`__consumer_offsets`, `__transaction_state`): its version, then its body.
 *
 * @example encodeVersioned(encodeOffsetCommitValue, { offset: 5n, metadata: "", commitTimestamp: 0n }, 3)
 */
export function encodeVersioned<Value>(encode: Encode<Value>, value: Value, version: number): Uint8Array {
  const writer = new ByteWriter();
  writer.int16(version);
  encode(writer, value, version);
  return writer.finish();
}

/**
 * The reverse of {@link encodeVersioned}.
 *
 * @throws kind `invalid`, code `UNSUPPORTED_VERSION` for versions from the future
 */
export function decodeVersioned<Value>(decode: Decode<Value>, bytes: Uint8Array): Value {
  const reader = new ByteReader(bytes);
  return decode(reader, reader.int16());
}

/**
 * The key of an internal record: the number of its kind, then its body, which has one version only.
 *
 * @example encodeRecordKey(encodeOffsetCommitKey, { group, topic, partition }, OFFSET_COMMIT_KEY_TYPE)
 */
export function encodeRecordKey<Value>(encode: Encode<Value>, value: Value, type: number): Uint8Array {
  const writer = new ByteWriter();
  writer.int16(type);
  encode(writer, value, 0);
  return writer.finish();
}

/** The kind of record a key belongs to, e.g. `OFFSET_COMMIT_KEY_TYPE`; read the body with {@link decodeRecordKey}. */
export function recordKeyType(key: Uint8Array): number {
  return new ByteReader(key).int16();
}

/** The body of a key whose kind is known. */
export function decodeRecordKey<Value>(decode: Decode<Value>, key: Uint8Array): Value {
  return decode(new ByteReader(key, Math.min(2, key.length)), 0);
}
