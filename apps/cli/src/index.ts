export { systemContext } from "./context.ts";
export type { CliContext } from "./context.ts";
export { runProgram } from "./run-program.ts";
export { streambedProgram } from "./streambed.ts";
export { processTerminal } from "./terminal.ts";
export type { Terminal } from "./terminal.ts";
