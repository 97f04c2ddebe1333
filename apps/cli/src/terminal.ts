import { once } from "node:events";
import { addAbortSignal } from "node:stream";
import { StreambedError } from "@streambed/kernel";
import { onStopSignal } from "@streambed/runtime-node";

/** What a command reads from and writes to. Tests pass their own. */
export interface Terminal {
  /** Standard input. Rejects once stopped, also in the middle of a line. */
  readonly input: AsyncIterable<Uint8Array>;
  /** True when a person types the input, so that a prompt makes sense. */
  readonly interactive: boolean;
  /** Standard output: data only. Resolves when more may be written; rejects with `OUTPUT_CLOSED` (a closed pipe). */
  write(output: string | Uint8Array): Promise<void>;
  /** Standard error: everything that is not data. A line end is added. */
  say(line: string): void;
  /** Aborts on Ctrl-C and SIGTERM; the reason is the name of the signal. */
  readonly stopped: AbortSignal;
  /** Settings of the environment, e.g. `STREAMBED_BOOTSTRAP_SERVER`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const stop = new AbortController();
  onStopSignal((signal) => stop.abort(signal));
  // `| head` closes the pipe early; the next write reports it.
  process.stdout.on("error", () => undefined);
  return {
    input: inputUntil(stop.signal),
    interactive: process.stdin.isTTY && process.stdout.isTTY,
    write: writeToOutput,
    say: (line) => void process.stderr.write(`${line}\n`),
    stopped: stop.signal,
    environment: process.env,
  };
}

/** Without an end, a read under way would keep the process from ending. */
async function* inputUntil(stopped: AbortSignal): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of addAbortSignal(stopped, process.stdin)) yield chunk as Uint8Array;
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
