import { systemContext } from "../context.ts";
import { processTerminal } from "../terminal.ts";
import { runKafkaTopics } from "./program.ts";

process.exitCode = await runKafkaTopics(systemContext(processTerminal()), process.argv.slice(2));
