import { utf8 } from "@streambed/kernel";
import { expect, test } from "vitest";
import { recordFromJson, recordToJson } from "./record-json.ts";

test("a printed record produces the same key, value, headers and time", () => {
  const record = {
    topic: "t",
    partition: 1,
    offset: 2,
    timestamp: 3,
    key: utf8("käy"),
    value: Uint8Array.of(0xff, 0x00),
    headers: [
      { key: "h", value: utf8("1") },
      { key: "h", value: null },
    ],
  };
  const line = recordToJson(record);
  expect(line.endsWith("\n")).toBe(true);
  const { key, value, headers, timestamp } = recordFromJson(utf8(line));
  expect({ key, value: [...(value ?? [])], headers, timestamp }).toEqual({
    key: record.key,
    value: [0xff, 0x00],
    headers: record.headers,
    timestamp: 3,
  });
});

test("headers as an object, values that are not text as JSON, and a missing value as a tombstone", () => {
  expect(recordFromJson(utf8('{"key":7,"headers":{"a":"1","b":null}}'))).toEqual({
    key: utf8("7"),
    value: null,
    headers: [
      { key: "a", value: utf8("1") },
      { key: "b", value: null },
    ],
  });
});

test.each(["", "1", "[]", "{", '{"timestamp":"now"}', '{"headers":1}', '{"headers":[1]}'])("%j is refused", (line) => {
  expect(() => recordFromJson(utf8(line))).toThrow(expect.objectContaining({ code: "INVALID_RECORD_JSON" }));
});
