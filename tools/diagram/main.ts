import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderDiagram, withDiagram } from "./render.ts";
import { readWorkspaces, ROOT } from "./workspace.ts";

// npm run diagram: writes the packages and their imports into README.md, from the manifests.
const path = join(ROOT, "README.md");
writeFileSync(path, withDiagram(readFileSync(path, "utf8"), renderDiagram(readWorkspaces())));
