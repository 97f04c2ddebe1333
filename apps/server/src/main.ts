import { enableCompileCache } from "node:module";
import { setFlagsFromString } from "node:v8";

// Before the rest is loaded: from the second start on nothing has to be parsed and compiled any more.
enableCompileCache();
// Record batches come and go in large buffers outside the heap. Left alone, V8 takes those for pressure on its small heap
// and marks all of it every ten megabytes of traffic; three times what lives is within the range it chooses from itself.
setFlagsFromString("--heap-growing-percent=200");
const { runServer } = await import("./run-server.ts");

const output = {
  write: (text: string): boolean => process.stdout.write(text),
  say: (line: string): boolean => process.stderr.write(`${line}\n`),
};
// Exit at once: idle connections to a bucket would otherwise keep the process for some seconds.
process.exit(await runServer(process.argv.slice(2), output));
