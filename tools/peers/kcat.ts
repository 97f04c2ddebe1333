import { commandWorks, ensureSystemPackage } from "./packages.ts";

/** Makes sure that `kcat` (librdkafka's command line) can be started and returns its command. */
export async function installKcat(): Promise<string> {
  await ensureSystemPackage("kcat", () => commandWorks("kcat", ["-V"]));
  return "kcat";
}
