import { randomUuid, seededRandom, silentLogger, systemClock } from "@streambed/kernel";
import { expect, test } from "vitest";
import type { StateModule } from "../ports/state-module.ts";
import { openShardLog } from "../shard-log.ts";
import type { ShardLog } from "../shard-log.ts";
import { SHARDS_CONFIG } from "../shard-place.ts";
import { batch } from "../test-support/log-records.ts";
import { mapStore } from "../test-support/map-store.ts";
import type { MapStore } from "../test-support/map-store.ts";
import { ShardedLog } from "./sharded-log.ts";

const random = seededRandom(4);

async function openShards(store: MapStore, count: number, modules?: () => readonly StateModule[]): Promise<ShardLog[]> {
  const options = { store, isOneOfSeveral: true, random, ...(modules === undefined ? {} : { modules }) };
  return Promise.all(Array.from({ length: count }, (_, shard) => openShardLog({ ...options, shard })));
}

async function open(store: MapStore, count: number, modules?: () => readonly StateModule[]): Promise<ShardedLog> {
  const shards = await openShards(store, count, modules);
  return new ShardedLog({ shards, ownership: "shared", clock: systemClock(), logger: silentLogger });
}

async function createTopic(log: ShardedLog, name: string, partitions = 3): Promise<string> {
  const topicId = randomUuid(random);
  await log.command({ kind: "create-topic", topicId, name, partitions, configs: new Map() });
  return topicId;
}

/** A partition of the topic in that shard. */
function partitionIn(log: ShardedLog, topicId: string, shard: number): number {
  const found = [0, 1, 2].find((partition) => log.shardOf(topicId, partition) === shard);
  if (found === undefined) throw new Error("no partition there");
  return found;
}

test("one request over several shards is answered in its own order", async () => {
  const log = await open(mapStore(), 3);
  const topicId = await createTopic(log, "t");
  await log.append([batch(0, 5, { topicId, partition: 1 })]);
  const outcomes = await log.append([2, 1, 0].map((partition) => batch(partition, 1, { topicId, partition })));
  expect(outcomes.map((outcome) => "baseOffset" in outcome && outcome.baseOffset)).toEqual([0, 5, 0]);
});

test("clients never see how a topic is spread, and one that was created before growth stays in shard 0", async () => {
  const store = mapStore();
  const log = await open(store, 1);
  const [old] = [await createTopic(log, "old")];
  log.add((await openShards(store, 2))[1] as ShardLog);
  const young = await createTopic(log, "young");
  expect(log.view.topics.get(young)?.configs).toEqual(new Map());
  expect(log.shards[0]?.view.topics.get(young)?.configs).toEqual(new Map([[SHARDS_CONFIG, "2"]]));
  expect([0, 1, 2].map((partition) => log.shardOf(old, partition))).toEqual([0, 0, 0]);
  expect(new Set([0, 1, 2].map((partition) => log.shardOf(young, partition))).size).toBe(2);
});

test("who waits at a partition that no shard knows yet hears of its first records", async () => {
  const log = await open(mapStore(), 2);
  const topicId = await createTopic(log, "t");
  const partition = partitionIn(log, topicId, 1);
  const waited = log.view.partition(topicId, partition);
  if (waited === undefined) throw new Error("no partition");
  expect(waited.endOffset).toBe(0);
  const heard = new Promise<void>((resolve) => log.watch([waited], resolve));
  await log.append([batch(1, 1, { topicId, partition })]);
  await heard;
  expect(log.view.partition(topicId, partition)?.endOffset).toBe(1);
});

test("a topic under the name of a deleted one begins anew at once, and writes keep their order", async () => {
  const log = await open(mapStore(), 2);
  const old = await createTopic(log, "t");
  const before = partitionIn(log, old, 1);
  await log.append([batch(1, 7, { topicId: old, partition: before })]);
  const deleting = log.command({ kind: "delete-topic", topicId: old });
  const young = randomUuid(random);
  const create = { kind: "create-topic", topicId: young, name: "t", partitions: 3, configs: new Map() } as const;
  await Promise.all([deleting, log.command(create)]);
  const partition = partitionIn(log, young, 1);
  const producer = { producerId: 9, producerEpoch: 0 };
  const appends = [0, 1, 2].map((baseSequence) =>
    log.append([batch(baseSequence, 1, { topicId: young, partition, baseSequence, ...producer })]),
  );
  const outcomes = (await Promise.all(appends)).flat();
  expect(outcomes).toMatchObject([0, 1, 2].map((baseOffset) => ({ status: "appended", baseOffset })));
});

test("a process that has not heard of a new topic yet does not take it for a deleted one", async () => {
  const store = mapStore();
  const [writer, behind] = [await open(store, 2), await open(store, 2)];
  const topicId = await createTopic(writer, "t");
  const partition = partitionIn(writer, topicId, 1);
  await writer.append([batch(1, 1, { topicId, partition })]);
  // It sees the topic in shard 1 before it sees it in shard 0.
  await behind.shards[1]?.verifyTail();
  await new Promise((resolve) => setTimeout(resolve, 50));
  await writer.verifyTail();
  expect(writer.view.partition(topicId, partition)?.endOffset).toBe(1);
  expect(behind.view.partition(topicId, partition)?.endOffset).toBe(1);
});

