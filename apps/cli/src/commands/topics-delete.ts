import { Command } from "commander";
import { hasCode } from "@streambed/kernel";
import { addBootstrap, type BrokerOptions, examples, withClient } from "../arguments.ts";
import type { CliContext } from "../context.ts";

interface Options extends BrokerOptions {
  readonly ifExists?: true;
}

/** `streambed topics delete NAME…` */
export function topicsDelete(context: CliContext): Command {
  return addBootstrap(new Command("delete"), context)
    .description("delete topics and all their records, for good")
    .argument("<names...>", "names of the topics")
    .option("--if-exists", "be content when a topic is not there")
    .addHelpText("after", examples(["streambed topics delete orders"]))
    .action((names: readonly string[], options: Options) => run(context, names, options));
}

async function run(context: CliContext, names: readonly string[], options: Options): Promise<void> {
  const results = await withClient(context, options, (client) => client.admin.deleteTopics(names));
  for (const result of results) {
    if (result.ok) await context.terminal.write(`Deleted topic ${result.name}.\n`);
    else if (!(options.ifExists === true && hasCode(result.error, "UNKNOWN_TOPIC_OR_PARTITION"))) throw result.error;
  }
}
