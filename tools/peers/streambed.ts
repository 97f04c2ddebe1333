import { spawn, type ChildProcess } from "node:child_process";
import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { bundleApp } from "../bundle/bundle-app.ts";
import { freePort, stopProcess, waitForPort } from "./processes.ts";

export interface StreambedServer extends AsyncDisposable {
  readonly bootstrap: string;
  readonly process: ChildProcess;
  readonly stop: () => Promise<void>;
}

export interface StreambedOptions {
  /** Kept between starts. */
  readonly dir: string;
  readonly port: number;
  readonly httpPort: number;
}

let bundle: Promise<string> | undefined;

/** Bundles the server as `npm start` does, once; resolves with its main file. */
export function bundleStreambed(): Promise<string> {
  bundle ??= bundleApp("server");
  return bundle;
}

/** Spawns our own server without waiting for it; those who measure the wait call {@link bundleStreambed} before. */
export async function spawnStreambed({ dir, port, httpPort }: StreambedOptions): Promise<ChildProcess> {
  await mkdir(dir, { recursive: true });
  const log = await open(join(dir, "server.log"), "a");
  const flags = ["--data", join(dir, "data"), "--kafka-port", String(port), "--http-port", String(httpPort)];
  const child = spawn(process.execPath, [await bundleStreambed(), ...flags], { stdio: ["ignore", log.fd, log.fd] });
  await log.close();
  return child;
}

/** Starts our own server on loopback over a folder and waits until it accepts connections. */
export async function startStreambed(options: { readonly dir: string }): Promise<StreambedServer> {
  const [port, httpPort] = [await freePort(), await freePort()];
  const child = await spawnStreambed({ dir: options.dir, port, httpPort });
  const stop = (): Promise<void> => stopProcess(child);
  await waitForPort(port, child).catch(async (error: unknown) => {
    await stop();
    throw new Error(`the server did not start; see ${join(options.dir, "server.log")}`, { cause: error });
  });
  return { bootstrap: `127.0.0.1:${port}`, process: child, stop, [Symbol.asyncDispose]: stop };
}
