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
  /** Where data goes instead of a folder in `dir`: what `--store` takes. */
  readonly store?: string;
  /** Further flags of the server. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

let bundle: Promise<string> | undefined;

/** Bundles the server as `npm start` does, once; resolves with its main file. */
export function bundleStreambed(): Promise<string> {
  bundle ??= bundleApp("server");
  return bundle;
}

/** Spawns our own server without waiting for it; those who measure the wait call {@link bundleStreambed} before. */
export async function spawnStreambed(options: StreambedOptions): Promise<ChildProcess> {
  const { dir, port, httpPort, args = [], env } = options;
  await mkdir(dir, { recursive: true });
  const log = await open(join(dir, "server.log"), "a");
  const doors = ["--kafka-port", String(port), "--http-port", String(httpPort)];
  const flags = ["--store", options.store ?? join(dir, "data"), ...doors, ...args];
  const child = spawn(process.execPath, [await bundleStreambed(), ...flags], {
    env: { ...process.env, ...env },
    stdio: ["ignore", log.fd, log.fd],
  });
  await log.close();
  return child;
}

/** Starts our own server on loopback, over a folder unless told otherwise, and waits until it accepts connections. */
export async function startStreambed(
  options: Omit<StreambedOptions, "port" | "httpPort"> & { readonly port?: number },
): Promise<StreambedServer> {
  const [port, httpPort] = [options.port ?? (await freePort()), await freePort()];
  const child = await spawnStreambed({ ...options, port, httpPort });
  const stop = (): Promise<void> => stopProcess(child);
  await waitForPort(port, child).catch(async (error: unknown) => {
    await stop();
    throw new Error(`the server did not start; see ${join(options.dir, "server.log")}`, { cause: error });
  });
  return { bootstrap: `127.0.0.1:${port}`, process: child, stop, [Symbol.asyncDispose]: stop };
}
