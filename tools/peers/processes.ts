import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** How much of a child's standard error is kept for the error message. */
const STDERR_TAIL_BYTES = 4096;

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  /** Kills the child and fails after this long. Default ten minutes. */
  readonly timeoutMs?: number;
}

export interface RunResult {
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs a command to its end. Throws with the end of its standard error when it fails. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
    timeout: options.timeoutMs ?? 600_000,
    killSignal: "SIGKILL",
  });
  const out: Buffer[] = [];
  const tail = stderrTail(child);
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  // A child that exits before reading all its input is judged by its exit code, not by our EPIPE.
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  const stdout = Buffer.concat(out);
  if (code === 0) return { stdout, stderr: tail() };
  const said = tail().trim() || stdout.toString("utf8").slice(-STDERR_TAIL_BYTES).trim();
  throw new Error(`${command} ${args.slice(0, 4).join(" ")} ended with ${signal ?? code}: ${said}`);
}

/** Collects the end of a child's standard error; call the result to read it. */
export function stderrTail(child: ChildProcess): () => string {
  let kept = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    kept = (kept + chunk.toString("utf8")).slice(-STDERR_TAIL_BYTES);
  });
  return () => kept;
}

/** A port nobody listens on. The kernel hands it out again late, so a race is unlikely, not impossible. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no TCP address for a loopback listener");
  return address.port;
}

/** Waits until something accepts connections, or fails as soon as the process that should do so ends. */
export async function waitForPort(port: number, child: ChildProcess, timeoutMs = 180_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`the process for port ${port} ended with ${child.signalCode ?? child.exitCode}`);
    }
    if (await accepts(port)) return;
    await sleep(10);
  }
  throw new Error(`nothing listens on port ${port} after ${timeoutMs} ms`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** Ends a child politely, then by force. Safe to call twice. */
export async function stopProcess(child: ChildProcess, graceMs = 60_000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const force = setTimeout(() => child.kill("SIGKILL"), graceMs);
  await ended;
  clearTimeout(force);
}
