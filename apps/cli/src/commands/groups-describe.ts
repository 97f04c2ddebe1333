import { Command } from "commander";
import type { Client, GroupDescription, GroupMember } from "@streambed/client";
import { addBootstrap, allOk, type BrokerOptions, examples, withClient } from "../arguments.ts";
import type { CliContext } from "../context.ts";
import { jsonDocument } from "../json.ts";
import { table } from "../table.ts";

interface Options extends BrokerOptions {
  readonly json?: true;
}

interface PartitionLag {
  readonly topic: string;
  readonly partition: number;
  /** Next record the group reads; null when it has committed nothing. */
  readonly currentOffset: number | null;
  readonly logEndOffset: number;
  readonly lag: number | null;
  readonly consumerId: string | null;
  readonly host: string | null;
  readonly clientId: string | null;
}

interface Described extends GroupDescription {
  readonly offsets: readonly PartitionLag[];
}

/** `streambed groups describe NAME…` */
export function groupsDescribe(context: CliContext): Command {
  return addBootstrap(new Command("describe"), context)
    .description("show members, offsets and lag of groups")
    .argument("<groups...>", "ids of the groups")
    .option("--json", "print JSON")
    .addHelpText("after", examples(["streambed groups describe billing"]))
    .action((ids: readonly string[], options: Options) => run(context, ids, options));
}

async function run(context: CliContext, ids: readonly string[], options: Options): Promise<void> {
  const described = await withClient(context, options, async (client) => {
    const groups = allOk(await client.admin.describeGroups(ids));
    return await Promise.all(groups.map(async (group) => ({ ...group, offsets: await lags(client, group) })));
  });
  const text = options.json === true ? jsonDocument(described) : described.map(humanText).join("\n");
  await context.terminal.write(text);
}

/** Every partition the group has committed or reads now. */
async function lags(client: Client, group: GroupDescription): Promise<readonly PartitionLag[]> {
  const committed = new Map<string, number>();
  const readers = new Map<string, GroupMember>();
  const partitions = new Map<string, { readonly topic: string; readonly partition: number }>();
  for (const { topic, partition, offset } of await client.admin.fetchOffsets(group.groupId)) {
    partitions.set(`${topic}-${partition}`, { topic, partition });
    committed.set(`${topic}-${partition}`, offset);
  }
  for (const member of group.members) {
    for (const { topic, partition } of member.assignment) {
      partitions.set(`${topic}-${partition}`, { topic, partition });
      readers.set(`${topic}-${partition}`, member);
    }
  }
  const ends = await client.admin.listOffsets([...partitions.values()].map((at) => ({ ...at, spec: "latest" })));
  return ends
    .map((end): PartitionLag => {
      const name = `${end.topic}-${end.partition}`;
      const currentOffset = committed.get(name) ?? null;
      const logEndOffset = end.ok ? end.offset : -1;
      const reader = readers.get(name);
      return {
        topic: end.topic,
        partition: end.partition,
        currentOffset,
        logEndOffset,
        lag: currentOffset === null ? null : Math.max(0, logEndOffset - currentOffset),
        consumerId: reader?.memberId ?? null,
        host: reader?.clientHost ?? null,
        clientId: reader?.clientId ?? null,
      };
    })
    .toSorted((left, right) =>
      left.topic === right.topic ? left.partition - right.partition : left.topic < right.topic ? -1 : 1,
    );
}

function humanText(group: Described): string {
  const state = group.state === "" ? "" : `, ${group.state.toLowerCase()}`;
  const head = `Group ${group.groupId}${state}, members: ${group.members.length}${group.protocol === "" ? "" : `, assignor: ${group.protocol}`}\n`;
  if (group.offsets.length === 0) return `${head}No offsets committed and no partitions assigned.\n`;
  const rows = group.offsets.map((row) => [
    row.topic,
    row.partition,
    row.currentOffset ?? "-",
    row.logEndOffset,
    row.lag ?? "-",
    row.consumerId ?? "-",
    row.host ?? "-",
  ]);
  return head + table([["TOPIC", "PARTITION", "CURRENT OFFSET", "END OFFSET", "LAG", "CONSUMER", "HOST"], ...rows]);
}
