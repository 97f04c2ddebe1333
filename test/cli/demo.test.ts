import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { startServerProcess } from "../server/server-process.ts";

const MAIN = fileURLToPath(new URL("../../apps/cli/src/demo/main.ts", import.meta.url));

function demo(...args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, ["--conditions=@streambed/source", MAIN, ...args]);
}

// Each of these starts a server and a client process, which takes a while on a busy machine.
const PATIENCE_MS = 60_000;

test(
  "the demo loads real data and finds it again through both doors",
  async () => {
    const { stdout, stderr } = await demo("--only", "stocks", "--only", "earthquakes");
    expect(stderr).toContain("2,267 records of vega-datasets");
    expect(stdout).toMatch(/earthquakes +place +1219 +1707 +\d+ +equal +equal/);
    expect(stdout).toMatch(/stocks +symbol +5 +560 +\d+ +equal +equal/);
  },
  PATIENCE_MS,
);

test(
  "the demo does not mix with records that are there already",
  async () => {
    const args = ["--store", "memory:", "--config", "group.initial.rebalance.delay.ms=0"];
    await using server = await startServerProcess({ args });
    const target = ["--bootstrap", server.bootstrap, "--rest-url", server.restUrl, "--only", "stocks"];
    await demo(...target);
    await expect(demo(...target)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining("streambed topics delete stocks"),
    });
  },
  PATIENCE_MS,
);
