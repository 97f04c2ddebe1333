import { once } from "node:events";
import { StreambedError } from "@streambed/kernel";

/** What a command reads from and writes to. Tests pass their own. */
export interface Terminal {
  /** Standard input. */
  readonly input: AsyncIterable<Uint8Array>;
  /** True when a person types the input, so that a prompt makes sense. */
  readonly interactive: boolean;
  /** Standard output: data only. Resolves when more may be written; rejects with `OUTPUT_CLOSED` (a closed pipe). */
  write(output: string | Uint8Array): Promise<void>;
  /** Standard error: everything that is not data. A line end is added. */
  say(line: string): void;
  /** Aborts on Ctrl-C and SIGTERM. */
  readonly stopped: AbortSignal;
  /** Settings of the environment, e.g. `STREAMBED_BOOTSTRAP_SERVER`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const stop = new AbortController();
  const onSignal = (): void => {
    // The second time the operator does not want to wait.
    if (stop.signal.aborted) process.exit(130);
    stop.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  // `| head` closes the pipe early; the next write reports it.
  process.stdout.on("error", () => undefined);
  return {
    input: process.stdin,
    interactive: process.stdin.isTTY && process.stdout.isTTY,
    write: writeToOutput,
    say: (line) => void process.stderr.write(`${line}\n`),
    stopped: stop.signal,
    environment: process.env,
  };
}

async function writeToOutput(output: string | Uint8Array): Promise<void> {
  const { stdout } = process;
  if (stdout.errored !== null || stdout.destroyed) throw outputClosed(stdout.errored);
  if (stdout.write(output)) return;
  await once(stdout, "drain").catch((thrown: unknown) => {
    throw outputClosed(thrown);
  });
}

function outputClosed(cause: unknown): StreambedError {
  return new StreambedError({
    kind: "unavailable",
    code: "OUTPUT_CLOSED",
    message: "Nobody reads the output any more.",
    cause,
  });
}
