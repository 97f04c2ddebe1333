import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { generate } from "./generate.ts";

// Writes packages/protocol/src/generated anew, so that a removed definition leaves nothing behind.
const target = fileURLToPath(new URL("../../packages/protocol/src/generated/", import.meta.url));
rmSync(target, { recursive: true, force: true });
const files = generate();
for (const [path, text] of files) {
  const file = join(target, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
console.log(`${files.size} files written to packages/protocol/src/generated`);
