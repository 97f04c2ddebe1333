import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseSync } from "rolldown/utils";
import { ROOT } from "../../tools/diagram/workspace.ts";
import type { Workspace } from "../../tools/diagram/workspace.ts";

/** What a package offers, one line for each name: `. createClient` or `. type Client`. */
export function publicExports(workspace: Workspace): string {
  const lines = [...workspace.entries].flatMap(([subpath, source]) =>
    exportsOf(join(workspace.folder, source))
      .toSorted()
      .map((name) => `${subpath} ${name}`),
  );
  return lines.map((line) => `${line}\n`).join("");
}

function exportsOf(path: string): readonly string[] {
  const { module } = parseSync(path, readFileSync(join(ROOT, path), "utf8"));
  return module.staticExports
    .flatMap(({ entries }) => entries)
    .flatMap(({ exportName, isType, moduleRequest }) => {
      if (exportName.name !== null) return isType ? `type ${exportName.name}` : exportName.name;
      // `export * from "./x.ts"`: what it stands for. Another package's names are not ours to pass on unseen.
      const from = moduleRequest?.value ?? "";
      return from.startsWith(".") ? exportsOf(join(dirname(path), from)) : `* from ${from}`;
    });
}
