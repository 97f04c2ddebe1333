import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderStore } from "@streambed/store-fs";
import { memoryStore } from "@streambed/store-memory";
import { testObjectStore } from "@streambed/testing";
import { afterAll, beforeAll, describe } from "vitest";

describe("memory", () => {
  testObjectStore(() => memoryStore());
});

describe("folder", () => {
  let root = "";
  let made = 0;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "streambed-contract-"));
  });
  afterAll(() => rm(root, { recursive: true }));

  testObjectStore(() => folderStore({ directory: join(root, "deeper", `${(made += 1)}`) }), {
    skip: [
      {
        reason: "a path is a file or a directory",
        tests: ["a key and a key below it can both exist"],
      },
    ],
  });
});
