import { expect, it } from "vitest";
import { groupPartition, javaStringHash } from "./group-partition.ts";

it.each([
  ["", 0],
  ["a", 97],
  ["hello", 99_162_322],
  ["polygenelubricants", -2_147_483_648],
  ["ä€😀", 16_603_051],
])("hashes %j as Java does", (text, hash) => {
  expect(javaStringHash(text)).toBe(hash);
});

it("puts groups where Kafka's tools look for them", () => {
  expect(groupPartition("hello", 50)).toBe(22);
  expect(groupPartition("polygenelubricants", 50)).toBe(0);
});
