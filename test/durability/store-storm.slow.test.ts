import { setTimeout as pause } from "node:timers/promises";
import { createClient } from "@streambed/client";
import type { Client, Producer } from "@streambed/client";
import { seededRandom, systemClock, systemRandom, utf8 } from "@streambed/kernel";
import { tcpTransport } from "@streambed/runtime-node";
import { expect, it } from "vitest";
import { startServerProcess } from "../server/server-process.ts";
import { AcknowledgedLedger } from "./acknowledged-ledger.ts";
import { startFaultyBucket } from "./faulty-bucket.ts";

const STORM_SECONDS = Number(process.env["STORM_SECONDS"] ?? 60);
const SEED = Number(process.env["STORM_SEED"] ?? Date.now() % 1_000_000);
const CALM_MS = 3_000;
/** Long enough for the rate to come back, which takes a few seconds. */
const RECOVERY_MS = 15_000;
const TOPIC = "stormy";
const PARTITIONS = 3;
const RECORDS_PER_CALL = 10;
/** Nearly nothing gets through, in every way that S3 has, and in two that only networks have. */
const STORM = { "slow-down": 0.5, "too-many": 0.15, broken: 0.15, swallowed: 0.02, "answer-lost": 0.08 };

function connect(port: number): Client {
  return createClient({
    transport: tcpTransport(),
    bootstrap: [{ host: "127.0.0.1", port }],
    clock: systemClock(),
    random: systemRandom(),
  });
}

interface Progress {
  /** When records were acknowledged, `performance.now()`. */
  readonly at: number[];
  refused: number;
}

async function produceForever(
  producer: Producer,
  {
    name,
    ledger,
    running,
  }: { readonly name: string; readonly ledger: AcknowledgedLedger; readonly running: AbortSignal },
): Promise<Progress> {
  const progress: Progress = { at: [], refused: 0 };
  for (let call = 0; !running.aborted; call++) {
    const values = Array.from({ length: RECORDS_PER_CALL }, (_, at) => `${name}-${call}-${at}`);
    const records = values.map((value, at) => ({ value: utf8(value), partition: at % PARTITIONS }));
    const results = await producer.send(TOPIC, records);
    ledger.add(values, results);
    const accepted = results.filter(({ ok }) => ok).length;
    progress.refused += results.length - accepted;
    for (let count = 0; count < accepted; count++) progress.at.push(performance.now());
    await pause(5);
  }
  return progress;
}

it(
  `loses nothing in ${STORM_SECONDS} s of 503, 429, 500, time-outs and lost answers, and recovers by itself (STORM_SEED=${SEED})`,
  { timeout: 180_000 + STORM_SECONDS * 1_000 },
  async () => {
    await using bucket = await startFaultyBucket("storm", seededRandom(SEED));
    const { proxy, env } = bucket;
    await using server = await startServerProcess({ args: ["--store", bucket.store], env });
    await using client = connect(server.kafkaPort);
    await client.admin.createTopics([{ name: TOPIC, numPartitions: PARTITIONS }]);
    const ledger = new AcknowledgedLedger();
    const stop = new AbortController();
    const load = { ledger, running: stop.signal };
    const work = Promise.all([
      produceForever(client.producer({ lingerMs: 0 }), { name: "once-a", ...load }),
      produceForever(client.producer({ lingerMs: 5 }), { name: "once-b", ...load }),
      produceForever(client.producer({ enableIdempotence: false }), { name: "plain", ...load }),
    ]);
    await pause(CALM_MS);
    const began = performance.now();
    proxy.storm(STORM);
    await pause(STORM_SECONDS * 1000);
    proxy.storm(undefined);
    const calm = performance.now();
    await pause(RECOVERY_MS);
    stop.abort();
    const progress = await work;

    expect(await ledger.differences(client, TOPIC, PARTITIONS)).toEqual([]);
    expect(server.child.exitCode).toBeNull();
    const at = progress.flatMap((each) => each.at);
    const before = at.filter((ms) => ms < began).length;
    const during = at.filter((ms) => ms >= began && ms < calm).length;
    const after = at.filter((ms) => ms >= calm);
    const recoveryMs = Math.min(...after) - calm;
    const atLast = at.filter((ms) => ms >= calm + RECOVERY_MS - CALM_MS && ms < calm + RECOVERY_MS).length;
    const refused = progress.reduce((sum, each) => sum + each.refused, 0);
    console.log(
      `acknowledged before ${before}, during ${during}, after ${after.length}, of these ${atLast} in the last ${CALM_MS} ms; refused ${refused}; ` +
        `first acknowledgement ${recoveryMs.toFixed(0)} ms after the storm; requests ${JSON.stringify(proxy.met)}, never answered: ${proxy.swallowed.join(", ")}`,
    );
    expect(before).toBeGreaterThan(0);
    expect(atLast).toBeGreaterThan(before / 2);
    expect(recoveryMs).toBeLessThan(5_000);
    // What an operator reads: which answer of the store it is that everything waits for.
    expect(server.output().stderr).toMatch(/SlowDown|TooManyRequests/);
  },
);
