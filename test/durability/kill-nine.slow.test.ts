import { createServer } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createClient } from "@streambed/client";
import type { Client, Producer } from "@streambed/client";
import { seededRandom, systemClock, systemRandom, utf8 } from "@streambed/kernel";
import { tcpTransport } from "@streambed/runtime-node";
import { expect, it } from "vitest";
import { bundleApp } from "../../tools/bundle/bundle-app.ts";
import { startServerProcess } from "../server/server-process.ts";
import type { ServerProcess } from "../server/server-process.ts";
import { AcknowledgedLedger } from "./acknowledged-ledger.ts";

const ROUNDS = Number(process.env["KILL_ROUNDS"] ?? 50);
const SEED = Number(process.env["KILL_SEED"] ?? Date.now() % 1_000_000);
const PARTITIONS = 6;
const TOPIC = "killed";
const RECORDS_PER_CALL = 20;

async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

function connect(port: number): Client {
  return createClient({
    transport: tcpTransport(),
    bootstrap: [{ host: "127.0.0.1", port }],
    clock: systemClock(),
    random: systemRandom(),
    reconnectBackoffMs: 20,
    reconnectBackoffMaxMs: 50,
    retryBackoffMs: 20,
    retryBackoffMaxMs: 100,
  });
}

/** Produces until told to stop and writes down what was acknowledged. */
async function produceForever(
  producer: Producer,
  name: string,
  ledger: AcknowledgedLedger,
  running: AbortSignal,
): Promise<void> {
  for (let call = 0; !running.aborted; call++) {
    const values = Array.from({ length: RECORDS_PER_CALL }, (_, at) => `${name}-${call}-${at}`);
    const records = values.map((value, at) => ({
      key: utf8(`${name}-${at}`),
      value: utf8(value),
      partition: at % PARTITIONS,
    }));
    ledger.add(values, await producer.send(TOPIC, records));
  }
}

/** Milliseconds from now to the first acknowledged record, with a client of its own. */
async function firstProduce(port: number, round: number, ledger: AcknowledgedLedger): Promise<number> {
  const began = performance.now();
  await using client = connect(port);
  const producer = client.producer({ lingerMs: 0 });
  const value = `first-${round}`;
  ledger.add([value], await producer.send(TOPIC, [{ value: utf8(value), partition: 0 }]));
  return performance.now() - began;
}

it(
  `keeps every acknowledged record at its offset through ${ROUNDS} kills (KILL_SEED=${SEED})`,
  { timeout: 60_000 + ROUNDS * 4_000 },
  async () => {
    const random = seededRandom(SEED);
    const folder = await mkdtemp(join(tmpdir(), "streambed-kill-"));
    const [kafkaPort, httpPort] = [await freePort(), await freePort()];
    const main = await bundleApp("server");
    const start = (): Promise<ServerProcess> =>
      startServerProcess({ main, args: ["--data", folder], kafkaPort, httpPort });
    const ledger = new AcknowledgedLedger();
    const running = new AbortController();
    let server = await start();
    const client = connect(kafkaPort);
    await client.admin.createTopics([{ name: TOPIC, numPartitions: PARTITIONS }]);
    const work = [
      produceForever(client.producer({ lingerMs: 1 }), "once-a", ledger, running.signal),
      produceForever(client.producer({ lingerMs: 0, compressionType: "none" }), "once-b", ledger, running.signal),
      produceForever(client.producer({ acks: "all", enableIdempotence: false }), "plain", ledger, running.signal),
    ];
    const restarts: number[] = [];
    try {
      for (let round = 0; round < ROUNDS; round++) {
        await pause(50 + random.fraction() * 400);
        await server.stop("SIGKILL");
        const began = performance.now();
        const [next] = await Promise.all([start(), firstProduce(kafkaPort, round, ledger)]);
        server = next;
        restarts.push(performance.now() - began);
      }
    } finally {
      running.abort();
    }
    await Promise.all(work);
    expect(await ledger.differences(client, TOPIC, PARTITIONS)).toEqual([]);
    expect(ledger.size).toBeGreaterThan(ROUNDS * RECORDS_PER_CALL);
    await client.close();
    await server.stop();
    await rm(folder, { recursive: true });
    const sorted = restarts.toSorted((left, right) => left - right);
    const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
    console.log(
      `${ledger.size} records acknowledged; restart to first produce: median ${median.toFixed(0)} ms, most ${sorted.at(-1)?.toFixed(0)} ms`,
    );
    expect(median).toBeLessThan(1000);
  },
);
