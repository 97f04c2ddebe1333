import { systemContext } from "../context.ts";
import { processTerminal } from "../terminal.ts";
import { runConsoleProducer } from "./program.ts";

process.exitCode = await runConsoleProducer(systemContext(processTerminal()), process.argv.slice(2));
