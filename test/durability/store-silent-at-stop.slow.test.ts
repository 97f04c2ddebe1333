import { createClient } from "@streambed/client";
import { seededRandom, systemClock, systemRandom, utf8 } from "@streambed/kernel";
import { tcpTransport } from "@streambed/runtime-node";
import { expect, it } from "vitest";
import { startServerProcess } from "../server/server-process.ts";
import { startFaultyBucket } from "./faulty-bucket.ts";

it(
  "ends within ten seconds of SIGTERM though the store never answers a write, and says so",
  { timeout: 60_000 },
  async () => {
    await using bucket = await startFaultyBucket("silent", seededRandom(1));
    await using server = await startServerProcess({ args: ["--store", bucket.store], env: bucket.env });
    const bootstrap = [{ host: "127.0.0.1", port: server.kafkaPort }];
    await using client = createClient({
      transport: tcpTransport(),
      bootstrap,
      clock: systemClock(),
      random: systemRandom(),
    });
    await client.admin.createTopics([{ name: "silent", numPartitions: 1 }]);
    const producer = client.producer({ lingerMs: 0, deliveryTimeoutMs: 2_000 });
    await producer.send("silent", [{ value: utf8("first") }]);
    bucket.proxy.storm({ swallowed: 1 });
    const unanswered = producer.send("silent", [{ value: utf8("second") }]);
    unanswered.catch(() => undefined);
    await expect.poll(() => bucket.proxy.swallowed.length).toBeGreaterThan(0);
    const askedMs = performance.now();
    const { code, stderr } = await server.stop();
    expect(performance.now() - askedMs).toBeLessThan(10_000);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining("What was acknowledged is safe") as string,
    });
  },
);
