import { runConsoleConsumer, runConsoleProducer, runKafkaTopics } from "@streambed/cli";
import { seededRandom, systemClock } from "@streambed/kernel";
import { tcpTransport } from "@streambed/runtime-node";
import { beforeAll, expect, test } from "vitest";
import { installJava, runTool } from "../../tools/peers/java.ts";
import { startServerProcess } from "../server/server-process.ts";
import { bufferTerminal, type Program, type Ran } from "./cli-harness.ts";

/** One of Kafka's tools, as Java's class and as ours. */
interface Tool {
  readonly mainClass: string;
  readonly program: Program;
}

const TOPICS: Tool = { mainClass: "org.apache.kafka.tools.TopicCommand", program: runKafkaTopics };
const PRODUCER: Tool = { mainClass: "org.apache.kafka.tools.ConsoleProducer", program: runConsoleProducer };
const CONSUMER: Tool = { mainClass: "org.apache.kafka.tools.consumer.ConsoleConsumer", program: runConsoleConsumer };

type Side = (tool: Tool, args: readonly string[], input?: string) => Promise<Omit<Ran, "stderr">>;

// On a bare machine this takes longer than a test may.
beforeAll(() => installJava());

/** Runs Java's tool. A failing one keeps what it wrote on standard output to itself, so only its code is told. */
function java(bootstrap: string): Side {
  return async ({ mainClass }, args, input = "") => {
    try {
      const command = { mainClass, args: ["--bootstrap-server", bootstrap, ...args] };
      const { stdout } = await runTool(command, { input, timeoutMs: 120_000 });
      return { code: 0, stdout: withoutAdvice(stdout.toString()) };
    } catch {
      return { code: 1, stdout: "" };
    }
  };
}

/** Advice of Java's tools about their own flags, which ours keep for themselves. */
function withoutAdvice(text: string): string {
  return text.replaceAll(/^(Option|Warning:) --\S+ is deprecated.*\n/gm, "");
}

function ours(bootstrap: string): Side {
  return async ({ program }, args, input = "") => {
    const { terminal, stdout } = bufferTerminal(input);
    const context = { terminal, transport: tcpTransport(), clock: systemClock(), random: seededRandom(1) };
    const code = await program(context, ["--bootstrap-server", bootstrap, ...args]);
    return { code, stdout: code === 0 ? stdout() : "" };
  };
}

/** The parts of an answer that must differ between two topics. */
function comparable(text: string, topic: string): string {
  return text
    .replaceAll(topic, "TOPIC")
    .replaceAll(/TopicId: \S+/g, "TopicId: ID")
    .replaceAll(/CreateTime:\d{13}/g, "CreateTime:T");
}

/** What a person does with the three tools, in order. */
function session(topic: string): readonly (readonly [Tool, readonly string[], string?])[] {
  const properties = (...pairs: readonly string[]): readonly string[] => pairs.flatMap((pair) => ["--property", pair]);
  const create = ["--create", "--topic", topic, "--partitions", "2", "--replication-factor", "1"];
  const parse = properties("parse.key=true", "parse.headers=true", "null.marker=NULL");
  const fields = ["timestamp", "partition", "offset", "headers", "key"].map((name) => `print.${name}=true`);
  const one = ["--topic", topic, "--partition", "0"];
  return [
    [TOPICS, [...create, "--config", "retention.ms=1000000"]],
    [TOPICS, create],
    [TOPICS, [...create, "--if-not-exists"]],
    [TOPICS, ["--describe", "--topic", topic]],
    [TOPICS, ["--describe", "--topic", topic, "--topics-with-overrides"]],
    [TOPICS, ["--describe", "--topic", topic, "--unavailable-partitions"]],
    [TOPICS, ["--describe", "--topic", "there-is-none"]],
    [TOPICS, ["--describe", "--topic", "there-is-none", "--if-exists"]],
    [PRODUCER, ["--topic", topic, ...parse], "h:1,i:NULL\tb\tfirst\nNULL\tb\tsecond\nj:2\tb\tNULL\n"],
    [PRODUCER, ["--topic", topic, ...properties("parse.key=true")], "no separator\n"],
    [CONSUMER, [...one, "--from-beginning", "--max-messages", "2"]],
    [CONSUMER, [...one, "--offset", "1", "--max-messages", "2", ...properties(...fields)]],
    [
      CONSUMER,
      [
        ...one,
        "--offset",
        "0",
        "--max-messages",
        "1",
        ...properties("print.key=true", "key.separator=|", "print.value=false"),
      ],
    ],
    [CONSUMER, ["--topic", topic, "--from-beginning", "--max-messages", "3", ...properties("print.key=true")]],
    [CONSUMER, ["--topic", topic, "--offset", "1"]],
    [TOPICS, ["--alter", "--topic", topic, "--partitions", "3"]],
    [TOPICS, ["--alter", "--topic", topic, "--partitions", "1"]],
    [TOPICS, ["--list", "--exclude-internal"]],
    [TOPICS, ["--delete", "--topic", topic]],
    [TOPICS, ["--delete", "--topic", topic]],
  ];
}

async function played(side: Side, topic: string): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const [tool, args, input] of session(topic)) {
    const { code, stdout } = await side(tool, args, input);
    lines.push(comparable(`$ ${args.join(" ")}\n${stdout}code ${code}`, topic));
  }
  return lines;
}

test("our stand-ins print what Java's tools print", { timeout: 600_000 }, async () => {
  await using server = await startServerProcess({ args: ["--store", "memory:"] });
  // One after the other, because each lists all topics.
  const expected = await played(java(server.bootstrap), "by-java");
  expect(await played(ours(server.bootstrap), "by-ours")).toEqual(expected);
});
