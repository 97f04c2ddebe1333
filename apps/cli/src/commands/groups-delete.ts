import { Command } from "commander";
import { addBootstrap, type BrokerOptions, examples, withClient } from "../arguments.ts";
import type { CliContext } from "../context.ts";

/** `streambed groups delete NAME…` */
export function groupsDelete(context: CliContext): Command {
  return addBootstrap(new Command("delete"), context)
    .description("forget groups without members, with their offsets")
    .argument("<groups...>", "ids of the groups")
    .addHelpText("after", examples(["streambed groups delete billing"]))
    .action((ids: readonly string[], options: BrokerOptions) => run(context, ids, options));
}

async function run(context: CliContext, ids: readonly string[], options: BrokerOptions): Promise<void> {
  const results = await withClient(context, options, (client) => client.admin.deleteGroups(ids));
  for (const result of results) {
    if (!result.ok) throw result.error;
    await context.terminal.write(`Deleted group ${result.groupId}.\n`);
  }
}
