import { createClient, type Address, type Client, type ClientOptions, type Transport } from "@streambed/client";
import { StreambedError, systemClock, systemRandom, type Clock, type Random } from "@streambed/kernel";
import { tcpTransport } from "@streambed/runtime-node";
import { codecs } from "./codecs.ts";
import { ADMIN_TIMEOUT_MS, FIRST_ANSWER_MS_MAX } from "./limits.ts";
import type { Terminal } from "./terminal.ts";

/** What every command is given. */
export interface CliContext {
  readonly terminal: Terminal;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
}

/** Client settings a command or a user may choose. */
export type ClientSettings = Partial<Omit<ClientOptions, "transport" | "bootstrap" | "clock" | "random">>;

/** The context of this process: real sockets, real time. */
export function systemContext(terminal: Terminal): CliContext {
  return { terminal, transport: tcpTransport(), clock: systemClock(), random: systemRandom() };
}

/**
 * Opens a client after one broker has answered, so that a wrong address is reported at once and not after the
 * client's patience. Rejects with `CONNECTION_REFUSED`.
 */
export async function openClient(
  context: CliContext,
  bootstrap: readonly Address[],
  settings: ClientSettings = {},
): Promise<Client> {
  await firstAnswer(context, bootstrap);
  const { transport, clock, random } = context;
  return createClient({
    codecs: codecs(),
    defaultApiTimeoutMs: ADMIN_TIMEOUT_MS,
    ...settings,
    transport,
    bootstrap,
    clock,
    random,
  });
}

/** Tries the addresses one after the other; the error names the last one. */
async function firstAnswer(context: CliContext, bootstrap: readonly Address[]): Promise<void> {
  let refused: unknown;
  for (const address of bootstrap) {
    try {
      const patience = AbortSignal.timeout(FIRST_ANSWER_MS_MAX);
      const connection = await context.transport.connect(
        address,
        AbortSignal.any([patience, context.terminal.stopped]),
      );
      connection.close();
      return;
    } catch (thrown) {
      refused = thrown;
    }
  }
  throw (
    refused ?? new StreambedError({ kind: "invalid", code: "INVALID_BOOTSTRAP_SERVER", message: "No broker named." })
  );
}
