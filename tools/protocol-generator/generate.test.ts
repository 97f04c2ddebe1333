import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { generate } from "./generate.ts";

const TARGET = new URL("../../packages/protocol/src/generated/", import.meta.url);

it("regeneration gives the committed files, byte for byte", () => {
  const files = generate();
  const committed = readdirSync(TARGET, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
  expect(committed.sort()).toEqual([...files.keys()].sort());
  for (const [path, text] of files) expect(readFileSync(new URL(path, TARGET), "utf8"), path).toBe(text);
});
