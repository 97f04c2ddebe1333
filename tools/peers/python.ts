import { join } from "node:path";
import { installOnce } from "./cache.ts";
import { run } from "./processes.ts";

/** kafka-python and the codec packages it looks for at run time. */
const REQUIREMENTS = ["kafka-python==3.0.12", "python-snappy==0.7.3", "lz4==4.4.5", "zstandard==0.25.0", "crc32c"];

/** Installs kafka-python into a virtual environment and returns its interpreter. */
export async function installPython(): Promise<string> {
  const folder = await installOnce({
    name: "python",
    recipe: REQUIREMENTS.join("\n"),
    install: async (target) => {
      await run("python3", ["-m", "venv", target]);
      await run(join(target, "bin", "pip"), ["install", "-q", "--disable-pip-version-check", ...REQUIREMENTS]);
    },
  });
  return join(folder, "bin", "python");
}
