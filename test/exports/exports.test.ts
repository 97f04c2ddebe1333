import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { readWorkspaces, ROOT } from "../../tools/diagram/workspace.ts";
import { publicExports } from "./public-exports.ts";

const run = promisify(execFile);
const packages = readWorkspaces().filter(({ folder }) => folder.startsWith("packages/"));

// Packages that only make sense inside something Node does not have.
const NEEDS = new Map([["@streambed/testing", "a Vitest run"]]);

describe.each(packages.map((workspace) => [workspace.name, workspace] as const))("%s", (name, workspace) => {
  test("exports what it did (npx vitest run test/exports --update accepts a change)", async () => {
    await expect(publicExports(workspace)).toMatchFileSnapshot(`snapshots/${workspace.shortName}.txt`);
  });

  test("passes on no other package wholesale, and its index has at most 60 lines", () => {
    expect(publicExports(workspace)).not.toContain("* from");
    const index = readFileSync(join(ROOT, workspace.folder, "src/index.ts"), "utf8");
    expect(index.trimEnd().split("\n").length).toBeLessThanOrEqual(60);
  });

  test.skipIf(NEEDS.has(name))("its build can be imported alone", async () => {
    const built = join(ROOT, workspace.folder, "dist/index.js");
    expect(existsSync(built), `${built} is missing: run npx tsc -b first`).toBe(true);
    const script = `console.log(Object.keys(await import(${JSON.stringify(name)})).length)`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script], { cwd: ROOT });
    expect(Number(stdout)).toBeGreaterThanOrEqual(0);
  });

  test("has a README that shows how to import it", () => {
    const readme = readFileSync(join(ROOT, workspace.folder, "README.md"), "utf8");
    expect(readme).toContain(name);
    expect(readme).toContain("```ts");
  });
});
