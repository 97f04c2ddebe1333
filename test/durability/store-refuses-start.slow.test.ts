import { createClient } from "@streambed/client";
import { seededRandom, systemClock, systemRandom, utf8 } from "@streambed/kernel";
import { tcpTransport } from "@streambed/runtime-node";
import { expect, it } from "vitest";
import { startServerProcess } from "../server/server-process.ts";
import { AcknowledgedLedger } from "./acknowledged-ledger.ts";
import { startFaultyBucket } from "./faulty-bucket.ts";

const SEED = Number(process.env["STORM_SEED"] ?? Date.now() % 1_000_000);
const STARTS = 5;
const TOPIC = "starts";
/** More than a third of all requests are refused. */
const REFUSALS = { "slow-down": 0.3, "too-many": 0.05, broken: 0.05 };

it(
  `starts on a bucket that refuses many of its requests, and serves what is in it (STORM_SEED=${SEED})`,
  { timeout: 180_000 },
  async () => {
    await using bucket = await startFaultyBucket("refusing", seededRandom(SEED));
    const { proxy, env } = bucket;
    const ledger = new AcknowledgedLedger();
    for (let start = 0; start < STARTS; start++) {
      // The first one finds an empty bucket, whose probe has a patience of its own.
      if (start > 0) proxy.storm(REFUSALS);
      await using server = await startServerProcess({ args: ["--store", bucket.store], env });
      await using client = createClient({
        transport: tcpTransport(),
        bootstrap: [{ host: "127.0.0.1", port: server.kafkaPort }],
        clock: systemClock(),
        random: systemRandom(),
      });
      if (start === 0) await client.admin.createTopics([{ name: TOPIC, numPartitions: 1 }]);
      const values = Array.from({ length: 20 }, (_, at) => `start-${start}-${at}`);
      const records = values.map((value) => ({ value: utf8(value), partition: 0 }));
      ledger.add(values, await client.producer({ lingerMs: 0 }).send(TOPIC, records));
      proxy.storm(undefined);
      expect(await ledger.differences(client, TOPIC, 1)).toEqual([]);
      await server.stop();
    }
    expect(ledger.size).toBe(STARTS * 20);
  },
);
