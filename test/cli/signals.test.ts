import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const STREAMBED = `${ROOT}apps/cli/bin/streambed.js`;

/** A broker that takes connections and never answers; the second one is that of the client at work. */
async function silentBroker(): Promise<
  AsyncDisposable & { readonly address: string; readonly clientThere: Promise<void> }
> {
  const { promise: clientThere, resolve } = Promise.withResolvers<void>();
  let connections = 0;
  const server = createServer((socket) => {
    socket.on("error", () => undefined).resume();
    if (++connections === 2) resolve();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  return { address: `127.0.0.1:${port}`, clientThere, [Symbol.asyncDispose]: async () => void server.close() };
}

function codeOf(child: ChildProcess): Promise<number | null> {
  return once(child, "close").then(([code]: (number | null)[]) => code ?? null);
}

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("%s ends a produce whose broker does not answer, though its input is open", async (signal, code) => {
  await using broker = await silentBroker();
  const child = spawn(process.execPath, [STREAMBED, "produce", "t", "-b", broker.address]);
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = codeOf(child);
  child.stdin.write("a\n");
  await broker.clientThere;
  const began = performance.now();
  child.kill(signal);
  expect(await ended).toBe(code);
  expect(performance.now() - began).toBeLessThan(2_000);
  expect(stderr).toBe("Sent 0 records to t; 1 not acknowledged.\n");
});

test("SIGTERM ends a consume whose broker does not answer", async () => {
  await using broker = await silentBroker();
  const child = spawn(process.execPath, [STREAMBED, "consume", "t", "-b", broker.address]);
  const ended = codeOf(child);
  await broker.clientThere;
  const began = performance.now();
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
  expect(performance.now() - began).toBeLessThan(2_000);
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("a second %s ends a program at once, with the code of that signal", async (signal, code) => {
  // As in `serve`: the terminal listens, and so does the server.
  const script = `
    import { processTerminal } from "@streambed/cli";
    import { untilStopSignal } from "@streambed/runtime-node";
    const { stopped, say } = processTerminal();
    untilStopSignal();
    setInterval(() => undefined, 1_000);
    stopped.addEventListener("abort", () => say("again"));
    say("ready");`;
  const args = ["--conditions=@streambed/source", "--input-type=module", "--eval", script];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "ignore", "pipe"] });
  const ended = codeOf(child);
  child.stderr.on("data", () => child.kill(signal));
  expect(await ended).toBe(code);
});
