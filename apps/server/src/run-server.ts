import { hasCode, systemClock } from "@streambed/kernel";
import { consoleLogger, untilStopSignal } from "@streambed/runtime-node";
import { banner } from "./banner.ts";
import { HELP } from "./help.ts";
import { parseServeArgs } from "./serve-options.ts";
import { startErrorText } from "./start-error.ts";
import { startServer } from "./start-server.ts";
import { version } from "./version.ts";

/** Where the server speaks to its operator. */
export interface ServerOutput {
  /** Standard output: help and the banner. */
  write(text: string): unknown;
  /** Standard error: one sentence on what went wrong. */
  say(line: string): void;
}

/**
 * Runs the server until it is asked to stop. Returns the exit code: 0 after a clean end, 1 when it could not start,
 * or must not go on, 2 when the command line is wrong.
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
    await server.close();
    return 0;
  } catch (thrown) {
    output.say(startErrorText(thrown));
    return hasCode(thrown, "USAGE") ? 2 : 1;
  }
}

function say(output: ServerOutput, text: string): number {
  output.write(text);
  return 0;
}
