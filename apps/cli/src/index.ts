export { systemContext } from "./context.ts";
export type { CliContext } from "./context.ts";
export { runConsoleConsumer } from "./kafka-console-consumer/program.ts";
export { runConsoleProducer } from "./kafka-console-producer/program.ts";
export { runKafkaTopics } from "./kafka-topics/program.ts";
export { runProgram } from "./run-program.ts";
export { streambedProgram } from "./streambed.ts";
export { processTerminal } from "./terminal.ts";
export type { Terminal } from "./terminal.ts";
