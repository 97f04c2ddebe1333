import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startKafka } from "../../tools/peers/kafka.ts";
import { startStreambed } from "../../tools/peers/streambed.ts";
import { runGroups } from "./groups.ts";
import { runMatrix } from "./matrix.ts";
import { readOptions, usage, type InteropOptions } from "./options.ts";
import { createReport } from "./report.ts";

interface Server {
  readonly bootstrap: string;
  readonly stop: () => Promise<void>;
}

async function start(options: InteropOptions, dir: string): Promise<Server> {
  if (options.bootstrap !== undefined) return { bootstrap: options.bootstrap, stop: () => Promise.resolve() };
  return options.server === "kafka" ? startKafka({ dir }) : startStreambed({ dir });
}

const options = readOptions(process.argv.slice(2));
if (options === "help") {
  console.log(usage);
  process.exit(0);
}
const folder = await mkdtemp(join(tmpdir(), "streambed-interop-"));
const server = await start(options, join(folder, "server"));
const report = createReport();
try {
  const setup = { ...options, bootstrap: server.bootstrap, folder: join(folder, "data"), report };
  if (options.suites.includes("matrix")) await runMatrix(setup);
  if (options.suites.includes("groups")) await runGroups(setup);
} finally {
  await server.stop();
}
if (report.finish()) await rm(folder, { recursive: true, force: true });
else {
  console.log(`left for inspection: ${folder}`);
  process.exitCode = 1;
}
