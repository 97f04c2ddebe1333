import { Command } from "commander";
import type { Client, ConfigChange } from "@streambed/client";
import { StreambedError } from "@streambed/kernel";
import { addBootstrap, allOk, type BrokerOptions, examples, repeated, wholeNumber, withClient } from "../arguments.ts";
import type { CliContext } from "../context.ts";
import { parseProperties } from "../properties.ts";

interface Options extends BrokerOptions {
  readonly partitions?: number;
  readonly config?: readonly string[];
  readonly deleteConfig?: readonly string[];
}

/** `streambed topics alter NAME` */
export function topicsAlter(context: CliContext): Command {
  return addBootstrap(new Command("alter"), context)
    .description("add partitions, change configs")
    .argument("<name>", "name of the topic")
    .option("-p, --partitions <count>", "new total number of partitions; keys may move to other ones", wholeNumber(1))
    .option("-c, --config <name=value>", "set a config; may be repeated", repeated)
    .option("--delete-config <name>", "return a config to its default; may be repeated", repeated)
    .addHelpText(
      "after",
      examples([
        "streambed topics alter orders --partitions 12",
        "streambed topics alter orders --config retention.ms=86400000",
        "streambed topics alter orders --delete-config retention.ms",
      ]),
    )
    .action((name: string, options: Options) => run(context, name, options));
}

async function run(context: CliContext, name: string, options: Options): Promise<void> {
  const changes = configChanges(options);
  if (changes.length === 0 && options.partitions === undefined) {
    throw new StreambedError({
      kind: "invalid",
      code: "NOTHING_TO_DO",
      message: "Say what to change: --partitions, --config or --delete-config.",
    });
  }
  await withClient(context, options, (client) => apply(client, { name, changes, partitions: options.partitions }));
  await context.terminal.write(`Changed topic ${name}.\n`);
}

async function apply(
  client: Client,
  wanted: {
    readonly name: string;
    readonly changes: readonly ConfigChange[];
    readonly partitions: number | undefined;
  },
): Promise<void> {
  const { name, changes, partitions } = wanted;
  // Configs first: they are the part that is checked by name and value, so a slip changes nothing.
  if (changes.length > 0) allOk(await client.admin.alterConfigs([{ resource: { type: "topic", name }, changes }]));
  if (partitions !== undefined) allOk(await client.admin.createPartitions([{ name, totalCount: partitions }]));
}

function configChanges(options: Options): readonly ConfigChange[] {
  const set = Object.entries(parseProperties(options.config ?? [], "--config"));
  return [
    ...set.map(([name, value]) => ({ name, value, operation: "set" as const })),
    ...(options.deleteConfig ?? []).map((name) => ({ name, operation: "delete" as const })),
  ];
}
