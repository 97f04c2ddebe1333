import { fromUtf8, utf8 } from "@streambed/kernel";
import { expect, test } from "vitest";
import type { Properties } from "../properties.ts";
import { lineFormat, lineRecordReader } from "./line-record-reader.ts";

function text(bytes: Uint8Array | null | undefined): string | null {
  return bytes === null || bytes === undefined ? null : fromUtf8(bytes);
}

function read(line: string, properties: Properties = {}): unknown {
  const { key, value, headers } = lineRecordReader(lineFormat(properties))(utf8(line));
  return { key: text(key), value: text(value), headers: (headers ?? []).map((at) => [at.key, text(at.value)]) };
}

test("a line is a value", () => {
  expect(read("a\tb")).toEqual({ key: null, value: "a\tb", headers: [] });
});

test("a plain line keeps bytes that are not UTF-8", () => {
  const line = Uint8Array.of(0xff, 0xfe);
  expect(lineRecordReader(lineFormat({}))(line).value).toBe(line);
});

test("key and value are parted at the first separator", () => {
  expect(read("k:v:w", { "parse.key": "true", "key.separator": ":" })).toEqual({ key: "k", value: "v:w", headers: [] });
});

test("headers, key and value in Kafka's order", () => {
  expect(read("h1:v1,h2:v2\tkey\tvalue", { "parse.key": "true", "parse.headers": "true" })).toEqual({
    key: "key",
    value: "value",
    headers: [
      ["h1", "v1"],
      ["h2", "v2"],
    ],
  });
});

test("fields equal to the null marker are null", () => {
  const properties = { "parse.key": "true", "parse.headers": "true", "null.marker": "NULL" };
  expect(read("NULL\tNULL\tNULL", properties)).toEqual({ key: null, value: null, headers: [] });
  expect(read("h:NULL\tk\tv", properties)).toEqual({ key: "k", value: "v", headers: [["h", null]] });
  expect(() => read("NULL:v\tk\tv", properties)).toThrow(/Header keys should not be equal to the null marker 'NULL'/);
});

test("a missing separator names the line, or is ignored on request", () => {
  const reader = lineRecordReader(lineFormat({ "parse.key": "true" }));
  reader(utf8("a\tb"));
  expect(() => reader(utf8("no tab"))).toThrow("No key separator found on line number 2: 'no tab'");
  expect(read("no tab", { "parse.key": "true", "ignore.error": "true" })).toEqual({
    key: null,
    value: "no tab",
    headers: [],
  });
  expect(() => read("h\tv", { "parse.headers": "true" })).toThrow(
    "No header key separator found in pair 'h' on line number 1",
  );
});

test("separators that cannot be told apart are refused", () => {
  expect(() => lineFormat({ "headers.separator": ":" })).toThrow(
    "headers.separator and headers.key.separator may not be equal",
  );
  expect(() => lineFormat({ "null.marker": "\t" })).toThrow("null.marker and key.separator may not be equal");
});
