import { brokerModules, createBroker, inProcessTransport, type BrokerSettings } from "@streambed/broker";
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
    streambed: (args, input) => tool(streambed, args, input),
    async [Symbol.asyncDispose]() {
      await broker.close();
      await log.close();
    },
  };
}

/** A terminal that reads a text and keeps what is written. */
export function bufferTerminal(input: string): { terminal: Terminal; stdout: () => string; stderr: () => string } {
  const out: Buffer[] = [];
  let err = "";
  const terminal: Terminal = {
    input: (async function* lines() {
      if (input !== "") yield Buffer.from(input);
    })(),
    interactive: false,
    write: (chunk) => Promise.resolve(void out.push(Buffer.from(chunk))),
    say: (line) => {
      err += `${line}\n`;
    },
    stopped: new AbortController().signal,
    environment: {},
  };
  return { terminal, stdout: () => Buffer.concat(out).toString(), stderr: () => err };
}
