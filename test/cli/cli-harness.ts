import { brokerModules, createBroker, inProcessTransport, type BrokerSettings } from "@streambed/broker";
import type { Transport } from "@streambed/client";
import { type CliContext, runProgram, streambedProgram, type Terminal } from "@streambed/cli";
import { seededRandom, systemClock, systemRandom } from "@streambed/kernel";
import { openShardLog } from "@streambed/log-storage";
import { memoryStore } from "@streambed/store-memory";

/** What a command printed, and how it ended. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one program of the command line. */
export type Program = (context: CliContext, args: readonly string[]) => Promise<number>;

/** A broker in this process, and a command line in front of it. */
export interface CliHarness extends AsyncDisposable {
  /** Runs `streambed` with these arguments and this input. */
  streambed(args: readonly string[], input?: string): Promise<Ran>;
  /** Runs one of the stand-ins for Kafka's tools. */
  tool(program: Program, args: readonly string[], input?: string): Promise<Ran>;
  /** The way to the broker, for tests that put something in between. */
  readonly transport: Transport;
}

/** Runs `streambed` over this transport, until it ends or the signal aborts. */
export async function runStreambed(
  args: readonly string[],
  parts: {
    readonly transport: Transport;
    readonly input?: string | AsyncIterable<Uint8Array>;
    readonly stopped?: AbortSignal;
  },
): Promise<Ran> {
  const { terminal, stdout, stderr } = bufferTerminal(parts.input ?? "", parts.stopped);
  const context = { terminal, transport: parts.transport, clock: systemClock(), random: seededRandom(1) };
  const code = await runProgram(streambedProgram(context), { args, terminal });
  return { code, stdout: stdout(), stderr: stderr() };
}

/** Opens a broker in memory; rebalances do not wait for more members. */
export async function cliHarness(settings: Partial<BrokerSettings> = {}): Promise<CliHarness> {
  const clock = systemClock();
  const random = systemRandom();
  const log = await openShardLog({ store: memoryStore(), modules: brokerModules, clock, random });
  const broker = createBroker(
    { log, clusterId: "test", clock, random },
    { groupInitialRebalanceDelayMs: 0, ...settings },
  );
  const transport = inProcessTransport(broker);
  const tool = async (program: Program, args: readonly string[], input = ""): Promise<Ran> => {
    const { terminal, stdout, stderr } = bufferTerminal(input);
    const code = await program({ terminal, transport, clock, random: seededRandom(1) }, args);
    return { code, stdout: stdout(), stderr: stderr() };
  };
  const streambed: Program = (context, args) =>
    runProgram(streambedProgram(context), { args, terminal: context.terminal });
  return {
    tool,
    transport,
    streambed: (args, input) => tool(streambed, args, input),
    async [Symbol.asyncDispose]() {
      await broker.close();
      await log.close();
    },
  };
}

/** A terminal that reads a text and keeps what is written. */
export function bufferTerminal(
  input: string | AsyncIterable<Uint8Array>,
  stopped: AbortSignal = new AbortController().signal,
): { terminal: Terminal; stdout: () => string; stderr: () => string } {
  const out: Buffer[] = [];
  let err = "";
  const terminal: Terminal = {
    input: typeof input === "string" ? chunksOf(input) : input,
    interactive: false,
    write: (chunk) => Promise.resolve(void out.push(Buffer.from(chunk))),
    say: (line) => {
      err += `${line}\n`;
    },
    stopped,
    environment: {},
  };
  return { terminal, stdout: () => Buffer.concat(out).toString(), stderr: () => err };
}

async function* chunksOf(input: string): AsyncGenerator<Uint8Array, void> {
  if (input !== "") yield Buffer.from(input);
}
