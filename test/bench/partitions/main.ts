// One cluster with very many partitions: the real server process, our own client over TCP.
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { createClient } from "@streambed/client";
import { seededRandom, systemClock, systemRandom } from "@streambed/kernel";
import { tcpTransport } from "@streambed/runtime-node";
import { repositoryRoot } from "../../../tools/peers/cache.ts";
import { freePort, stopProcess } from "../../../tools/peers/processes.ts";
import { bundleStreambed, spawnStreambed } from "../../../tools/peers/streambed.ts";
import { untilAnswered } from "../boot.ts";
import { readOptions } from "../options.ts";
import { conclude, type Figure } from "../report.ts";
import { watchMemory } from "./memory.ts";
import { choose, consumeFrom, createAll, describeAll, produceTo } from "./steps.ts";

const ABOUT = `Very many partitions in one cluster: created, described, used, and there again after a restart.

Exit code 1 when a goal is missed; any record that is refused, lost or repeated ends the run with an error.`;

const options = readOptions(ABOUT, {
  partitions: { default: 100_000, help: "partitions of the cluster" },
  "per-topic": { default: 10_000, help: "partitions of one topic" },
  used: { default: 1000, help: "partitions, chosen at random, that are written and read" },
  seed: { default: 1, help: "of the choice and the records" },
  json: { default: null, help: "file for the figures" },
});

const folder = join(repositoryRoot, ".cache", "bench", `partitions-${process.pid}`);
await mkdir(folder, { recursive: true });
await bundleStreambed();
const [port, httpPort] = [await freePort(), await freePort()];
const random = seededRandom(options.seed);
const figures: Figure[] = [];
// Timers of the system clock do not keep a process alive by themselves.
const alive = setInterval(() => undefined, 60_000);
let server = await spawnStreambed({ dir: folder, port, httpPort });
try {
  await untilAnswered(port);
  await using client = connect();
  const memory = watchMemory(server.pid ?? 0);
  note("memory before", "MB", await memory.nowMB());
  const topics = await timed("all created", () => createAll(client, options.partitions, options["per-topic"]));
  await timed("metadata of everything", () => describeAll(client, topics));
  const used = choose(topics, options.used, random);
  await timed(`written to ${used.length} partitions at once`, () => produceTo(client, used, { random, atOnce: true }));
  // Commits of their own: there are checkpoints to be taken, and packs to be written.
  await timed(`written to ${used.length} in turn`, () => produceTo(client, used, { random, atOnce: false }));
  await timed(`read from ${used.length} partitions`, () => consumeFrom(client, used, 2));
  note("memory, peak", "MB", await memory.peakMB(), 600);
  note("memory afterwards", "MB", await memory.nowMB(), 600);
  await client.close();
  await stopProcess(server);

  const spawnedMs = performance.now();
  server = await spawnStreambed({ dir: folder, port, httpPort });
  await untilAnswered(port);
  note("restart to first answer", "ms", performance.now() - spawnedMs);
  await using again = connect();
  await timed("metadata of everything after the restart", () => describeAll(again, topics));
  await produceTo(again, used, { random, atOnce: true });
  await timed(`read from ${used.length} partitions after the restart`, () => consumeFrom(again, used, 3));
  const restarted = watchMemory(server.pid ?? 0);
  note("memory after the restart, peak", "MB", await restarted.peakMB(), 600);
  const title = `${options.partitions} partitions in one cluster`;
  await conclude({ title, settings: options, figures }, options.json);
} finally {
  clearInterval(alive);
  await stopProcess(server);
  await rm(folder, { recursive: true, force: true });
}

function connect(): ReturnType<typeof createClient> {
  const parts = { transport: tcpTransport(), clock: systemClock(), random: systemRandom() };
  return createClient({ ...parts, bootstrap: [{ host: "127.0.0.1", port }] });
}

async function timed<T>(name: string, work: () => Promise<T>): Promise<T> {
  const startMs = performance.now();
  const result = await work();
  note(name, "ms", performance.now() - startMs);
  return result;
}

function note(name: string, unit: string, value: number, atMost?: number): void {
  console.error(`${name}: ${value.toFixed(0)} ${unit}`);
  figures.push({ name, unit, value, ...(atMost === undefined ? {} : { goal: { atMost } }) });
}
