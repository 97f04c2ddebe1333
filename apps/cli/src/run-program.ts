import { CommanderError, type Command } from "commander";
import { hasCode } from "@streambed/kernel";
import { stopExitCode } from "@streambed/runtime-node";
import { explain } from "./explain.ts";
import type { Terminal } from "./terminal.ts";

/** What a signal has left half done. Scripts must not take it for passed, or for sent. */
const STOPPED_CODES: readonly string[] = ["CHECK_STOPPED", "SENDING_STOPPED"];

/** How a program is run. */
export interface RunOptions {
  /** Arguments after the program's name. */
  readonly args: readonly string[];
  readonly terminal: Terminal;
  /** How an error reads, e.g. with the prefix Kafka's own tool prints. Default: the sentence and what to do next. */
  readonly report?: (thrown: unknown) => string;
}

/**
 * Runs a commander program and returns the exit code: 0, or 1 with a word on standard error.
 * Nothing in it ends the process, so that tests can call it.
 */
export async function runProgram(program: Command, options: RunOptions): Promise<number> {
  const { terminal, report = explain } = options;
  // Timers of the client do not keep a process alive; a command that waits for one must not end early.
  const alive = setInterval(() => undefined, 60_000);
  try {
    tame(program, terminal);
    await program.parseAsync([...options.args], { from: "user" });
    return 0;
  } catch (thrown) {
    // Commander has already said what was wrong (or printed the help that was asked for).
    if (thrown instanceof CommanderError) return thrown.exitCode;
    if (STOPPED_CODES.some((code) => hasCode(thrown, code))) {
      return stopExitCode(terminal.stopped.reason === "SIGTERM" ? "SIGTERM" : "SIGINT");
    }
    if (hasCode(thrown, "OUTPUT_CLOSED") || terminal.stopped.aborted) return 0;
    terminal.say(report(thrown));
    return 1;
  } finally {
    clearInterval(alive);
  }
}

/** Commands throw instead of ending the process, and write where the terminal says. */
function tame(command: Command, terminal: Terminal): void {
  command.exitOverride();
  command.showHelpAfterError("(add --help for the options and examples)");
  command.configureOutput({
    // Help is short and printed once; nobody waits for its back-pressure.
    writeOut: (text) => void terminal.write(text).catch(() => undefined),
    writeErr: (text) => terminal.say(text.trimEnd()),
  });
  for (const child of command.commands) tame(child, terminal);
}
