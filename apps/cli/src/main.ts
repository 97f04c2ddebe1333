import { systemContext } from "./context.ts";
import { runProgram } from "./run-program.ts";
import { streambedProgram } from "./streambed.ts";
import { processTerminal } from "./terminal.ts";

const terminal = processTerminal();
const program = streambedProgram(systemContext(terminal));
process.exitCode = await runProgram(program, { args: process.argv.slice(2), terminal });
