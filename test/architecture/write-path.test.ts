import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const text = readFileSync(join(root, "docs/write-path.md"), "utf8");
const steps = [...text.matchAll(/`((?:packages|apps)\/[^`]+\.ts)` `([^`]+)`/g)].map(([, file = "", symbol = ""]) => ({
  file,
  symbol,
}));

describe("the drawn path of a record", () => {
  it("names places in the code", () => expect(steps.length).toBeGreaterThan(20));

  it.each(steps)("$file has $symbol", ({ file, symbol }) => {
    expect(existsSync(join(root, file))).toBe(true);
    expect(new RegExp(`\\b${symbol}\\b`).test(readFileSync(join(root, file), "utf8"))).toBe(true);
  });
});
