import { utf8 } from "@streambed/kernel";
import { expect, test } from "vitest";
import type { Properties } from "../properties.ts";
import { formatRecord, messageFormat } from "./message-formatter.ts";

const RECORD = {
  topic: "t",
  partition: 3,
  offset: 42,
  timestamp: 1_700_000_000_000,
  key: utf8("key"),
  value: utf8("value"),
  headers: [
    { key: "a", value: utf8("1") },
    { key: "b", value: null },
  ],
};
const ALL = {
  "print.timestamp": "true",
  "print.partition": "true",
  "print.offset": "true",
  "print.headers": "true",
  "print.key": "true",
};

function printed(properties: Properties, record: Partial<typeof RECORD> | object = {}): string {
  const format = messageFormat(properties);
  return Buffer.from(formatRecord({ ...RECORD, ...record }, format, "CreateTime")).toString();
}

test("by default only the value, with a line end", () => {
  expect(printed({})).toBe("value\n");
});

test("all fields come in Kafka's order", () => {
  expect(printed(ALL)).toBe("CreateTime:1700000000000\tPartition:3\tOffset:42\ta:1,b:null\tkey\tvalue\n");
});

test("nothing to show is said in Kafka's words", () => {
  expect(printed(ALL, { timestamp: -1, headers: [], key: null, value: null })).toBe(
    "NO_TIMESTAMP\tPartition:3\tOffset:42\tNO_HEADERS\tnull\tnull\n",
  );
});

test("separators and the null literal can be chosen", () => {
  const properties = {
    ...ALL,
    "key.separator": "|",
    "line.separator": ";",
    "headers.separator": "&",
    "null.literal": "-",
  };
  expect(printed(properties, { key: null })).toBe("CreateTime:1700000000000|Partition:3|Offset:42|a:1&b:-|-|value;");
});

test("without the value the last field ends the line", () => {
  expect(printed({ "print.key": "true", "print.value": "false" })).toBe("key\n");
});

test("numbers are read with Kafka's deserializers, by long or short name", () => {
  const value = new Uint8Array(8);
  new DataView(value.buffer).setBigInt64(0, -5n);
  const name = "org.apache.kafka.common.serialization.LongDeserializer";
  expect(printed({ "value.deserializer": name }, { value })).toBe("-5\n");
  expect(printed({ "value.deserializer": "LongDeserializer" })).toBe("value\n");
});
