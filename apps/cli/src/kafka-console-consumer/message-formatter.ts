import type { Record } from "@streambed/client";
import type { Properties } from "../properties.ts";

/** Whose time a record carries, by the topic's `message.timestamp.type`. */
export type TimestampType = "CreateTime" | "LogAppendTime";

/** What is printed of a record; the properties of Kafka's default formatter. */
export interface MessageFormat {
  readonly printTimestamp: boolean;
  readonly printPartition: boolean;
  readonly printOffset: boolean;
  readonly printDelivery: boolean;
  readonly printHeaders: boolean;
  readonly printKey: boolean;
  readonly printValue: boolean;
  readonly keySeparator: Uint8Array;
  readonly lineSeparator: Uint8Array;
  readonly headersSeparator: Uint8Array;
  readonly nullLiteral: Uint8Array;
  readonly keyDeserializer: Deserializer;
  readonly valueDeserializer: Deserializer;
  readonly headersDeserializer: Deserializer;
}

/** Text of a field. */
type Deserializer = (bytes: Uint8Array) => Uint8Array;

/** Reads `print.*`, `*.separator`, `null.literal` and the deserializers of Kafka's formatter. */
export function messageFormat(properties: Properties): MessageFormat {
  const isTrue = (name: string): boolean => properties[name]?.trim().toLowerCase() === "true";
  const text = (name: string, fallback: string): Uint8Array => Buffer.from(properties[name] ?? fallback);
  return {
    printTimestamp: isTrue("print.timestamp"),
    printPartition: isTrue("print.partition"),
    printOffset: isTrue("print.offset"),
    printDelivery: isTrue("print.delivery"),
    printHeaders: isTrue("print.headers"),
    printKey: isTrue("print.key"),
    printValue: properties["print.value"] === undefined || isTrue("print.value"),
    keySeparator: text("key.separator", "\t"),
    lineSeparator: text("line.separator", "\n"),
    headersSeparator: text("headers.separator", ","),
    nullLiteral: text("null.literal", "null"),
    keyDeserializer: deserializer(properties["key.deserializer"]),
    valueDeserializer: deserializer(properties["value.deserializer"]),
    headersDeserializer: deserializer(properties["headers.deserializer"]),
  };
}

/**
 * Writes records as Kafka's default formatter does: the chosen fields in a fixed order, a key separator between them,
 * a line separator after the last one.
 */
export function formatRecord(record: Record, format: MessageFormat, type: TimestampType): Uint8Array {
  const fields: Uint8Array[] = [];
  if (format.printTimestamp) {
    fields.push(Buffer.from(record.timestamp < 0 ? "NO_TIMESTAMP" : `${type}:${record.timestamp}`));
  }
  if (format.printPartition) fields.push(Buffer.from(`Partition:${record.partition}`));
  if (format.printOffset) fields.push(Buffer.from(`Offset:${record.offset}`));
  // Delivery counts belong to share groups; a consumer group has none.
  if (format.printDelivery) fields.push(Buffer.from("Delivery:NONE"));
  if (format.printHeaders) fields.push(headersText(record, format));
  if (format.printKey) fields.push(format.keyDeserializer(record.key ?? format.nullLiteral));
  if (format.printValue) fields.push(format.valueDeserializer(record.value ?? format.nullLiteral));
  const parts: Uint8Array[] = [];
  for (const [at, field] of fields.entries()) {
    parts.push(field, at === fields.length - 1 ? format.lineSeparator : format.keySeparator);
  }
  return Buffer.concat(parts);
}

function headersText({ headers }: Record, format: MessageFormat): Uint8Array {
  if (headers.length === 0) return Buffer.from("NO_HEADERS");
  const parts: Uint8Array[] = [];
  for (const [at, { key, value }] of headers.entries()) {
    if (at > 0) parts.push(format.headersSeparator);
    parts.push(Buffer.from(`${key}:`), format.headersDeserializer(value ?? format.nullLiteral));
  }
  return Buffer.concat(parts);
}

/** Deserializers of Kafka by the last word of their class name. */
const NUMBERS: Readonly<{ [name: string]: { readonly bytes: number; readonly read: (view: DataView) => string } }> = {
  LongDeserializer: { bytes: 8, read: (view) => view.getBigInt64(0).toString() },
  IntegerDeserializer: { bytes: 4, read: (view) => String(view.getInt32(0)) },
  ShortDeserializer: { bytes: 2, read: (view) => String(view.getInt16(0)) },
  DoubleDeserializer: { bytes: 8, read: (view) => String(view.getFloat64(0)) },
  FloatDeserializer: { bytes: 4, read: (view) => String(view.getFloat32(0)) },
};

/** Unknown classes print the bytes as they are, which is right for text. */
function deserializer(name: string | undefined): Deserializer {
  const number = NUMBERS[name?.slice(name.lastIndexOf(".") + 1) ?? ""];
  if (number === undefined) return (bytes) => bytes;
  return (bytes) => {
    if (bytes.length !== number.bytes) return bytes;
    return Buffer.from(number.read(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)));
  };
}
