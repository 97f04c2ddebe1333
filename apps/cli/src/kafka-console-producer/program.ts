import type { ProducerRecord, RecordMetadata } from "@streambed/client";
import { messageOf, StreambedError } from "@streambed/kernel";
import { withClient } from "../arguments.ts";
import { clientSettings } from "../client-properties.ts";
import type { CliContext } from "../context.ts";
import { lineGroups } from "../lines.ts";
import { closeWhenStopped, produceAll, sendingStopped } from "../produce-all.ts";
import { runProgram } from "../run-program.ts";
import type { Terminal } from "../terminal.ts";
import { lineFormat, lineRecordReader } from "./line-record-reader.ts";
import { producerCommand, type ProducerFlags, producerProperties, readerProperties } from "./options.ts";

/** Runs `kafka-console-producer` and returns its exit code. */
export function runConsoleProducer(context: CliContext, args: readonly string[]): Promise<number> {
  const program = producerCommand().action((flags: ProducerFlags) =>
    run(context, flags).catch((thrown: unknown) => {
      throw context.terminal.stopped.aborted ? sendingStopped() : thrown;
    }),
  );
  return runProgram(program, { args, terminal: context.terminal, report: messageOf });
}

async function run(context: CliContext, flags: ProducerFlags): Promise<void> {
  const { terminal } = context;
  const bootstrapServer = flags.bootstrapServer ?? flags.brokerList;
  if (flags.topic === undefined) throw usage('Missing required argument "[topic]"');
  if (bootstrapServer === undefined) throw usage('Missing required argument "[bootstrap-server]"');
  const { topic } = flags;
  const read = lineRecordReader(lineFormat(await readerProperties(flags)));
  const settings = clientSettings(await producerProperties(flags));
  for (const name of settings.unknown) terminal.say(`The config '${name}' was supplied but isn't known.`);
  await withClient(context, { bootstrapServer, settings: settings.client }, async (client) => {
    await using producer = client.producer(settings.producer);
    closeWhenStopped(producer, terminal.stopped);
    const groups = recordGroups(terminal, { read, oneByOne: flags.sync === true });
    if (flags.sync !== true)
      return await produceAll({ producer, topic, onResult: (result) => complain(terminal, result) }, groups);
    for await (const records of groups) {
      const [result] = await producer.send(topic, records);
      if (result?.ok === false) throw result.error;
    }
  });
}

async function* recordGroups(
  terminal: Terminal,
  how: { readonly read: (line: Uint8Array) => ProducerRecord; readonly oneByOne: boolean },
): AsyncGenerator<readonly ProducerRecord[], void> {
  const prompt = async (): Promise<void> => (terminal.interactive ? terminal.write(">") : undefined);
  await prompt();
  for await (const lines of lineGroups(terminal.input)) {
    if (how.oneByOne) for (const line of lines) yield [how.read(line)];
    else yield lines.map(how.read);
    await prompt();
  }
}

/** Like Kafka's tool, an unacknowledged record is reported and the next ones are sent. */
function complain(terminal: Terminal, result: RecordMetadata): void {
  if (!result.ok) terminal.say(`Error when sending message to topic ${result.topic}: ${result.error.message}`);
}

function usage(message: string): StreambedError {
  return new StreambedError({ kind: "invalid", code: "USAGE", message });
}
