import { type Command, InvalidArgumentError } from "commander";
import type { Client } from "@streambed/client";
import { DEFAULT_BOOTSTRAP, parseBootstrap } from "./bootstrap.ts";
import { type CliContext, type ClientSettings, openClient } from "./context.ts";

/** Options every command that talks to a broker has. */
export interface BrokerOptions {
  readonly bootstrapServer: string;
}

/** Adds `--bootstrap-server`, with its default from `STREAMBED_BOOTSTRAP_SERVER`. */
export function addBootstrap(command: Command, context: CliContext): Command {
  return command.option(
    "-b, --bootstrap-server <host:port>",
    "broker to talk to (or set STREAMBED_BOOTSTRAP_SERVER)",
    context.terminal.environment["STREAMBED_BOOTSTRAP_SERVER"] ?? DEFAULT_BOOTSTRAP,
  );
}

/** Opens a client for a command and closes it afterwards, also when the command fails. */
export async function withClient<T>(
  context: CliContext,
  options: BrokerOptions & { readonly settings?: ClientSettings },
  run: (client: Client) => Promise<T>,
): Promise<T> {
  const bootstrap = parseBootstrap(options.bootstrapServer);
  await using client = await openClient(context, bootstrap, { clientId: "streambed-cli", ...options.settings });
  return await run(client);
}

/** Examples at the end of a command's help. */
export function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join("\n")}`;
}

/** Commander parser: a whole number from `min` up. */
export function wholeNumber(min: number, max: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value) || value < min || value > max) {
      throw new InvalidArgumentError(`It must be a whole number from ${min}${max < 2 ** 53 - 1 ? ` to ${max}` : ""}.`);
    }
    return value;
  };
}

/** Commander parser: an option that may be given several times. */
export function repeated(text: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), text];
}

/** Gives the values of a batch call, or throws the first failure. */
export function allOk<T extends object>(
  results: readonly (({ readonly ok: true } & T) | { readonly ok: false; readonly error: Error })[],
): readonly T[] {
  return results.map((result) => {
    if (!result.ok) throw result.error;
    return result;
  });
}
