import { Command } from "commander";
import { examples, repeated } from "../arguments.ts";
import { systemContext } from "../context.ts";
import { runProgram } from "../run-program.ts";
import { processTerminal } from "../terminal.ts";
import { startOwnServer } from "./own-server.ts";
import { runDemo } from "./run-demo.ts";

interface Options {
  readonly bootstrap?: string;
  readonly restUrl: string;
  readonly only?: readonly string[];
}

const terminal = processTerminal();
const context = systemContext(terminal);
let differences = 0;

const program = new Command("demo")
  .description(
    "Loads over 200,000 real records, reads them back through a consumer group and through REST, and compares.",
  )
  .option("--bootstrap <host:port>", "use this cluster instead of starting one on a temporary folder")
  .option("--rest-url <url>", "REST proxy of that cluster", "http://localhost:8082")
  .option("--only <topic>", "use only this data set; may be repeated", repeated)
  .addHelpText("after", examples(["npm run demo", "npm run demo -- --bootstrap localhost:9092"]))
  .action(async ({ bootstrap, restUrl, only }: Options) => {
    const chosen = only === undefined ? {} : { only };
    if (bootstrap !== undefined) differences = await runDemo(context, { bootstrap, restUrl, ...chosen });
    else {
      await using server = await startOwnServer();
      differences = await runDemo(context, { ...server, ...chosen });
    }
  });

const code = await runProgram(program, { args: process.argv.slice(2), terminal });
process.exitCode = code === 0 && differences > 0 ? 1 : code;
