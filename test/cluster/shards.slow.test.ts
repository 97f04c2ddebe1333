import type { Client } from "@streambed/client";
import { utf8 } from "@streambed/kernel";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { beforeAll, expect, test } from "vitest";
import { bundleApp } from "../../tools/bundle/bundle-app.ts";
import { AcknowledgedLedger } from "../durability/acknowledged-ledger.ts";
import { runServerProcess } from "../server/server-process.ts";
import { startCluster, statusOf } from "./cluster-processes.ts";
import type { ClusterProcesses } from "./cluster-processes.ts";

const TOPIC = "busy";
const SHARDS = 4;
const PARTITIONS = 8;

let main = "";
beforeAll(async () => {
  main = await bundleApp("server");
});

async function folder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "streambed-shards-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Produces to one partition without a rest. */
class PartitionProducer {
  readonly ledger: AcknowledgedLedger = new AcknowledgedLedger();
  readonly partition: number;
  readonly failures: string[] = [];
  readonly #stop = new AbortController();
  readonly #acknowledgedMs: number[] = [];
  readonly #work: Promise<void>;

  constructor(client: Client, partition: number) {
    this.partition = partition;
    this.#work = this.#produce(client);
  }

  get count(): number {
    return this.#acknowledgedMs.length;
  }

  longestGapMs(fromMs: number): number {
    const times = [fromMs, ...this.#acknowledgedMs.filter((ms) => ms >= fromMs), performance.now()];
    return times.slice(1).reduce((longest, ms, at) => Math.max(longest, ms - (times[at] ?? ms)), 0);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#work;
  }

  async #produce(client: Client): Promise<void> {
    const producer = client.producer({ lingerMs: 0 });
    for (let call = 0; !this.#stop.signal.aborted; call++) {
      const value = `${this.partition}-${call}`;
      const results = await producer.send(TOPIC, [{ value: utf8(value), partition: this.partition }]);
      this.ledger.add([value], results);
      for (const result of results) if (!result.ok) this.failures.push(`${result.error.code}: ${result.error.message}`);
      if (results.every(({ ok }) => ok)) this.#acknowledgedMs.push(performance.now());
      await pause(5);
    }
  }
}

/** Which broker leads each partition, by node id, once all have a leader. */
async function leaders(client: Client): Promise<number[]> {
  for (;;) {
    const [topic] = await client.admin.describeTopics([TOPIC]);
    const found = topic?.ok === true ? topic.partitions.map(({ leader }) => leader) : [];
    if (found.length === PARTITIONS && found.every((leader) => leader >= 0)) return found;
    await pause(50);
  }
}

async function nodeIds({ servers }: ClusterProcesses): Promise<number[]> {
  return Promise.all(servers.map(async (server) => (await statusOf(server))?.nodeId ?? -1));
}

test("an owner of some shards is killed: only its partitions stall, and nothing acknowledged is lost", async () => {
  await using data = await folder();
  await using cluster = await startCluster(3, { main, args: ["--data", data.path, "--shards", String(SHARDS)] });
  await using client = cluster.connect();
  await client.admin.createTopics([{ name: TOPIC, numPartitions: PARTITIONS }]);
  // The first broker had all shards; after half a minute they are where they belong.
  let before = await leaders(client);
  for (let waitedMs = 0; new Set(before).size < 2 && waitedMs < 90_000; waitedMs += 1_000) {
    await pause(1_000);
    before = await leaders(client);
  }
  await pause(20_000);
  before = await leaders(client);
  expect(new Set(before).size).toBeGreaterThan(1);
  // A client for each, so that none waits behind another's requests.
  const clients = before.map(() => cluster.connect());
  const producers = clients.map((each, partition) => new PartitionProducer(each, partition));
  while (producers.some(({ count }) => count < 50)) await pause(20);

  const ids = await nodeIds(cluster);
  const owner = await cluster.owner();
  const victim = cluster.servers.findIndex((server, at) => server !== owner && before.includes(ids[at] ?? -1));
  const killedMs = performance.now();
  await cluster.servers[victim]?.stop("SIGKILL");
  const counts = producers.map(({ count }) => count);
  await pause(500);
  while (producers.some(({ count }, at) => count < (counts[at] ?? 0) + 20)) await pause(20);

  const gaps = producers.map((producer) => producer.longestGapMs(killedMs));
  const isVictims = before.map((leader) => leader === ids[victim]);
  const [stalled, others] = [gaps.filter((_, at) => isVictims[at]), gaps.filter((_, at) => isVictims[at] !== true)];
  console.log(`killed: ${stalled.map(Math.round).join(", ")} ms; others: ${others.map(Math.round).join(", ")} ms`);
  expect(stalled.length).toBeGreaterThan(0);
  expect(others.length).toBeGreaterThan(0);
  expect.soft(Math.max(...stalled)).toBeLessThan(10_000);
  expect.soft(Math.max(...others)).toBeLessThan(Math.min(...stalled));
  await Promise.all(producers.map((producer) => producer.stop()));
  for (const { ledger, partition, failures } of producers) {
    expect.soft(failures).toEqual([]);
    const differences = await ledger.differences(client, TOPIC, PARTITIONS);
    expect(differences, `partition ${partition}`).toEqual([]);
  }
  await Promise.all(clients.map((each) => each.close()));
}, 240_000);

test("a cluster grows by a broker that wants more shards, and refuses one that wants fewer", async () => {
  await using data = await folder();
  await using cluster = await startCluster(2, { main, args: ["--data", data.path] });
  const larger = await startCluster(1, { main, args: ["--data", data.path, "--shards", "3"] });
  await using _ = larger;
  const shardsOf = async (): Promise<number[]> => {
    const statuses = await Promise.all([...cluster.servers, ...larger.servers].map((server) => statusOf(server)));
    return statuses.map((status) => status?.shards.length ?? 0);
  };
  await expect.poll(shardsOf, { timeout: 15_000 }).toEqual([3, 3, 3]);
  const fewer = await runServerProcess({ main, args: ["--cluster", "--data", data.path, "--shards", "2"] });
  expect(fewer).toMatchObject({ code: 1 });
  expect(fewer.stderr).toMatch(/has 3 shards, and shards are never taken away/);
  await using client = cluster.connect();
  await client.admin.createTopics([{ name: TOPIC, numPartitions: PARTITIONS }]);
  const producer = client.producer({ lingerMs: 0 });
  const records = Array.from({ length: PARTITIONS }, (__, partition) => ({ value: utf8("a"), partition }));
  expect((await producer.send(TOPIC, records)).every(({ ok }) => ok)).toBe(true);
}, 120_000);
