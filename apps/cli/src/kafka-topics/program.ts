import type { Command } from "commander";
import { hasCode, messageOf } from "@streambed/kernel";
import { withClient } from "../arguments.ts";
import { clientSettings } from "../client-properties.ts";
import type { CliContext } from "../context.ts";
import { readProperties } from "../properties.ts";
import { runProgram } from "../run-program.ts";
import { RUN } from "./actions.ts";
import { checkedAction, topicsCommand, type TopicsOptions } from "./options.ts";

/** Runs `kafka-topics` and returns its exit code. */
export async function runKafkaTopics(context: CliContext, args: readonly string[]): Promise<number> {
  const { terminal } = context;
  let failed = false;
  const program: Command = topicsCommand().action((options: TopicsOptions) =>
    run(context, options).catch(async (thrown: unknown) => {
      // Kafka's tool prints what a broker refused on standard output, and scripts look for it there.
      if (hasCode(thrown, "USAGE")) throw thrown;
      failed = true;
      await terminal.write(`Error while executing topic command : ${messageOf(thrown)}\n`);
    }),
  );
  const code = await runProgram(program, { args: args.length === 0 ? ["--help"] : args, terminal, report: messageOf });
  return failed || args.length === 0 ? 1 : code;
}

async function run(context: CliContext, options: TopicsOptions): Promise<void> {
  const action = checkedAction(options);
  const properties = options.commandConfig === undefined ? {} : await readProperties(options.commandConfig);
  const settings = clientSettings(properties).client;
  const broker = { bootstrapServer: options.bootstrapServer ?? "", settings };
  await withClient(context, broker, (client) => RUN[action]({ client, options, terminal: context.terminal }));
}
