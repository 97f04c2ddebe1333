import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { diagramIn, renderDiagram } from "../../tools/diagram/render.ts";
import { readWorkspaces, ROOT } from "../../tools/diagram/workspace.ts";

test("the README's diagram says what the manifests say (npm run diagram writes it)", () => {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  expect(diagramIn(readme)).toBe(renderDiagram(readWorkspaces()));
});
