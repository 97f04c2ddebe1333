import { fromUtf8, utf8 } from "@streambed/kernel";
import { expect, test } from "vitest";
import { lineGroups } from "./lines.ts";

async function* cut(text: string, bytes: number): AsyncGenerator<Uint8Array> {
  const all = utf8(text);
  for (let at = 0; at < all.length; at += bytes) yield all.subarray(at, at + bytes);
}

test.each([1, 2, 3, 7, 100])("lines are whole when the input comes in pieces of %i bytes", async (bytes) => {
  const lines: string[] = [];
  for await (const group of lineGroups(cut("one\r\ntwö\n\nlast", bytes))) lines.push(...group.map(fromUtf8));
  expect(lines).toEqual(["one", "twö", "", "last"]);
});

test("an empty input has no lines", async () => {
  const groups = [];
  for await (const group of lineGroups(cut("", 1))) groups.push(group);
  expect(groups).toEqual([]);
});
