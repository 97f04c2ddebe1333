import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../tools/diagram/workspace.ts";

const LINES_MAX = 400;

// Files above the limit, with their length. A number here may only go down, and the entry goes when it reaches the limit.
const LONGER: Readonly<Record<string, number>> = {};

const SOURCES = ["{packages,apps}/*/{src,bin}/**/*.{ts,js}", "{test,tools}/**/*.ts"];

function handWritten(): readonly string[] {
  return SOURCES.flatMap((pattern) => globSync(pattern, { cwd: ROOT }))
    .filter((path) => !/(^|\/)(generated|dist|node_modules)\//.test(path))
    .toSorted();
}

const lengths = new Map(
  handWritten().map((path) => [path, readFileSync(join(ROOT, path), "utf8").trimEnd().split("\n").length]),
);

test(`a file says one thing: none is longer than ${LINES_MAX} lines`, () => {
  const tooLong = [...lengths].filter(([path, lines]) => lines > (LONGER[path] ?? LINES_MAX));
  expect(tooLong).toEqual([]);
});

test("the list of longer files only shrinks", () => {
  const stale = Object.entries(LONGER).filter(([path, lines]) => {
    const actual = lengths.get(path) ?? 0;
    return actual <= LINES_MAX || actual < lines;
  });
  expect(stale).toEqual([]);
});

test("half of the files are shorter than 120 lines", () => {
  const sorted = [...lengths.values()].toSorted((a, b) => a - b);
  expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(120);
});
