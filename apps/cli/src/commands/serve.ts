import { Command } from "commander";
import { runServer } from "@streambed/server";
import type { CliContext } from "../context.ts";

/** `streambed serve`: the server in this process, with the server's own flags and help. */
export function serve({ terminal }: CliContext): Command {
  return (
    new Command("serve")
      .description("run a server: Kafka on 9092, REST on 8082, data in ./data (serve --help for the flags)")
      // The server reads its own flags, so that `npm start` and this command cannot differ.
      .helpOption(false)
      .allowUnknownOption()
      .allowExcessArguments()
      .argument("[flags...]")
      .action(async (_flags: readonly string[], _options: object, command: Command) => {
        process.exit(
          await runServer(command.args, { write: (text) => terminal.write(text), say: (line) => terminal.say(line) }),
        );
      })
  );
}
