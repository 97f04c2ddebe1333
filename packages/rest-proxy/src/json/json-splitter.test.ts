import { fromUtf8, seededRandom, utf8 } from "@streambed/kernel";
import { expect, test } from "vitest";
import { JsonSplitter } from "./json-splitter.ts";

const splitter = (valueBytesMax = 1_000, depthMax = 10): JsonSplitter => new JsonSplitter({ valueBytesMax, depthMax });

const objects = [`{}`, `{"a":"}{"}`, `{"b":"\\"}\\\\"}`, `{"c":[{"d":{}}]}`, `{"é":"😀"}`];

test("objects back to back come out one by one, however the bytes are cut", () => {
  const bytes = utf8(objects.join(" \r\n\t"));
  const random = seededRandom(3);
  for (let run = 0; run < 200; run++) {
    const split = splitter();
    const found: string[] = [];
    for (let at = 0; at < bytes.length;) {
      const next = Math.min(bytes.length, at + 1 + Math.floor(random.fraction() * 9));
      found.push(...split.push(bytes.subarray(at, next)).map(fromUtf8));
      at = next;
    }
    split.end();
    expect(split.failure).toBeUndefined();
    expect(found).toEqual(objects);
  }
});

test("values before a wrong character still come out", () => {
  const split = splitter();
  expect(split.push(utf8(`{"a":1}, {"b":2}`)).map(fromUtf8)).toEqual([`{"a":1}`]);
  expect(split.failure).toEqual({ reason: "syntax", message: "Unexpected character ',' where a JSON object begins" });
  expect(split.push(utf8(`{}`))).toEqual([]);
});

test("a value cut off by the end is a failure", () => {
  const split = splitter();
  split.push(utf8(`{"a":`));
  split.end();
  expect(split.failure?.reason).toBe("syntax");
});

test("a value at the size bound passes and one byte more fails, in one chunk or many", () => {
  const value = utf8(`{"a":"${"x".repeat(92)}"}`);
  expect(value.length).toBe(100);
  expect(splitter(100).push(value)).toHaveLength(1);
  const whole = splitter(99);
  expect(whole.push(value)).toHaveLength(0);
  expect(whole.failure?.reason).toBe("too-large");
  const parts = splitter(99);
  for (const byte of value) parts.push(Uint8Array.of(byte));
  expect(parts.failure?.reason).toBe("too-large");
});

test("nesting has a bound", () => {
  const deep = (levels: number): Uint8Array => utf8(`{"a":${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}}`);
  expect(splitter(1_000, 10).push(deep(10))).toHaveLength(1);
  const split = splitter(1_000, 10);
  split.push(deep(11));
  expect(split.failure?.reason).toBe("too-deep");
});
