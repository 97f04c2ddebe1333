import { concatBytes, seededRandom } from "@streambed/kernel";
import { expect, test } from "vitest";
import { nodeCodecs } from "./node-codecs.ts";

const codecs = nodeCodecs();

test.each(["gzip", "zstd"] as const)("%s gives back what it was given", (name) => {
  const random = seededRandom(3);
  for (const length of [0, 1, 1000, 300_000]) {
    const bytes = random.bytes(length);
    expect(Buffer.compare(codecs[name].decompress(codecs[name].compress(bytes), length), bytes)).toBe(0);
  }
});

test.each(["gzip", "zstd"] as const)("%s stops at the cap, whatever the input promises", (name) => {
  const bomb = codecs[name].compress(new Uint8Array(50_000_000));
  expect(bomb.length).toBeLessThan(100_000);
  expect(() => codecs[name].decompress(bomb, 1_000_000)).toThrow(
    expect.objectContaining({ kind: "limit", code: "DECOMPRESSED_TOO_LARGE" }),
  );
});

test.each(["gzip", "zstd"] as const)("%s calls broken input corrupt", (name) => {
  const broken = codecs[name].compress(seededRandom(4).bytes(1000)).slice(0, 500);
  expect(() => codecs[name].decompress(broken, 10_000)).toThrow(expect.objectContaining({ kind: "corrupt" }));
});

test("gzip takes several members in a row, as some clients write them", () => {
  const members = concatBytes([codecs.gzip.compress(Buffer.from("one ")), codecs.gzip.compress(Buffer.from("two"))]);
  expect(Buffer.from(codecs.gzip.decompress(members, 100)).toString()).toBe("one two");
});
