import { seededRandom, utf8 } from "@streambed/kernel";
import { expect, test } from "vitest";
import { openCluster, readCluster } from "./cluster-file.ts";
import { CLUSTER_KEY } from "./keys.ts";
import { SHARDS_MAX } from "./limits.ts";
import { openShardLog } from "./shard-log.ts";
import { SHARDS_CONFIG, shardOf, shardsOf } from "./shard-place.ts";
import { batch, CREATE_TOPIC, TOPIC } from "./test-support/log-records.ts";
import { mapStore } from "./test-support/map-store.ts";

const random = seededRandom(1);

test("a new cluster has one shard unless more are asked for", async () => {
  expect(await openCluster(mapStore(), random)).toMatchObject({ shards: 1, created: true });
  expect(await openCluster(mapStore(), random, { shards: "any" })).toMatchObject({ shards: 1, created: true });
  expect(await openCluster(mapStore(), random, { shards: 4 })).toMatchObject({ shards: 4, created: true });
});

test("it grows, keeps its id, and never shrinks", async () => {
  const store = mapStore();
  const { clusterId } = await openCluster(store, random, { shards: 2 });
  expect(await openCluster(store, random, { shards: 4 })).toMatchObject({ clusterId, shards: 4, created: false });
  expect(await openCluster(store, random, { shards: "any" })).toMatchObject({ clusterId, shards: 4 });
  await expect(openCluster(store, random, { shards: 2 })).rejects.toMatchObject({ code: "CLUSTER_SHARDS" });
  expect(await readCluster(store)).toMatchObject({ clusterId, shards: 4 });
});

test("of several that let it grow at once, the largest wish comes true", async () => {
  const store = mapStore();
  await openCluster(store, random);
  const grown = await Promise.allSettled([3, 8, 5].map((shards) => openCluster(store, random, { shards })));
  expect(grown.some(({ status }) => status === "fulfilled")).toBe(true);
  expect(await readCluster(store)).toMatchObject({ shards: 8 });
});

test("a program for one shard refuses a cluster of several", async () => {
  const store = mapStore();
  await openCluster(store, random, { shards: 2 });
  await expect(openCluster(store, random)).rejects.toMatchObject({ code: "CLUSTER_SHARDS" });
});

test.each([0, -1, 1.5, SHARDS_MAX + 1, "4", null])("a shard count of %s is refused", async (shards) => {
  const store = mapStore();
  await store.put(CLUSTER_KEY, [utf8(JSON.stringify({ formatVersion: 1, clusterId: "x", shards }))]);
  await expect(readCluster(store)).rejects.toMatchObject({ code: "CLUSTER_FORMAT" });
});

test("neighbouring partitions lie in different shards, topics without a count in shard 0", () => {
  expect(new Set([0, 1, 2, 3].map((partition) => shardOf(TOPIC, partition, 4)))).toEqual(new Set([0, 1, 2, 3]));
  expect(shardOf(TOPIC, 7, 1)).toBe(0);
  expect(shardsOf(new Map())).toBe(1);
  expect(shardsOf(new Map([[SHARDS_CONFIG, "4"]]))).toBe(4);
  expect(shardsOf(new Map([[SHARDS_CONFIG, "nonsense"]]))).toBe(1);
});

const SPREAD = { ...CREATE_TOPIC, configs: new Map([[SHARDS_CONFIG, "3"]]) };

test("a shard takes only what belongs to it", async () => {
  const log = await openShardLog({ store: mapStore(), shard: 1, isOneOfSeveral: true });
  await log.command(SPREAD);
  const outcomes = await log.append([0, 1, 2].map((partition) => batch(partition, 1, { partition })));
  const statuses = outcomes.map(({ status }) => status);
  expect(statuses.filter((status) => status === "appended")).toHaveLength(1);
  expect(statuses.indexOf("appended")).toBe([0, 1, 2].findIndex((partition) => shardOf(TOPIC, partition, 3) === 1));
});

test("a log that was opened as the only one halts at a topic that is spread over several", async () => {
  const store = mapStore();
  const alone = await openShardLog({ store });
  const other = await openShardLog({ store, isOneOfSeveral: true });
  await other.command(SPREAD);
  await expect(alone.verifyTail()).rejects.toMatchObject({ code: "CLUSTER_GREW" });
  await expect(alone.append([batch(1)])).rejects.toMatchObject({ code: "CLUSTER_GREW" });
  await expect(openShardLog({ store })).rejects.toMatchObject({ code: "CLUSTER_GREW" });
});
