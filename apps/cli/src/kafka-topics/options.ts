import { Command } from "commander";
import { StreambedError } from "@streambed/kernel";
import { examples, repeated, wholeNumber } from "../arguments.ts";

/** What can be asked of `kafka-topics`; exactly one of them. */
export const ACTIONS = ["list", "describe", "create", "alter", "delete"] as const;

/** One of {@link ACTIONS}. */
export type Action = (typeof ACTIONS)[number];

/** Options of `kafka-topics`, by Kafka's flags. */
export interface TopicsOptions extends Partial<Readonly<Record<Action, true>>> {
  readonly bootstrapServer?: string;
  readonly commandConfig?: string;
  readonly topic?: string;
  readonly topicId?: string;
  readonly config?: readonly string[];
  readonly partitions?: number;
  readonly replicationFactor?: number;
  readonly replicaAssignment?: string;
  readonly ifExists?: true;
  readonly ifNotExists?: true;
  readonly excludeInternal?: true;
  readonly underReplicatedPartitions?: true;
  readonly unavailablePartitions?: true;
  readonly underMinIsrPartitions?: true;
  readonly atMinIsrPartitions?: true;
  readonly topicsWithOverrides?: true;
}

/** The flags of `kafka-topics`. */
export function topicsCommand(): Command {
  return new Command("kafka-topics")
    .description("Creates, deletes, describes or changes topics, with the flags of Kafka's own tool.")
    .option("--bootstrap-server <server>", "REQUIRED: the server to connect to, host:port")
    .option("--command-config <file>", "properties file for the admin client")
    .option("--list", "list all topics")
    .option("--describe", "show partitions and configs of topics")
    .option("--create", "create a topic")
    .option("--alter", "add partitions to topics")
    .option("--delete", "delete topics")
    .option("--topic <topic>", "the topic; except with --create, a regular expression is taken, too")
    .option("--topic-id <id>", "id of the topic to describe")
    .option("--config <name=value>", "a config of the topic being created; may be repeated", repeated)
    .option("--partitions <count>", "number of partitions, with --create and --alter", wholeNumber(-(2 ** 31), 2 ** 31))
    .option("--replication-factor <count>", "replication factor, with --create", wholeNumber(-(2 ** 31), 2 ** 31))
    .option("--replica-assignment <list>", "brokers of each partition: b1:b2,b1:b2")
    .option("--if-exists", "with --alter, --delete, --describe: only if the topic exists")
    .option("--if-not-exists", "with --create: do not fail when the topic exists")
    .option("--exclude-internal", "with --list and --describe: leave internal topics out")
    .option("--under-replicated-partitions", "with --describe: only under-replicated partitions")
    .option("--unavailable-partitions", "with --describe: only partitions without a leader")
    .option("--under-min-isr-partitions", "with --describe: only partitions below min.insync.replicas")
    .option("--at-min-isr-partitions", "with --describe: only partitions at min.insync.replicas")
    .option("--topics-with-overrides", "with --describe: only topics with changed configs")
    .option("--partition-size-limit-per-response <count>", "accepted; one answer holds all partitions here")
    .version("0.1.0")
    .addHelpText(
      "after",
      examples([
        "kafka-topics --bootstrap-server localhost:9092 --list",
        "kafka-topics --bootstrap-server localhost:9092 --create --topic test --partitions 2 --replication-factor 1",
        "kafka-topics --bootstrap-server localhost:9092 --describe --topic test",
      ]),
    );
}

/** Options that belong to some actions only. */
const ONLY_WITH: Readonly<Record<string, readonly Action[]>> = {
  config: ["create"],
  partitions: ["alter", "create"],
  replicationFactor: ["create"],
  replicaAssignment: ["alter", "create"],
  ifExists: ["alter", "delete", "describe"],
  ifNotExists: ["create"],
  excludeInternal: ["list", "describe"],
  underReplicatedPartitions: ["describe"],
  unavailablePartitions: ["describe"],
  underMinIsrPartitions: ["describe"],
  atMinIsrPartitions: ["describe"],
  topicsWithOverrides: ["describe"],
};

/**
 * The action asked for, after the checks of Kafka's tool.
 * @throws kind `invalid`, code `USAGE`
 */
export function checkedAction(options: TopicsOptions): Action {
  const asked = ACTIONS.filter((action) => options[action] === true);
  const [action] = asked;
  if (action === undefined || asked.length !== 1) {
    throw usage("Command must include exactly one action: --list, --describe, --create, --alter or --delete");
  }
  if (options.bootstrapServer === undefined) throw usage("--bootstrap-server must be specified");
  if (action !== "list" && action !== "describe") required(options, "topic");
  if (action === "alter" && options.config === undefined) required(options, "partitions");
  for (const [name, actions] of Object.entries(ONLY_WITH)) {
    if (Object.hasOwn(options, name) && !actions.includes(action)) throw clash(name, action);
  }
  if (action === "create" && options.replicaAssignment !== undefined) {
    if (options.partitions !== undefined) throw clash("replicaAssignment", "partitions");
    if (options.replicationFactor !== undefined) throw clash("replicaAssignment", "replicationFactor");
  }
  return action;
}

function required(options: TopicsOptions, name: "topic" | "partitions"): void {
  if (options[name] === undefined) throw usage(`Missing required argument "[${name}]"`);
}

function clash(name: string, other: string): StreambedError {
  return usage(`Option "[${flag(name)}]" can't be used with option "[${flag(other)}]"`);
}

function flag(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** A mistake in the command line; its message is printed as it is. */
export function usage(message: string): StreambedError {
  return new StreambedError({ kind: "invalid", code: "USAGE", message });
}
