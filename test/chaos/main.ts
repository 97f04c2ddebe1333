// Three brokers on one S3 server, Apache Kafka's clients, and everything that can happen to a process:
// npm run chaos -- --minutes 10 --seed 1
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { seededRandom } from "@streambed/kernel";
import { bundleStreambed } from "../../tools/peers/streambed.ts";
import { createTopic } from "./create-topic.ts";
import { Faults } from "./faults.ts";
import { brokerAddress, createNetwork, HUB_NAMESPACE, removeNetwork } from "./network.ts";
import { KAFKA_PORT, startClients, startStore, untilOwned } from "./processes.ts";
import { verify, type Verdict } from "./verify.ts";

const BROKERS = 3;
const PARTITIONS = 6;
const CLIENTS = 6;
const TOPIC = "chaos";
/** Set in the process that runs inside of the hub's network namespace. */
const INSIDE = "STREAMBED_CHAOS_INSIDE";
/** How long everybody is left alone first: on a slow machine Java compiles the clients for most of a minute. */
const WARM_UP_MS = 60_000;
const GOALS_MS = { kill: 10_000, graceful: 500 };

const HELP = `Runs three brokers on one S3 server under six Java producers and six Java consumers, and kills, stops and cuts off
brokers at random. Needs root (network namespaces), Java 17, Maven and Go.

  --minutes N   how long faults go on (default 10)
  --rate N      records a second of each producer (default 100)
  --seed N      repeats the same kinds of faults (default: the time)
  --safety-only fails for what is lost, doubled, reordered or skipped, not for a slow fail-over
  --keep        leaves logs and data where they are
`;

const { values: options } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    rate: { type: "string", default: "100" },
    seed: { type: "string", default: `${Date.now() % 1_000_000}` },
    "safety-only": { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (options.help) console.log(HELP);
else if (process.env[INSIDE] === undefined) process.exitCode = await outside();
else process.exitCode = await inside();

/** Makes the network, then goes on inside of it. */
async function outside(): Promise<number> {
  await bundleStreambed();
  createNetwork(BROKERS);
  try {
    const again = ["netns", "exec", HUB_NAMESPACE, process.execPath, ...process.execArgv, ...process.argv.slice(1)];
    const seed = ["--seed", options.seed];
    const { status } = spawnSync("ip", [...again, ...seed], {
      stdio: "inherit",
      env: { ...process.env, [INSIDE]: "yes" },
    });
    return status ?? 1;
  } finally {
    removeNetwork(BROKERS);
  }
}

async function inside(): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), "streambed-chaos-"));
  console.log(`chaos: seed ${options.seed}, ${options.minutes} minutes, logs in ${dir}`);
  const faults = new Faults(dir, seededRandom(Number(options.seed)));
  const store = await startStore(dir);
  let failed = true;
  try {
    await sleep(1_000);
    for (let id = 1; id <= BROKERS; id++) await faults.start(id);
    await untilOwned(BROKERS, 60_000);
    const verdict = await load(dir, faults);
    failed = report(verdict);
  } finally {
    await faults.stop();
    store.kill("SIGKILL");
    if (!options.keep && !failed) rmSync(dir, { recursive: true, force: true });
  }
  return failed ? 1 : 0;
}

async function load(dir: string, faults: Faults): Promise<Verdict> {
  const bootstrap = Array.from({ length: BROKERS }, (_, at) => `${brokerAddress(at + 1)}:${KAFKA_PORT}`).join(",");
  await createTopic(brokerAddress(1), KAFKA_PORT, TOPIC, PARTITIONS);
  const files = { producers: join(dir, "producers.txt"), consumers: join(dir, "consumers.txt") };
  const shared = [bootstrap, TOPIC, `${PARTITIONS}`, `${CLIENTS}`];
  const producers = await startClients(
    ["produce", ...shared, options.rate, files.producers],
    join(dir, "producers.log"),
  );
  const consumers = await startClients(["consume", ...shared, files.consumers], join(dir, "consumers.log"));
  await untilWritten([files.producers, files.consumers]);
  // What a fault costs is not to be measured with clients whose Java is still being compiled.
  await sleep(WARM_UP_MS);
  const untilMs = Date.now() + Number(options.minutes) * 60_000;
  // With everybody well, before anything breaks.
  await faults.moveGracefully();
  await faults.run(untilMs, (line) => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`));
  await sleep(5_000);
  const produced = once(producers, "exit");
  producers.stdin?.end();
  await produced;
  // Readers and groups reach the end.
  await sleep(20_000);
  const consumed = once(consumers, "exit");
  consumers.stdin?.end();
  await consumed;
  return verify(files, PARTITIONS, faults.events);
}

/** Clients write their files in blocks, so a file that is not empty belongs to clients that are well under way. */
async function untilWritten(files: readonly string[]): Promise<void> {
  for (const file of files) while ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0) await sleep(100);
}

/** Prints the verdict; true when a promise was broken or a goal missed. */
function report({ acknowledged, unknown, read, problems, gaps }: Verdict): boolean {
  console.log(`acknowledged ${acknowledged}, unknown to their producers ${unknown}, in the log ${read}`);
  let missed = acknowledged === 0;
  for (const kind of ["kill", "graceful", "stop", "cut"] as const) {
    const of = gaps.filter((gap) => gap.kind === kind).map(({ gapMs }) => gapMs);
    if (of.length === 0) continue;
    const sorted = of.toSorted((a, b) => a - b);
    const most = sorted.at(-1) ?? 0;
    const goal = kind === "kill" || kind === "graceful" ? GOALS_MS[kind] : undefined;
    const verdict = goal === undefined ? "" : most <= goal ? `, goal ${goal}: met` : `, goal ${goal}: MISSED`;
    if (goal !== undefined && most > goal && !options["safety-only"]) missed = true;
    console.log(`without acknowledgement after ${kind} of the owner, ms: ${sorted.join(" ")}${verdict}`);
  }
  for (const problem of problems) console.log(`PROBLEM ${problem}`);
  const bad = missed || problems.length > 0;
  console.log(bad ? "0 passed, 1 failed" : "1 passed, 0 failed");
  return bad;
}