test("modules of a shard hear that a topic was deleted which was only spoken of there", async () => {
  const deleted: string[][] = [];
  const modules = (): readonly StateModule[] => {
    const names: string[] = [];
    deleted.push(names);
    return [
      {
        name: "listener",
        apply: () => undefined,
        topicDeleted: ({ name }) => void names.push(name),
        snapshot: () => new Uint8Array(0),
        restore: () => undefined,
      },
    ];
  };
  const log = await open(mapStore(), 3, modules);
  const offsets = await createTopic(log, "offsets");
  const topicId = await createTopic(log, "spoken-of");
  const partition = partitionIn(log, offsets, 2);
  await log.append([batch(1, 1, { topicId: offsets, partition, inline: true })], ["spoken-of", "unknown"]);
  await log.command({ kind: "delete-topic", topicId });
  await expect.poll(() => deleted).toEqual([["spoken-of"], [], ["spoken-of"]]);
});

test("a topic that is spoken of while its deleted namesake is only on its way is heard of, too", async () => {
  const store = mapStore();
  const log = await open(store, 3);
  const offsets = await createTopic(log, "offsets");
  const old = await createTopic(log, "t");
  const partition = partitionIn(log, offsets, 2);
  const released = Promise.withResolvers<void>();
  store.intercept = async (key, put) => {
    if (key.startsWith("log/2/")) await released.promise;
    return put();
  };
  const first = log.append([batch(1, 1, { topicId: offsets, partition, inline: true })], ["t"]);
  await log.command({ kind: "delete-topic", topicId: old });
  const young = await createTopic(log, "t");
  const second = log.append([batch(2, 1, { topicId: offsets, partition, inline: true })], ["t"]);
  released.resolve();
  expect(await first).toMatchObject([{ status: "appended", baseOffset: 0 }]);
  expect(await second).toMatchObject([{ status: "appended", baseOffset: 1 }]);
  expect(log.shards[2]?.view.topicNamed("t")?.topicId).toBe(young);
});

test("what another writer left under the name in a shard does not refuse the records of a new topic", async () => {
  const store = mapStore();
  const [writer, behind] = [await open(store, 2), await open(store, 2)];
  const old = await createTopic(writer, "t");
  await writer.append([batch(1, 1, { topicId: old, partition: partitionIn(writer, old, 1) })]);
  await writer.close();
  await behind.shards[0]?.verifyTail();
  await behind.command({ kind: "delete-topic", topicId: old });
  const young = await createTopic(behind, "t");
  const outcomes = await behind.append([batch(2, 1, { topicId: young, partition: partitionIn(behind, young, 1) })]);
  expect(outcomes).toMatchObject([{ status: "appended", baseOffset: 0 }]);
});

test("what is said of a topic whose namesake another writer left there is not acknowledged until it can stay", async () => {
  const store = mapStore();
  const [writer, behind] = [await open(store, 3), await open(store, 3)];
  const offsets = await createTopic(writer, "offsets");
  const old = await createTopic(writer, "t");
  const inline = { topicId: offsets, partition: partitionIn(writer, offsets, 2), inline: true };
  await writer.append([batch(1, 1, inline)], ["t"]);
  await writer.close();
  await behind.shards[0]?.verifyTail();
  await behind.command({ kind: "delete-topic", topicId: old });
  const young = await createTopic(behind, "t");
  await expect(behind.append([batch(2, 1, inline)], ["t"])).rejects.toMatchObject({ code: "TOPIC_BEING_REPLACED" });
  expect(await behind.append([batch(3, 1, inline)], ["t"])).toMatchObject([{ status: "appended" }]);
  expect(behind.shards[2]?.view.topicNamed("t")?.topicId).toBe(young);
});

test("what lies in a shard that is not open here is refused so that clients come again", async () => {
  const store = mapStore();
  const large = await open(store, 3);
  const topicId = await createTopic(large, "t");
  const missing: number[] = [];
  const shards = await openShards(store, 2);
  const parts = { ownership: "shared", clock: systemClock(), logger: silentLogger } as const;
  const small = new ShardedLog({ shards, ...parts, onMissing: (count) => missing.push(count) });
  const partition = partitionIn(large, topicId, 2);
  expect(small.view.partition(topicId, partition)?.endOffset).toBe(0);
  await expect(small.append([batch(1, 1, { topicId, partition })])).rejects.toMatchObject({ code: "NOT_OWNER" });
  expect(missing).toContain(3);
  small.add(await openShardLog({ store, shard: 2, isOneOfSeveral: true }));
  expect(await small.append([batch(1, 1, { topicId, partition })])).toMatchObject([{ status: "appended" }]);
});

test("the owner of a shard corrects what a former owner has left, and nobody else does", async () => {
  const store = mapStore(() => Date.now());
  const openOwned = async (nodeId: number): Promise<ShardedLog> => {
    const shards = await Promise.all(
      [0, 1].map((shard) => openShardLog({ store, shard, isOneOfSeveral: true, ownership: "owned", nodeId, random })),
    );
    return new ShardedLog({ shards, ownership: "owned", clock: systemClock(), logger: silentLogger });
  };
  const [first, second] = [await openOwned(1), await openOwned(2)];
  for (const shard of first.shards) await shard.claim();
  const topicId = await createTopic(first, "t");
  await first.append([batch(1, 1, { topicId, partition: partitionIn(first, topicId, 1) })]);
  await first.shards[1]?.release();
  await first.command({ kind: "delete-topic", topicId });
  await second.verifyTail();
  expect(second.view.topics.has(topicId)).toBe(false);
  expect(second.shards[1]?.view.topics.has(topicId)).toBe(true);
  await second.shards[1]?.claim();
  await expect.poll(() => second.shards[1]?.view.topics.has(topicId)).toBe(false);
});
