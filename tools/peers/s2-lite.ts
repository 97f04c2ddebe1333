import { spawn } from "node:child_process";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { type Crate, installCrate, installLoad } from "./cargo.ts";
import { freePort, stopProcess, waitForPort } from "./processes.ts";
import { s3Environment, type S3Server } from "./s3.ts";

export const s2LiteVersion = "0.43.4";

const CRATE: Crate = {
  name: `s2-lite-${s2LiteVersion}`,
  args: ["s2-lite", "--version", s2LiteVersion, "--locked"],
  binary: "server",
};

/** Compiles s2-lite and returns its program. */
export function installS2Lite(): Promise<string> {
  return installCrate(CRATE);
}

/** Compiles the program that appends to and reads from an S2 server; the head of its main.rs has its arguments. */
export function installS2Load(): Promise<string> {
  return installLoad("s2-load");
}

/** A server that speaks S2 over HTTP. */
export interface S2LiteServer extends AsyncDisposable {
  readonly endpoint: string;
}

/** Starts s2-lite on a bucket, with its own defaults: it flushes every 50 ms and acknowledges what is durable. */
export async function startS2Lite(options: {
  readonly dir: string;
  readonly s3: S3Server;
  readonly bucket: string;
}): Promise<S2LiteServer> {
  const binary = await installS2Lite();
  const port = await freePort();
  const log = await open(join(options.dir, "s2-lite.log"), "a");
  const child = spawn(binary, ["--bucket", options.bucket, "--port", String(port), "--no-dashboard"], {
    env: { ...process.env, ...s3Environment(options.s3), RUST_LOG: "warn" },
    stdio: ["ignore", log.fd, log.fd],
  });
  await log.close();
  const stop = (): Promise<void> => stopProcess(child);
  await waitForPort(port, child).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { endpoint: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: stop };
}
