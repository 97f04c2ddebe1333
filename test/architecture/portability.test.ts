import { describe, expect, test } from "vitest";
import { readWorkspaces } from "../../tools/diagram/workspace.ts";
import { isPlatformModule, sourceFiles } from "./source-file.ts";

// From this layer on a package may know which platform it is on.
const RUNTIME_LAYER = 4;

// Names that exist on one platform only, and WebCrypto's and the clock's, which are arguments (Clock, Random).
const PLATFORM = ["Buffer", "process", "global", "require", "__dirname", "__filename", "setImmediate", "document"];
const BROWSER = ["localStorage", "sessionStorage", "XMLHttpRequest", "Deno", "Bun"];
const TIME = ["Date.now", "performance", "performance.now", "setTimeout", "setInterval"];
const RANDOMNESS = ["Math.random", "crypto.getRandomValues", "crypto.randomUUID"];
const DYNAMIC_CODE = ["eval", "Function"];
const FORBIDDEN = [...PLATFORM, ...BROWSER, ...TIME, ...RANDOMNESS, ...DYNAMIC_CODE];

// Each exception says who needs it and why.
const EXCEPTIONS: Readonly<Record<string, readonly string[]>> = {
  // The system adapters of the Clock and Random ports.
  "packages/kernel/src/clock.ts": ["Date.now", "performance", "performance.now", "setTimeout"],
  "packages/kernel/src/random.ts": ["crypto.getRandomValues"],
};

// A folder is a Node thing. It may name `process` as well, for the id that keeps two processes' temporary files apart.
const MAY_USE_NODE = ["@streambed/store-fs"];

const portable = readWorkspaces().filter(({ layer }) => layer < RUNTIME_LAYER);

describe.each(portable.map((workspace) => [workspace.name, workspace] as const))("%s", (name, workspace) => {
  const files = sourceFiles(workspace).filter(({ isTest }) => !isTest);
  const forbidden = MAY_USE_NODE.includes(name) ? FORBIDDEN.filter((word) => !PLATFORM.includes(word)) : FORBIDDEN;

  test.skipIf(MAY_USE_NODE.includes(name))("imports no module that only one platform has", () => {
    const found = files.flatMap(({ path, specifiers }) =>
      specifiers.filter(isPlatformModule).map((specifier) => `${path} imports ${specifier}`),
    );
    expect(found).toEqual([]);
  });

  test("uses no global of one platform, and takes time and randomness as arguments", () => {
    const found = files.flatMap(({ path, mentions }) =>
      forbidden
        .filter((word) => mentions.has(word) && EXCEPTIONS[path]?.includes(word) !== true)
        .map((word) => `${path} uses ${word}`),
    );
    expect(found).toEqual([]);
  });
});

test("no exception is kept that nobody needs", () => {
  const files = portable.flatMap((workspace) => sourceFiles(workspace));
  const stale = Object.entries(EXCEPTIONS).flatMap(([path, words]) => {
    const file = files.find((candidate) => candidate.path === path);
    return words.filter((word) => file?.mentions.has(word) !== true).map((word) => `${path}: ${word}`);
  });
  expect(stale).toEqual([]);
});
