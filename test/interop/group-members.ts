import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { flags, javaArguments } from "../../tools/peers/java.ts";
import { installKcat } from "../../tools/peers/kcat.ts";
import { stderrTail } from "../../tools/peers/processes.ts";
import { installPython } from "../../tools/peers/python.ts";

export type Strategy = "range" | "roundrobin";
export type MemberKind = "kafkajs" | "kcat" | "kafka-python" | "java-console";

export interface GroupSetup {
  readonly bootstrap: string;
  readonly group: string;
  readonly strategy: Strategy;
  readonly sessionTimeoutMs: number;
  readonly topics: readonly string[];
}

/** One record as a member reported it, with the time at which we heard of it. */
export interface Delivery {
  readonly member: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly heardAt: number;
}

export interface Member {
  readonly name: string;
  /** Leaves the group in good order. */
  readonly leave: () => Promise<void>;
  /** Dies without a word. */
  readonly kill: () => Promise<void>;
  readonly errors: () => string;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

async function command(kind: MemberKind, setup: GroupSetup): Promise<[string, ...string[]]> {
  const { bootstrap, group, strategy, sessionTimeoutMs, topics } = setup;
  const session = String(sessionTimeoutMs);
  const common = [bootstrap, group, strategy, session, topics.join()];
  switch (kind) {
    case "kafkajs":
      return [process.execPath, here("agents/group-kafkajs.ts"), ...common];
    case "kafka-python":
      return [await installPython(), here("agents/group_kafka_python.py"), ...common];
    case "kcat": {
      const settings = [
        `partition.assignment.strategy=${strategy}`,
        `session.timeout.ms=${session}`,
        `max.poll.interval.ms=${session}`,
        "heartbeat.interval.ms=500",
        "auto.commit.interval.ms=500",
        "auto.offset.reset=earliest",
        "fetch.wait.max.ms=100",
      ];
      const format = ["-u", "-q", "-f", "%t %p %o %T\n"];
      const set = settings.flatMap((setting) => ["-X", setting]);
      return [await installKcat(), "-b", bootstrap, ...set, ...format, "-G", group, ...topics];
    }
    case "java-console":
      return ["java", ...(await javaArguments({ mainClass: CONSOLE_CONSUMER, args: consoleArguments(setup) }))];
  }
}

const CONSOLE_CONSUMER = "org.apache.kafka.tools.consumer.ConsoleConsumer";

function consoleArguments({ bootstrap, group, strategy, sessionTimeoutMs, topics }: GroupSetup): string[] {
  const assignor = strategy === "range" ? "RangeAssignor" : "RoundRobinAssignor";
  // The console consumer does not print the topic, so it takes part with one topic only.
  const [topic = ""] = topics;
  const settings = [
    `partition.assignment.strategy=org.apache.kafka.clients.consumer.${assignor}`,
    `session.timeout.ms=${sessionTimeoutMs}`,
    `max.poll.interval.ms=${sessionTimeoutMs}`,
    "heartbeat.interval.ms=500",
    "auto.commit.interval.ms=500",
    "auto.offset.reset=earliest",
    "fetch.max.wait.ms=100",
  ];
  const print = ["print.partition=true", "print.offset=true", "print.timestamp=true", "print.value=false"];
  return flags({
    "bootstrap-server": bootstrap,
    group,
    topic,
    "command-property": settings,
    "formatter-property": [...print, "key.separator= "],
  });
}

/** Starts a member and reports each record that it prints. */
export async function startMember(
  kind: MemberKind,
  setup: GroupSetup,
  onDelivery: (delivery: Delivery) => void,
): Promise<Member> {
  const [program, ...args] = await command(kind, setup);
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  const errors = stderrTail(child);
  createInterface({ input: child.stdout }).on("line", (line) => {
    const delivery = parse(kind, line, setup);
    if (delivery !== undefined) onDelivery(delivery);
  });
  return { name: kind, leave: () => end(child, "SIGTERM"), kill: () => end(child, "SIGKILL"), errors };
}

async function end(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
}

/** `topic partition offset timestamp`, or the console consumer's `CreateTime:1 Partition:0 Offset:5`. */
function parse(member: MemberKind, line: string, { topics: [first = ""] }: GroupSetup): Delivery | undefined {
  const java = /^\w+:(\d+) Partition:(\d+) Offset:(\d+)/.exec(line);
  const [topic, partition, offset, timestamp] = java === null ? line.split(" ") : [first, java[2], java[3], java[1]];
  if (topic === undefined || timestamp === undefined) return undefined;
  const heardAt = Date.now();
  return { member, topic, heardAt, partition: Number(partition), offset: Number(offset), timestamp: Number(timestamp) };
}
