import { systemContext } from "../context.ts";
import { processTerminal } from "../terminal.ts";
import { runConsoleConsumer } from "./program.ts";

process.exitCode = await runConsoleConsumer(systemContext(processTerminal()), process.argv.slice(2));
