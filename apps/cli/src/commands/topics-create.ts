import { Command } from "commander";
import type { CreatedTopic } from "@streambed/client";
import { hasCode } from "@streambed/kernel";
import { addBootstrap, type BrokerOptions, examples, repeated, wholeNumber, withClient } from "../arguments.ts";
import type { CliContext } from "../context.ts";
import { jsonDocument } from "../json.ts";
import { parseProperties } from "../properties.ts";

interface Options extends BrokerOptions {
  readonly partitions?: number;
  readonly config?: readonly string[];
  readonly ifNotExists?: true;
  readonly json?: true;
}

/** `streambed topics create NAME…` */
export function topicsCreate(context: CliContext): Command {
  return addBootstrap(new Command("create"), context)
    .description("make topics")
    .argument("<names...>", "names of the topics")
    .option("-p, --partitions <count>", "number of partitions (default: the broker's num.partitions)", wholeNumber(1))
    .option("-c, --config <name=value>", "a topic config, e.g. max.message.bytes=2000000; may be repeated", repeated)
    .option("--if-not-exists", "be content when the topic is there already")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      examples([
        "streambed topics create orders --partitions 6",
        "streambed topics create users --config cleanup.policy=compact",
      ]),
    )
    .action((names: readonly string[], options: Options) => run(context, names, options));
}

async function run(context: CliContext, names: readonly string[], options: Options): Promise<void> {
  const configs = parseProperties(options.config ?? [], "--config");
  const wanted = names.map((name) => ({
    name,
    configs,
    ...(options.partitions === undefined ? {} : { numPartitions: options.partitions }),
  }));
  const results = await withClient(context, options, (client) => client.admin.createTopics(wanted));
  const created = [];
  for (const result of results) {
    if (result.ok) created.push(result);
    else if (!(options.ifNotExists === true && hasCode(result.error, "TOPIC_ALREADY_EXISTS"))) throw result.error;
  }
  if (options.json === true) return context.terminal.write(jsonDocument(created.map(withoutOutcome)));
  for (const topic of created) {
    const partitions = topic.numPartitions < 0 ? "" : ` with ${counted(topic.numPartitions, "partition")}`;
    await context.terminal.write(`Created topic ${topic.name}${partitions}.\n`);
  }
}

function withoutOutcome({ name, topicId, numPartitions, replicationFactor }: CreatedTopic): CreatedTopic {
  return { name, topicId, numPartitions, replicationFactor };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
