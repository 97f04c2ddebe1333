import { Command } from "commander";
import { addBootstrap, type BrokerOptions, examples, withClient } from "../arguments.ts";
import type { CliContext } from "../context.ts";
import { jsonDocument } from "../json.ts";
import { table } from "../table.ts";

interface Options extends BrokerOptions {
  readonly json?: true;
}

/** `streambed groups list` */
export function groupsList(context: CliContext): Command {
  return addBootstrap(new Command("list").alias("ls"), context)
    .description("show the groups there are")
    .option("--json", "print JSON")
    .addHelpText("after", examples(["streambed groups list"]))
    .action((options: Options) => run(context, options));
}

async function run(context: CliContext, options: Options): Promise<void> {
  const { terminal } = context;
  const listed = await withClient(context, options, (client) => client.admin.listGroups());
  const shown = listed.toSorted((left, right) => (left.groupId < right.groupId ? -1 : 1));
  if (options.json === true) return terminal.write(jsonDocument(shown));
  if (shown.length === 0) return terminal.say("No groups yet: `streambed consume TOPIC --group NAME` starts one.");
  const rows = shown.map((group) => [group.groupId, group.state, group.type, group.protocolType]);
  await terminal.write(table([["GROUP", "STATE", "TYPE", "PROTOCOL"], ...rows]));
}
