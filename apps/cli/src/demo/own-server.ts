import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where to find a cluster. */
export interface Cluster extends AsyncDisposable {
  readonly bootstrap: string;
  readonly restUrl: string;
}

/** Long enough for both members of the demo's group to join at once. */
const QUICK = ["--config", "group.initial.rebalance.delay.ms=500"];

/** Starts a server process on free ports over a temporary folder; disposing it stops it and removes the folder. */
export async function startOwnServer(): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), "streambed-demo-"));
  const main = fileURLToPath(new URL("main.ts", import.meta.resolve("@streambed/server")));
  const args = [...process.execArgv, main, "--data", folder, "--kafka-port", "0", "--http-port", "0", ...QUICK];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  let said = "";
  for await (const chunk of child.stdout) {
    said += String(chunk);
    if (said.includes("Ctrl-C")) break;
  }
  const bootstrap = /Kafka +(\S+)/.exec(said)?.[1];
  const restUrl = /REST +(\S+)/.exec(said)?.[1];
  if (bootstrap === undefined || restUrl === undefined) throw new Error("The server did not start; see above.");
  return {
    bootstrap,
    restUrl,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
