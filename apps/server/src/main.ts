import { enableCompileCache } from "node:module";

// Before the rest is loaded: from the second start on nothing has to be parsed and compiled any more.
enableCompileCache();
const { runServer } = await import("./run-server.ts");

const output = {
  write: (text: string): boolean => process.stdout.write(text),
  say: (line: string): boolean => process.stderr.write(`${line}\n`),
};
// Exit at once: idle connections to a bucket would otherwise keep the process for some seconds.
process.exit(await runServer(process.argv.slice(2), output));
