import { spawn } from "node:child_process";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { type Crate, installCrate } from "./cargo.ts";
import { freePort, stopProcess, waitForPort } from "./processes.ts";
import { s3Environment, type S3Server } from "./s3.ts";

/** Nisshi is what Tansu is called since 2026; `nisshi-cli` is its library, `nisshi` has the program. */
export const nisshiVersion = "0.8.1";

const CRATE: Crate = {
  name: `nisshi-${nisshiVersion}`,
  args: ["nisshi", "--version", nisshiVersion, "--locked", "--no-default-features", "--features", "dynostore,slatedb"],
  binary: "nisshi",
};

/** Compiles Nisshi with its two engines for object storage. */
export function installNisshi(): Promise<string> {
  return installCrate(CRATE);
}

/** A broker that speaks Kafka. */
export interface NisshiServer extends AsyncDisposable {
  readonly bootstrap: string;
}

/** Starts Nisshi on a bucket: engine `s3` keeps an object per batch, `slatedb` an LSM tree (deprecated by its authors). */
export async function startNisshi(options: {
  readonly dir: string;
  readonly s3: S3Server;
  readonly bucket: string;
  readonly engine: "s3" | "slatedb";
}): Promise<NisshiServer> {
  const binary = await installNisshi();
  const port = await freePort();
  const address = `tcp://127.0.0.1:${port}`;
  const log = await open(join(options.dir, "nisshi.log"), "a");
  const flags = {
    "--listener-url": address,
    "--advertised-listener-url": address,
    "--storage-engine": `${options.engine}://${options.bucket}/`,
    "--group-initial-rebalance-delay": "0s",
  };
  const child = spawn(binary, ["broker", ...Object.entries(flags).flat()], {
    env: { ...process.env, ...s3Environment(options.s3), RUST_LOG: "warn" },
    stdio: ["ignore", log.fd, log.fd],
  });
  await log.close();
  const stop = (): Promise<void> => stopProcess(child);
  await waitForPort(port, child).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { bootstrap: `127.0.0.1:${port}`, [Symbol.asyncDispose]: stop };
}
