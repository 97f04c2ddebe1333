import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Lockfile, missingOptionals } from "./missing-optionals.ts";

test("packages of other platforms are added with what their name says", () => {
  const optionalDependencies = {
    "@x/linux-x64-musl": "1.2.3",
    "@x/darwin-arm64": "1.2.3",
    "@x/linux-x64-gnu": "1.2.3",
    "@x/any": ">=1",
  };
  const packages = {
    "node_modules/x": { version: "1.2.3", dev: true, optionalDependencies },
    "node_modules/@x/linux-x64-gnu": { version: "1.2.3" },
  };
  expect(missingOptionals({ packages })).toEqual({
    "node_modules/@x/linux-x64-musl": {
      version: "1.2.3",
      cpu: ["x64"],
      libc: ["musl"],
      os: ["linux"],
      dev: true,
      optional: true,
    },
    "node_modules/@x/darwin-arm64": { version: "1.2.3", cpu: ["arm64"], os: ["darwin"], dev: true, optional: true },
  });
});

test("a package that is nested counts as there", () => {
  const packages = {
    "node_modules/a/node_modules/x": { version: "1.0.0", optionalDependencies: { y: "1.0.0", z: "1.0.0" } },
    "node_modules/a/node_modules/x/node_modules/y": { version: "1.0.0" },
    "node_modules/z": { version: "1.0.0" },
  };
  expect(missingOptionals({ packages })).toEqual({});
});

test("our lockfile lacks none, so npm ci accepts it (node tools/lockfile/complete.ts adds them)", () => {
  const text = readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8");
  expect(missingOptionals(JSON.parse(text) as Lockfile)).toEqual({});
});
