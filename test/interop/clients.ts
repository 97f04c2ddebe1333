import { fileURLToPath } from "node:url";
import { installFranz } from "../../tools/peers/franz.ts";
import { installPython } from "../../tools/peers/python.ts";
import { AgentProcess, type Command } from "./agent-process.ts";
import type { Codec } from "./agents/agent.ts";
import type { Flavour } from "./data-set.ts";
import type { TopicDigest } from "./digest.ts";
import * as javaConsole from "./java-console.ts";
import * as javaPerf from "./java-perf.ts";
import * as kcat from "./kcat.ts";

export interface WriteRequest {
  readonly bootstrap: string;
  readonly topic: string;
  readonly codec: Codec;
  readonly records: number;
  /** Path of the client's flavour as frames. */
  readonly frames: string;
  readonly timeoutMs: number;
}

export interface ReadRequest {
  readonly bootstrap: string;
  readonly topics: Readonly<Record<string, number>>;
  /** Those of the topics whose records do not carry the constant header with the topic's name. */
  readonly unlabelled: ReadonlySet<string>;
  readonly timeoutMs: number;
}

/** One foreign client, as a writer and as a reader. */
export interface InteropClient {
  readonly name: string;
  readonly flavour: Flavour;
  /** What it can put on a record: every header, only one that is the same on all records, or (perf tools) no key. */
  readonly carries: "all" | "constant" | "counter";
  readonly write: (request: WriteRequest) => Promise<void>;
  /** Undefined for tools that only count; they are compared by totals. */
  readonly read: ((request: ReadRequest) => Promise<Record<string, TopicDigest>>) | undefined;
  readonly stop: () => Promise<void>;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const nodeAgent = (file: string) => (): Promise<Command> => Promise.resolve([process.execPath, here(`agents/${file}`)]);

function agentClient(name: string, command: () => Promise<Command>): InteropClient {
  const agent = new AgentProcess(command);
  return {
    name,
    flavour: "binary",
    carries: "all",
    write: async ({ timeoutMs, bootstrap, topic, codec, frames }) => {
      await agent.ask({ do: "write", bootstrap, topic, codec, frames }, timeoutMs);
    },
    read: async ({ bootstrap, topics, timeoutMs }) => {
      const answer = await agent.ask({ do: "read", bootstrap, topics }, timeoutMs);
      return answer.topics ?? {};
    },
    stop: () => agent.stop(),
  };
}

const noProcess = (): Promise<void> => Promise.resolve();

/** Every client of the matrix, fastest reader first: it becomes the one that the others' offsets are compared with. */
export const clients: readonly InteropClient[] = [
  agentClient("franz-go", async () => [await installFranz()]),
  { name: "kcat", flavour: "binary", carries: "constant", write: kcat.write, read: kcat.read, stop: noProcess },
  agentClient("kafkajs", nodeAgent("kafkajs.ts")),
  agentClient("platformatic", nodeAgent("platformatic.ts")),
  agentClient("confluent-js", nodeAgent("confluent.ts")),
  agentClient("kafka-python", async () => [await installPython(), here("agents/kafka_python_agent.py")]),
  {
    name: "java-console",
    flavour: "text",
    carries: "all",
    write: javaConsole.write,
    read: javaConsole.read,
    stop: noProcess,
  },
  { name: "java-perf", flavour: "text", carries: "counter", write: javaPerf.write, read: undefined, stop: noProcess },
];
