import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installOnce } from "./cache.ts";
import { run } from "./processes.ts";

const SOURCES = fileURLToPath(new URL("./franz/", import.meta.url));

/** Builds the franz-go agent (our program, its modules from the Go module proxy) and returns the binary. */
export async function installFranz(): Promise<string> {
  const contents = await Promise.all(
    ["go.mod", "go.sum", "main.go", "digest.go"].map((f) => readFile(join(SOURCES, f))),
  );
  const folder = await installOnce({
    name: "franz",
    recipe: contents.map((content) => createHash("sha256").update(content).digest("hex")).join(),
    install: async (target) => {
      await run("go", ["build", "-o", join(target, "agent"), "."], { cwd: SOURCES, env: { CGO_ENABLED: "0" } });
    },
  });
  return join(folder, "agent");
}
