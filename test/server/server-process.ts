import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../apps/server/src/main.ts", import.meta.url));

/** Servers that run now. A test that times out never gets to end its own. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** A finished run of the server. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A server process that answers. */
export interface ServerProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  /** `host:port` for Kafka clients, as the banner says. */
  readonly bootstrap: string;
  readonly kafkaPort: number;
  readonly restUrl: string;
  readonly httpPort: number;
  /** Milliseconds from spawn to banner. */
  readonly startMs: number;
  readonly output: () => { readonly stdout: string; readonly stderr: string };
  /** Sends a signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<Finished>;
}

/** How to run it. `args` come after ports and log level. */
export interface ServerRun {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Default 0: a free one. */
  readonly kafkaPort?: number;
  readonly httpPort?: number;
  /** The file to run. Default: the server's source. */
  readonly main?: string;
}

interface Spawned {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly ended: Promise<Finished>;
  /** Resolves when standard output holds the text; rejects when the process ends first. */
  readonly said: (text: string) => Promise<void>;
}

/** Starts the real server on free ports and waits for its banner. */
export async function startServerProcess(run: ServerRun = {}): Promise<ServerProcess> {
  const began = performance.now();
  const spawned = spawnServer(run);
  await spawned.said("Ctrl-C");
  const startMs = performance.now() - began;
  const { child } = spawned;
  const bootstrap = /Kafka +(\S+)/.exec(spawned.stdout())?.[1] ?? "";
  const restUrl = /REST +(\S+)/.exec(spawned.stdout())?.[1] ?? "";
  const stop = async (signal: NodeJS.Signals = "SIGTERM"): Promise<Finished> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return await spawned.ended;
  };
  return {
    child,
    bootstrap,
    kafkaPort: Number(bootstrap.split(":").at(-1)),
    restUrl,
    httpPort: Number(new URL(restUrl).port),
    startMs,
    output: () => ({ stdout: spawned.stdout(), stderr: spawned.stderr() }),
    stop,
    async [Symbol.asyncDispose]() {
      await stop("SIGKILL");
    },
  };
}

/** Runs the server until it ends by itself: help, and everything that keeps it from starting. */
export function runServerProcess(run: ServerRun = {}): Promise<Finished> {
  return spawnServer(run).ended;
}

function spawnServer({ args = [], env = {}, kafkaPort = 0, httpPort = 0, main = MAIN }: ServerRun): Spawned {
  const ports = ["--kafka-port", String(kafkaPort), "--http-port", String(httpPort)];
  const child = spawn(process.execPath, ["--conditions=@streambed/source", main, ...ports, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  running.add(child);
  child.once("exit", () => running.delete(child));
  let stdout = "";
  let stderr = "";
  const waiting = new Set<() => void>();
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
    for (const look of waiting) look();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = once(child, "close").then(([code]: (number | null)[]) => ({ code: code ?? null, stdout, stderr }));
  const said = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!stdout.includes(text)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
      void ended.then(({ code }) => reject(new Error(`The server ended with ${code}: ${stderr}${stdout}`)));
    });
  return { child, stdout: () => stdout, stderr: () => stderr, ended, said };
}

/** A folder that is gone afterwards. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "streambed-test-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
