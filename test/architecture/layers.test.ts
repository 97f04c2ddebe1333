import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readWorkspaces, ROOT, rootDevDependencies } from "../../tools/diagram/workspace.ts";
import type { Workspace } from "../../tools/diagram/workspace.ts";
import { isPlatformModule, sourceFiles } from "./source-file.ts";
import type { SourceFile } from "./source-file.ts";

const workspaces = readWorkspaces();
const toolChain = rootDevDependencies();

/** `@streambed/kernel/x` belongs to `@streambed/kernel`, `hono/tiny` to `hono`. */
function packageOf(specifier: string): string {
  const parts = specifier.split("/");
  return specifier.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] ?? "");
}

function wrongImports(workspace: Workspace, file: SourceFile): readonly string[] {
  const allowed = file.isTest ? new Set([...workspace.declaredForTests, ...toolChain]) : workspace.declared;
  return file.specifiers
    .filter(
      (specifier) => !specifier.startsWith(".") && !isPlatformModule(specifier) && !allowed.has(packageOf(specifier)),
    )
    .map((specifier) => `${file.path} imports ${specifier}, which ${workspace.folder}/package.json does not declare`);
}

function escapes(workspace: Workspace, file: SourceFile): readonly string[] {
  return file.specifiers
    .filter((specifier) => specifier.startsWith("."))
    .filter((specifier) => !join(file.path, "..", specifier).startsWith(`${workspace.folder}/`))
    .map((specifier) => `${file.path} reaches out of its package: ${specifier}`);
}

describe.each(workspaces.map((workspace) => [workspace.name, workspace] as const))("%s", (_, workspace) => {
  test("depends only on packages of smaller layers", () => {
    const wrong = workspace.uses.filter((name) => {
      const used = workspaces.find((other) => other.name === name);
      return used === undefined || used.layer >= workspace.layer;
    });
    expect(wrong).toEqual([]);
  });

  test("imports only what its manifest declares", () => {
    expect(sourceFiles(workspace).flatMap((file) => wrongImports(workspace, file))).toEqual([]);
  });

  test("reaches other packages by name, never by path", () => {
    expect(sourceFiles(workspace).flatMap((file) => escapes(workspace, file))).toEqual([]);
  });

  test("has TypeScript project references to exactly the packages it depends on", () => {
    const path = join(ROOT, workspace.folder, "tsconfig.json");
    // Our own file, checked by tsc in the same run.
    const { references = [] } = JSON.parse(readFileSync(path, "utf8")) as { references?: readonly { path: string }[] };
    const referenced = references.map((reference) => join(workspace.folder, reference.path).replace(/\/$/, ""));
    const used = workspaces.filter(({ name }) => workspace.uses.includes(name)).map(({ folder }) => folder);
    expect(referenced.toSorted()).toEqual(used.toSorted());
  });
});

test("nothing but tests depends on the testing package", () => {
  expect(workspaces.filter(({ uses }) => uses.includes("@streambed/testing")).map(({ name }) => name)).toEqual([]);
});
