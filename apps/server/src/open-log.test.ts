import { randomUuid, silentLogger, silentMeter, systemClock, systemRandom } from "@streambed/kernel";
import type { StreambedError } from "@streambed/kernel";
import { openCluster } from "@streambed/log-storage";
import type { ObjectStore } from "@streambed/log-storage";
import { memoryStore } from "@streambed/store-memory";
import { expect, test } from "vitest";
import { openLog } from "./open-log.ts";
import type { OpenLog } from "./open-log.ts";

const random = systemRandom();
const system = { clock: systemClock(), random, logger: silentLogger, meter: silentMeter };

async function open(store: ObjectStore, count: number, halts: StreambedError[] = []): Promise<OpenLog> {
  await openCluster(store, random, { shards: "any" });
  return openLog(store, count, { ...system, onHalt: (error) => void halts.push(error) });
}

async function createTopic({ parts: { log } }: OpenLog, name: string): Promise<string> {
  const topicId = randomUuid(random);
  await log.command({ kind: "create-topic", topicId, name, partitions: 6, configs: new Map() });
  return topicId;
}

test("the log of one shard is that shard", async () => {
  await using one = await open(memoryStore(), 1);
  expect(one.parts.log).toBe(one.shards[0]);
  expect(one.parts.storedGroups).toBeUndefined();
});

test("a process opens the shards by which another one has let the cluster grow, when it meets them", async () => {
  const store = memoryStore();
  await openCluster(store, random, { shards: 2 });
  await using small = await open(store, 2);
  const added: number[] = [];
  small.onShard(({ internals }) => added.push(internals.shard));
  await openCluster(store, random, { shards: 4 });
  await using large = await open(store, 4);
  const topicId = await createTopic(large, "t");
  await small.parts.log.verifyTail();
  expect(small.parts.log.view.topics.get(topicId)?.partitions).toHaveLength(6);
  await expect.poll(() => small.shards.length).toBe(4);
  expect(added).toEqual([2, 3]);
  expect([0, 1, 2, 3, 4, 5].map((partition) => small.parts.log.shardOf(topicId, partition))).toEqual(
    [0, 1, 2, 3, 4, 5].map((partition) => large.parts.log.shardOf(topicId, partition)),
  );
});

test("a process that opened the only shard ends when the cluster has outgrown it", async () => {
  const store = memoryStore();
  const halts: StreambedError[] = [];
  await using one = await open(store, 1, halts);
  await openCluster(store, random, { shards: 2 });
  await using two = await open(store, 2);
  await createTopic(two, "t");
  await expect(one.parts.log.verifyTail()).rejects.toMatchObject({ code: "CLUSTER_GREW" });
  expect(halts).toMatchObject([{ code: "CLUSTER_GREW" }]);
});
