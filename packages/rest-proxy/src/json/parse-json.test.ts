import { utf8 } from "@streambed/kernel";
import { expect, test } from "vitest";
import { jsonTextOf, parseJson } from "./parse-json.ts";

test.each([
  `{"a":9007199254740993}`,
  `{"a":-0}`,
  `{"a":1.0,"b":[1e400,0.10]}`,
  `{"a":123456789012345678901234567890}`,
  `{"a":"1.0","b":5,"c":null}`,
])("%s comes back as it was written", (text) => {
  const parsed = parseJson(utf8(text));
  expect(parsed.ok && JSON.stringify(parsed.value)).toBe(text);
});

test("bad JSON and bad UTF-8 are told apart", () => {
  expect(parseJson(utf8(`{"a":}`))).toMatchObject({ ok: false, message: expect.stringContaining("Unexpected token") });
  expect(parseJson(Uint8Array.of(0x22, 0xff, 0x22))).toEqual({ ok: false, message: "The body is not UTF-8" });
});

test("only JSON has a JSON text", () => {
  expect(jsonTextOf(utf8(` {"a": 1.0} `))).toBe(` {"a": 1.0} `);
  expect(jsonTextOf(utf8("plain"))).toBeNull();
  expect(jsonTextOf(Uint8Array.of(0x80))).toBeNull();
});
