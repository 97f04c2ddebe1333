import type { Client, Consumer } from "@streambed/client";
import { messageOf } from "@streambed/kernel";
import { withClient } from "../arguments.ts";
import { clientSettings } from "../client-properties.ts";
import { consumeAll } from "../consume-all.ts";
import type { CliContext } from "../context.ts";
import { runProgram } from "../run-program.ts";
import { formatRecord, messageFormat, type TimestampType } from "./message-formatter.ts";
import {
  checkFlags,
  consumerCommand,
  type ConsumerFlags,
  consumerProperties,
  formatterProperties,
  startOffset,
} from "./options.ts";

/** Runs `kafka-console-consumer` and returns its exit code. */
export function runConsoleConsumer(context: CliContext, args: readonly string[]): Promise<number> {
  const program = consumerCommand().action((flags: ConsumerFlags) => run(context, flags));
  return runProgram(program, { args, terminal: context.terminal, report: messageOf });
}

async function run(context: CliContext, flags: ConsumerFlags): Promise<void> {
  const { terminal } = context;
  checkFlags(flags);
  const format = messageFormat(await formatterProperties(flags));
  const settings = clientSettings(await consumerProperties(flags, context.random));
  for (const name of settings.unknown) terminal.say(`The config '${name}' was supplied but isn't known.`);
  const bootstrapServer = flags.bootstrapServer ?? "";
  let count = 0;
  try {
    await withClient(context, { bootstrapServer, settings: settings.client }, async (client) => {
      await using consumer = client.consumer(settings.consumer);
      await start(consumer, flags);
      const types = timestampTypes(client);
      for await (const records of consumeAll(context, consumer, boundsOf(flags))) {
        const lines: Uint8Array[] = [];
        for (const record of records) {
          const type = format.printTimestamp ? await types(record.topic) : "CreateTime";
          lines.push(formatRecord(record, format, type));
        }
        await terminal.write(Buffer.concat(lines));
        count += records.length;
      }
    });
  } finally {
    terminal.say(`Processed a total of ${count} messages`);
  }
}

function boundsOf(flags: ConsumerFlags): { readonly maxRecords?: number; readonly idleMs?: number } {
  const { maxMessages = -1, timeoutMs = -1 } = flags;
  return { ...(maxMessages < 0 ? {} : { maxRecords: maxMessages }), ...(timeoutMs < 0 ? {} : { idleMs: timeoutMs }) };
}

async function start(consumer: Consumer, flags: ConsumerFlags): Promise<void> {
  const { topic = "", include, partition } = flags;
  if (include !== undefined) return consumer.subscribe({ pattern: new RegExp(`^(?:${include})$`, "u") });
  if (partition === undefined) return consumer.subscribe({ topics: [topic] });
  const only = [{ topic, partition }];
  consumer.assign(only);
  const offset = startOffset(flags);
  if (offset === "earliest") await consumer.seekToBeginning(only);
  else if (offset === "latest") await consumer.seekToEnd(only);
  else consumer.seek({ topic, partition }, offset);
}

/** Asks each topic once whose time its records carry. */
function timestampTypes(client: Client): (topic: string) => Promise<TimestampType> {
  const known = new Map<string, Promise<TimestampType>>();
  const ask = async (topic: string): Promise<TimestampType> => {
    const [result] = await client.admin.describeConfigs([{ type: "topic", name: topic }]);
    const configs = result?.ok === true ? result.configs : [];
    const type = configs.find((config) => config.name === "message.timestamp.type")?.value;
    return type === "LogAppendTime" ? "LogAppendTime" : "CreateTime";
  };
  return (topic) => {
    const answer = known.get(topic) ?? ask(topic);
    known.set(topic, answer);
    return answer;
  };
}
