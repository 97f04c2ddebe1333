import { Command } from "commander";
import { addBootstrap, type BrokerOptions, examples, withClient } from "../arguments.ts";
import type { CliContext } from "../context.ts";
import { jsonDocument } from "../json.ts";
import { table } from "../table.ts";

interface Options extends BrokerOptions {
  readonly internal?: true;
  readonly json?: true;
}

/** `streambed topics list` */
export function topicsList(context: CliContext): Command {
  return addBootstrap(new Command("list").alias("ls"), context)
    .description("show the topics there are")
    .option("--internal", "also those Kafka keeps for itself, like __consumer_offsets")
    .option("--json", "print JSON")
    .addHelpText("after", examples(["streambed topics list", "streambed topics list --json"]))
    .action((options: Options) => run(context, options));
}

async function run(context: CliContext, options: Options): Promise<void> {
  const { terminal } = context;
  const listed = await withClient(context, options, (client) => client.admin.listTopics());
  const shown = listed
    .filter((topic) => options.internal === true || !topic.internal)
    .toSorted((left, right) => (left.name < right.name ? -1 : 1));
  if (options.json === true) return terminal.write(jsonDocument(shown));
  if (shown.length === 0) return terminal.say("No topics yet: `streambed topics create NAME` makes one.");
  const rows = shown.map((topic) => [topic.name, topic.partitionCount]);
  await terminal.write(table([["TOPIC", "PARTITIONS"], ...rows]));
}
