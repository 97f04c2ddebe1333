import { setTimeout as wait } from "node:timers/promises";
import { hasCode, systemClock } from "@streambed/kernel";
import { consoleLogger, untilStopSignal } from "@streambed/runtime-node";
import { banner } from "./banner.ts";
import { HELP } from "./help.ts";
import { parseServeArgs } from "./serve-options.ts";
import { startErrorText } from "./start-error.ts";
import { startServer } from "./start-server.ts";
import { version } from "./version.ts";

/** How long a clean end may take: less than the ten seconds after which Docker kills, milliseconds. */
const STOP_PATIENCE_MS = 8_000;

/** Where the server speaks to its operator. */
export interface ServerOutput {
  /** Standard output: help and the banner. */
  write(text: string): unknown;
  /** Standard error: one sentence on what went wrong. */
  say(line: string): void;
}

/**
 * Runs the server until it is asked to stop. Returns the exit code: 0 after a clean end, 1 when it could not start, must
 * not go on, or could not end in time, 2 when the command line is wrong.
 */
export async function runServer(args: readonly string[], output: ServerOutput): Promise<number> {
  const clock = systemClock();
  try {
    const options = parseServeArgs(args, process.env);
    if (options === "help") return say(output, HELP);
    if (options === "version") return say(output, `${version()}\n`);
    const stop = untilStopSignal();
    const logger = consoleLogger({ format: options.logFormat, level: options.logLevel, now: () => clock.now() });
    const lost = Promise.withResolvers<never>();
    const host = { logger, onMustEnd: lost.reject };
    const server = await Promise.race([startServer(options, host), stop, lost.promise]);
    // Asked to stop before it was ready: nothing was acknowledged, so the process may just end.
    if (typeof server === "string") return 0;
    // The time since the process began is what an operator waits for.
    output.write(banner({ ...server, version: version(), startMs: performance.now() }));
    const signal = await Promise.race([stop, lost.promise]);
    logger.log("info", "server.stopping", { signal });
    if (await endsInTime(server.close())) return 0;
    output.say(
      "Streambed stops without the last answers of its store, which has not given them for 8 s. What was acknowledged is safe; a write that was not may or may not be stored.",
    );
    return 1;
  } catch (thrown) {
    output.say(startErrorText(thrown));
    return hasCode(thrown, "USAGE") ? 2 : 1;
  }
}

async function endsInTime(closed: Promise<void>): Promise<boolean> {
  using patience = new DisposableStack();
  const calledOff = new AbortController();
  patience.defer(() => calledOff.abort());
  const { signal } = calledOff;
  return await Promise.race([closed.then(() => true), wait(STOP_PATIENCE_MS, false, { signal })]);
}

function say(output: ServerOutput, text: string): number {
  output.write(text);
  return 0;
}
