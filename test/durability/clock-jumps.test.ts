import { brokerModules, createBroker, inProcessTransport } from "@streambed/broker";
import { createClient } from "@streambed/client";
import { messageOf, seededRandom, systemClock, utf8 } from "@streambed/kernel";
import type { Clock, Logger } from "@streambed/kernel";
import { createHousekeeper, openCluster, openShardLog } from "@streambed/log-storage";
import { defaultCodecs } from "@streambed/protocol";
import { memoryStore } from "@streambed/store-memory";
import { expect, test } from "vitest";

const HOUR = 3_600_000;
const WEEK = 7 * 24 * HOUR;

/** A machine whose wall clock jumps, and a bucket whose clock does not. */
async function machine() {
  const real = systemClock();
  const logged: string[] = [];
  let offMs = 0;
  const clock: Clock = { ...real, now: () => real.now() + offMs };
  const logger: Logger = { log: (_level, event) => void logged.push(event) };
  const store = memoryStore({ clock: real });
  const random = seededRandom(7);
  const system = { clock, random, logger };
  const { clusterId } = await openCluster(store, random);
  const log = await openShardLog({ store, modules: brokerModules, ...system });
  const broker = createBroker({ log, clusterId, ...system }, { groupInitialRebalanceDelayMs: 0 });
  const transport = inProcessTransport(broker);
  // Clients have clocks of their own.
  const client = createClient({ transport, bootstrap: [{ host: "x", port: 0 }], clock: real, random });
  await client.admin.createTopics([{ name: "t", numPartitions: 1 }]);
  return {
    store,
    log,
    client,
    system,
    logged,
    jump: (byMs: number): void => void (offMs += byMs),
    async [Symbol.asyncDispose]() {
      await client.close();
      await broker.close();
      await log.close();
    },
  };
}

type Machine = Awaited<ReturnType<typeof machine>>;

async function produce({ client }: Machine, value: string): Promise<unknown> {
  await using producer = client.producer({ lingerMs: 0 });
  const [result] = await producer.send("t", [{ value: utf8(value) }]);
  return result?.ok === true ? result.offset : messageOf(result?.error);
}

async function valuesOf({ client }: Machine): Promise<readonly string[]> {
  const { records } = await client.fetch({ topic: "t", partition: 0, offset: 0, maxWaitMs: 0 });
  return records.map(({ value }) => new TextDecoder().decode(value ?? new Uint8Array(0)));
}

test.each([
  ["forward", 6 * HOUR],
  ["back by less than records may be ahead", -HOUR / 2],
])("a clock that jumps %s stops nobody, and the log's own time never goes back", async (_title, byMs) => {
  await using broker = await machine();
  expect(await produce(broker, "before")).toBe(0);
  const { timestampMs } = broker.log.internals.state;
  broker.jump(byMs);
  expect(await produce(broker, "after")).toBe(1);
  expect(broker.log.internals.state.timestampMs).toBeGreaterThanOrEqual(timestampMs);
  broker.jump(-byMs);
  expect(await produce(broker, "and back")).toBe(2);
  expect(await valuesOf(broker)).toEqual(["before", "after", "and back"]);
  expect(broker.log.internals.folded.halted).toBeUndefined();
});

test("behind by hours, records look as if they came from the future: refused with the reason, and taken again", async () => {
  await using broker = await machine();
  expect(await produce(broker, "before")).toBe(0);
  broker.jump(-6 * HOUR);
  expect(await produce(broker, "too new")).toMatch(/INVALID_TIMESTAMP|[Tt]imestamp/);
  broker.jump(6 * HOUR);
  expect(await produce(broker, "after")).toBe(1);
  expect(await valuesOf(broker)).toEqual(["before", "after"]);
});

test("a clock that jumps ahead deletes nothing: what is old is for the bucket's clock to say", async () => {
  await using broker = await machine();
  await produce(broker, "kept");
  broker.jump(5 * WEEK);
  const housekeeper = createHousekeeper({ internals: broker.log.internals, codecs: defaultCodecs });
  expect(await housekeeper.retention()).toEqual({ partitions: 0, bytes: 0 });
  expect(broker.logged).toContain("clock-ahead-of-store");
  expect(await valuesOf(broker)).toEqual(["kept"]);
});

test("who takes a shard over with a wrong clock is told to set it, and may try again", async () => {
  await using broker = await machine();
  await produce(broker, "kept");
  const { store, system } = broker;
  const heir = await openShardLog({ store, modules: brokerModules, ownership: "owned", nodeId: 2, ...system });
  broker.jump(2 * HOUR);
  await expect(heir.claim()).rejects.toMatchObject({
    code: "CLOCK_SKEW",
    message: expect.stringMatching(/differ by 7\d{6} ms; set the clock/),
  });
  broker.jump(-2 * HOUR);
  expect(await heir.claim()).toBe("claimed");
  await heir.close();
});
