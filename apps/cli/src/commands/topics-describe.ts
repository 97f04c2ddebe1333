import { Command } from "commander";
import type { Client, ConfigEntry, TopicDescription } from "@streambed/client";
import { addBootstrap, allOk, type BrokerOptions, examples, withClient } from "../arguments.ts";
import type { CliContext } from "../context.ts";
import { jsonDocument } from "../json.ts";
import { table } from "../table.ts";

interface Options extends BrokerOptions {
  readonly configs?: true;
  readonly json?: true;
}

interface Described {
  readonly name: string;
  readonly topicId: string;
  readonly partitions: readonly {
    readonly partition: number;
    readonly leader: number;
    readonly earliest: number;
    readonly latest: number;
  }[];
  readonly configs: Readonly<Record<string, string | null>>;
}

/** `streambed topics describe NAME…` */
export function topicsDescribe(context: CliContext): Command {
  return addBootstrap(new Command("describe"), context)
    .description("show partitions, offsets and changed configs of topics")
    .argument("<names...>", "names of the topics")
    .option("--configs", "show all configs, not only those that differ from the default")
    .option("--json", "print JSON")
    .addHelpText("after", examples(["streambed topics describe orders", "streambed topics describe orders --configs"]))
    .action((names: readonly string[], options: Options) => run(context, names, options));
}

async function run(context: CliContext, names: readonly string[], options: Options): Promise<void> {
  const described = await withClient(context, options, async (client) => {
    const topics = allOk(await client.admin.describeTopics(names));
    return await Promise.all(topics.map((topic) => describe(client, topic, options.configs === true)));
  });
  const text = options.json === true ? jsonDocument(described) : described.map(humanText).join("\n");
  await context.terminal.write(text);
}

async function describe(client: Client, topic: TopicDescription, allConfigs: boolean): Promise<Described> {
  const { name, topicId } = topic;
  const asked = topic.partitions.map(({ partition }) => ({ topic: name, partition }));
  const [earliest, latest, configs] = await Promise.all([
    client.admin.listOffsets(asked.map((partition) => ({ ...partition, spec: "earliest" as const }))),
    client.admin.listOffsets(asked.map((partition) => ({ ...partition, spec: "latest" as const }))),
    client.admin.describeConfigs([{ type: "topic", name }]),
  ]);
  const first = allOk(earliest);
  const next = allOk(latest);
  const entries = allOk(configs).flatMap((resource) => resource.configs);
  return {
    name,
    topicId,
    partitions: topic.partitions.map(({ partition, leader }, at) => ({
      partition,
      leader,
      earliest: first[at]?.offset ?? -1,
      latest: next[at]?.offset ?? -1,
    })),
    configs: Object.fromEntries(entries.filter((entry) => allConfigs || isChanged(entry)).map(pair)),
  };
}

function isChanged(entry: ConfigEntry): boolean {
  return entry.source === "DYNAMIC_TOPIC_CONFIG";
}

function pair(entry: ConfigEntry): readonly [string, string | null] {
  return [entry.name, entry.value];
}

function humanText(topic: Described): string {
  const rows = topic.partitions.map((row) => [row.partition, row.leader, row.earliest, row.latest]);
  const configs = Object.entries(topic.configs).map(([name, value]) => `  ${name}=${value ?? ""}\n`);
  const changed = configs.length === 0 ? "" : `Configs:\n${configs.join("")}`;
  return `Topic ${topic.name} (id ${topic.topicId})\n${changed}${table([["PARTITION", "LEADER", "EARLIEST", "NEXT OFFSET"], ...rows])}`;
}
